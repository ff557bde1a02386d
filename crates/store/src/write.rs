//! Writing, and making it durable for many at once. There is one connection that writes. Each write has it for itself
//! while it runs, inside a savepoint of a transaction that it shares with the writes before and after it. Whoever finds
//! nobody waiting, or the bound reached, commits for all: one wait for the disk instead of one each. `commit` returns when
//! that has happened, so what it acknowledges is on the disk. Which statements a write runs is the features' business.
use crate::StoreError;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteQueryResult},
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard, oneshot},
};

/// Writes that share one COMMIT at most: SQLite looks at every open savepoint whenever a page changes.
const BATCH_MAX: u32 = 64;
/// How long a batch stays open for more writes; the first of them waits this long at most, beside its own work and the disk.
const BATCH_SPAN: Duration = Duration::from_millis(2);
/// Writes that may wait for their turn; the next is refused.
const WAITING_MAX: usize = 20_000;
/// How long a write waits for its turn before it is refused.
const TURN_MAX: Duration = Duration::from_secs(30);

/// What runs once a write is durable, in the order of the writes.
type Told = Box<dyn FnOnce() + Send>;

/// The one connection that writes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer(Arc<Inner>);

struct Inner {
    options: SqliteConnectOptions,
    line: Arc<Mutex<Line>>,
    /// Entered by one batch after the other, so that news of an earlier one is told before news of a later one.
    telling: Arc<Mutex<()>>,
    waiting: AtomicUsize,
    batch_span: Duration,
    runtime: Handle,
}

/// What the write at its turn holds.
struct Line {
    /// `None` after it broke, until the next write, and for good after `close`.
    connection: Option<SqliteConnection>,
    closed: bool,
    /// The transaction under way, if there is one.
    batch: Option<Batch>,
}

struct Batch {
    began: Instant,
    /// Savepoints opened so far; the next has this number.
    savepoints: u32,
    members: std::sync::Mutex<Vec<Member>>,
}

/// A finished write that waits for the COMMIT.
struct Member {
    told: Told,
    done: oneshot::Sender<Result<(), sqlx::Error>>,
}

type Turn = OwnedMutexGuard<Line>;

/// A write under way; dropped without `commit`, it is undone. Others wait until then, so nothing slow belongs into it.
pub struct Write {
    writer: Writer,
    /// `Some` until the write is over.
    turn: Option<Turn>,
    savepoint: Savepoint,
}

/// What an abandoned write leaves to undo.
#[derive(Clone, Copy)]
enum Savepoint {
    /// Not asked for yet.
    None,
    /// Asked for; it may be there or not, and nothing was written after it.
    Begun(u32),
    /// There.
    Open(u32),
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer(..)")
    }
}

impl Writer {
    /// Takes over the connection that was opened with `options`.
    pub(crate) fn new(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        Self::with_span(connection, options, BATCH_SPAN)
    }

    fn with_span(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        batch_span: Duration,
    ) -> Self {
        let line = Line {
            connection: Some(connection),
            closed: false,
            batch: None,
        };
        Self(Arc::new(Inner {
            options,
            line: Arc::new(Mutex::new(line)),
            telling: Arc::default(),
            waiting: AtomicUsize::new(0),
            batch_span,
            runtime: Handle::current(),
        }))
    }

    /// Waits for the turn and begins a write.
    pub(crate) async fn begin(&self) -> Result<Write, StoreError> {
        let waiting = Waiting::new(self)?;
        let turn = tokio::time::timeout(TURN_MAX, self.0.line.clone().lock_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        waiting.over();
        let mut write = Write {
            writer: self.clone(),
            turn: Some(turn),
            savepoint: Savepoint::None,
        };
        write.open().await?;
        Ok(write)
    }

    /// Commits what is finished and ends the connection; every later write is refused.
    pub(crate) async fn close(&self) {
        let mut turn = self.0.line.clone().lock_owned().await;
        turn.closed = true;
        self.finish(turn).await;
        let mut turn = self.0.line.clone().lock_owned().await;
        if let Some(connection) = turn.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writing connection did not end well");
        }
    }

    /// Gives the turn to the next write, or commits when there is none or the batch is full.
    fn pass_on(&self, turn: Turn) {
        let room = turn.batch.as_ref().is_some_and(|batch| {
            batch.savepoints < BATCH_MAX && batch.began.elapsed() < self.0.batch_span
        });
        if room && self.0.waiting.load(Ordering::SeqCst) > 0 {
            return;
        }
        let writer = self.clone();
        // Not within the caller's future, which may be dropped in the middle of it.
        self.0
            .runtime
            .spawn(async move { writer.finish(turn).await });
    }

    /// Ends the batch: what is finished is committed, told and acknowledged, all or nothing.
    async fn finish(&self, mut turn: Turn) {
        let Some(batch) = turn.batch.take() else {
            return;
        };
        let members = batch.members.into_inner().unwrap_or_default();
        if members.is_empty() {
            turn.roll_back().await;
            return;
        }
        // Nothing but a whole transaction still has its first savepoint: SQLite gives a transaction up by itself when the
        // disk fails, and what came after would be taken for all of it.
        match turn.execute("RELEASE w0; COMMIT").await {
            Ok(_) => {
                let telling = self.0.telling.clone().lock_owned().await;
                drop(turn);
                for member in members {
                    (member.told)();
                    // Whoever has hung up does not want to know.
                    let _ = member.done.send(Ok(()));
                }
                drop(telling);
            }
            Err(error) => {
                tracing::error!(%error, writes = members.len(), "writes could not be committed");
                turn.roll_back().await;
                let error = Arc::new(error);
                for member in members {
                    let _ = member.done.send(Err(shared(&error)));
                }
            }
        }
    }

    /// Undoes an abandoned write; those before it in its batch stay.
    async fn abandon(self, mut turn: Turn, savepoint: Savepoint) {
        let alone = turn.batch.as_mut().is_none_or(|batch| {
            let members = batch.members.get_mut();
            members.is_ok_and(|members| members.is_empty())
        });
        if !alone {
            let undone = match savepoint {
                Savepoint::None => Ok(()),
                Savepoint::Begun(number) => {
                    let _ = turn.roll_back_to(number).await;
                    Ok(())
                }
                Savepoint::Open(number) => turn.roll_back_to(number).await,
            };
            if let Err(error) = undone {
                tracing::error!(%error, "an abandoned write could not be undone");
                turn.roll_back().await;
                // Dropping its members tells them that they failed.
                turn.batch = None;
            }
            self.pass_on(turn);
        } else {
            self.finish(turn).await;
        }
    }
}

/// An error that several callers get.
fn shared(error: &Arc<sqlx::Error>) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(Arc::clone(error)))
}

impl Line {
    async fn execute(&mut self, sql: &'static str) -> Result<SqliteQueryResult, sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        sqlx::query(sql).execute(connection).await
    }

    async fn open_savepoint(&mut self, number: u32) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        // The number is ours.
        let sql = AssertSqlSafe(format!("SAVEPOINT w{number}"));
        sqlx::query(sql).execute(connection).await.map(|_| ())
    }

    async fn roll_back_to(&mut self, number: u32) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        let sql = AssertSqlSafe(format!("ROLLBACK TO w{number}"));
        sqlx::query(sql).execute(connection).await.map(|_| ())
    }

    /// Undoes the whole transaction; a connection that cannot even do that is given up.
    async fn roll_back(&mut self) {
        if self.execute("ROLLBACK").await.is_err() {
            self.connection = None;
        }
    }
}

/// A place in the queue for the turn.
struct Waiting<'a> {
    writer: &'a Writer,
    is_over: bool,
}

impl<'a> Waiting<'a> {
    fn new(writer: &'a Writer) -> Result<Self, sqlx::Error> {
        let before = writer.0.waiting.fetch_add(1, Ordering::SeqCst);
        let waiting = Self {
            writer,
            is_over: false,
        };
        if before >= WAITING_MAX {
            return Err(sqlx::Error::PoolTimedOut);
        }
        Ok(waiting)
    }

    fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let before = self.writer.0.waiting.fetch_sub(1, Ordering::SeqCst);
        if self.is_over || before > 1 {
            return;
        }
        // Somebody may have left the commit to this one, which has gone.
        let writer = self.writer.clone();
        self.writer.0.runtime.spawn(async move {
            let turn = writer.0.line.clone().lock_owned().await;
            writer.pass_on(turn);
        });
    }
}

impl Write {
    async fn open(&mut self) -> Result<(), StoreError> {
        let writer = self.writer.clone();
        let line = self.line();
        if line.closed {
            return Err(sqlx::Error::PoolClosed.into());
        }
        if line.connection.is_none() {
            line.connection = Some(writer.0.options.connect().await?);
        }
        match &mut line.batch {
            Some(batch) => {
                let number = batch.savepoints;
                batch.savepoints += 1;
                self.savepoint = Savepoint::Begun(number);
                self.line().open_savepoint(number).await?;
                self.savepoint = Savepoint::Open(number);
            }
            None => {
                line.batch = Some(Batch {
                    began: Instant::now(),
                    savepoints: 1,
                    members: std::sync::Mutex::default(),
                });
                line.execute("BEGIN IMMEDIATE; SAVEPOINT w0").await?;
                self.savepoint = Savepoint::Open(0);
            }
        }
        Ok(())
    }

    fn line(&mut self) -> &mut Line {
        self.turn.as_mut().expect("held until the write is over")
    }

    /// Waits until the write is durable. When the future is dropped before, the write may be durable or not.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.commit_then(|| ()).await
    }

    /// As `commit`. `told` runs once the write is durable, also when the caller has gone: after that of every write which
    /// began earlier, before that of every one which began later, and before this returns. It must not block.
    pub async fn commit_then(
        mut self,
        told: impl FnOnce() + Send + 'static,
    ) -> Result<(), sqlx::Error> {
        let (done, outcome) = oneshot::channel();
        if let Some(mut turn) = self.turn.take() {
            let told = Box::new(told);
            if let Some(batch) = &mut turn.batch
                && let Ok(members) = batch.members.get_mut()
            {
                members.push(Member { told, done });
            }
            self.writer.pass_on(turn);
        }
        outcome.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            let undoing = self.writer.clone().abandon(turn, self.savepoint);
            self.writer.0.runtime.spawn(undoing);
        }
    }
}

impl Deref for Write {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        let turn = self.turn.as_ref().expect("held until the write is over");
        turn.connection.as_ref().expect("opened with the write")
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        let connection = &mut self.line().connection;
        connection.as_mut().expect("opened with the write")
    }
}

#[cfg(test)]
#[path = "write/tests.rs"]
mod tests;
