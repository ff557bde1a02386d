//! Writes that share a COMMIT: what is acknowledged is there, what is abandoned is not, and nobody harms the others.
use super::*;
use crate::Store;
use proptest::prelude::*;
use std::{
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Mutex as StdMutex,
};

/// Long enough that only the number of writes ends a batch.
const LONG: Duration = Duration::from_secs(60);
/// In the environment of a process that is to write until it is killed: the folder of the database.
const CHILD: &str = "PARVIS_TEST_WRITES_IN";

async fn open(folder: &Path) -> Store {
    let mut store = Store::open(&folder.join("p.db")).await.expect("open");
    let options = store.writer.0.options.clone();
    let connection = options.connect().await.expect("connect");
    store.writer = Writer::with_span(connection, options, LONG);
    store
}

/// Two rows, so that half a write can be told from a whole one.
async fn put(write: &mut Write, name: &str) -> Result<(), sqlx::Error> {
    for half in ["a", "b"] {
        sqlx::query("INSERT INTO setting (name, value) VALUES (?1, x'00')")
            .bind(format!("{name}{half}"))
            .execute(&mut **write)
            .await?;
    }
    Ok(())
}

async fn halves(store: &Store, name: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM setting WHERE name IN (?1 || 'a', ?1 || 'b')")
        .bind(name)
        .fetch_one(store.reader())
        .await
        .expect("count")
}

/// What becomes of a write.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Commit,
    Drop,
    /// A statement of it fails, and it is dropped.
    Fail,
    /// Its future is dropped after so many polls, wherever it is then.
    Cancel(u32),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Commit),
        1 => Just(Fate::Drop),
        1 => Just(Fate::Fail),
        2 => (0..24_u32).prop_map(Fate::Cancel),
    ]
}

async fn live(store: Store, name: String, fate: Fate) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    put(&mut write, &name).await?;
    match fate {
        Fate::Commit | Fate::Cancel(_) => {
            write.commit().await?;
            assert_eq!(halves(&store, &name).await, 2, "acknowledged, so readable");
        }
        Fate::Drop => {}
        Fate::Fail => {
            let again = put(&mut write, &name).await;
            assert!(again.is_err(), "the name is taken");
        }
    }
    Ok(())
}

/// Polls `future` so many times at most.
async fn polled<F: Future>(future: F, times: u32) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_write_has_its_own_fate(fates in proptest::collection::vec(fate(), 1..80), threads in 1..4_usize) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
        runtime.expect("runtime").block_on(async {
            let folder = tempfile::tempdir().expect("folder");
            let store = open(folder.path()).await;
            let lives: Vec<_> = fates.iter().enumerate().map(|(number, fate)| {
                let (store, fate) = (store.clone(), *fate);
                tokio::spawn(async move {
                    let life = live(store, format!("{number}-"), fate);
                    match fate {
                        Fate::Cancel(polls) => polled(life, polls).await,
                        _ => Some(life.await),
                    }
                })
            }).collect();
            for (number, (life, fate)) in lives.into_iter().zip(&fates).enumerate() {
                let ended = tokio::time::timeout(LONG, life).await.expect("no write waits for ever");
                let ended = ended.expect("no panic");
                assert!(!matches!(ended, Some(Err(_))), "{ended:?}");
                let found = halves(&store, &format!("{number}-")).await;
                match fate {
                    Fate::Commit => assert_eq!(found, 2),
                    Fate::Drop | Fate::Fail => assert_eq!(found, 0),
                    // Without an answer both are right, but not half of it.
                    Fate::Cancel(_) => assert!(found == 2 || (found == 0 && ended.is_none())),
                }
            }
            // The writer is free.
            live(store, "last".to_owned(), Fate::Commit).await.expect("commit");
        });
    }
}

/// The COMMITs in a write-ahead log: frames that tell the size of the database.
fn commits(folder: &Path) -> usize {
    let log = std::fs::read(folder.join("p.db-wal")).expect("log");
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().expect("four bytes"));
    let page = usize::try_from(number(&log[8..12])).expect("small");
    let frames = log[32..].chunks_exact(24 + page);
    frames.filter(|frame| number(&frame[4..8]) != 0).count()
}

#[tokio::test]
async fn waiting_writes_share_a_commit() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path()).await;
    let before = commits(folder.path());
    let writes: Vec<_> = (0..100)
        .map(|number| tokio::spawn(live(store.clone(), format!("{number}-"), Fate::Commit)))
        .collect();
    for write in writes {
        write.await.expect("no panic").expect("commit");
    }
    // 64 at most in one, and the first may have found nobody waiting.
    let made = commits(folder.path()) - before;
    assert!((2..=4).contains(&made), "{made}");
}

#[tokio::test]
async fn a_failed_commit_fails_all_who_share_it_and_nobody_else() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path()).await;
    let first = store.write().await.expect("first");
    // Both wait until the first is over, so they share a COMMIT.
    let (innocent, guilty) = (store.clone(), store.clone());
    let innocent = tokio::spawn(live(innocent, "innocent".to_owned(), Fate::Commit));
    tokio::task::yield_now().await;
    let guilty = tokio::spawn(async move {
        let mut write = guilty.write().await.expect("write");
        for sql in [
            "PRAGMA defer_foreign_keys = ON",
            "INSERT INTO identity (raw_id, resource_id, created_on) VALUES ('x', 'nobody', 0)",
        ] {
            let done = sqlx::query(sql).execute(&mut *write).await;
            done.expect("seen at the end only");
        }
        write.commit().await
    });
    tokio::task::yield_now().await;
    first.commit().await.expect_err("shares it too");
    assert!(innocent.await.expect("no panic").is_err());
    assert!(guilty.await.expect("no panic").is_err());
    assert_eq!(halves(&store, "innocent").await, 0);
    live(store, "next".to_owned(), Fate::Commit)
        .await
        .expect("the writer works on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_is_told_in_the_order_of_the_writes_also_when_their_callers_have_gone() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path()).await;
    let told = Arc::new(StdMutex::new(Vec::new()));
    for number in 0..100 {
        let write = store.write().await.expect("write");
        let told = Arc::clone(&told);
        let telling = write.commit_then(move || told.lock().expect("lock").push(number));
        if number % 3 == 0 {
            // Handed in; nobody waits for the answer, unless it is there already.
            let _ = polled(telling, 1).await;
        } else {
            tokio::spawn(telling);
        }
    }
    let last = store.write().await.expect("write");
    last.commit().await.expect("commit");
    let told = told.lock().expect("lock");
    assert!(told.iter().copied().eq(0..100), "{told:?}");
}

#[tokio::test]
async fn what_is_acknowledged_is_in_the_files() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    let mut write = store.write().await.expect("write");
    let level: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *write)
        .await
        .expect("level");
    assert_eq!(level, 2, "every COMMIT waits for the disk");
    put(&mut write, "kept").await.expect("put");
    write.commit().await.expect("commit");
    let mut open = store.write().await.expect("write");
    put(&mut open, "open").await.expect("put");
    let copied = tempfile::tempdir().expect("folder");
    for file in ["p.db", "p.db-wal"] {
        std::fs::copy(folder.path().join(file), copied.path().join(file)).expect("copy");
    }
    let copy = Store::open(&copied.path().join("p.db"))
        .await
        .expect("open");
    assert_eq!(halves(&copy, "kept").await, 2);
    assert_eq!(halves(&copy, "open").await, 0);
}

/// In the process that is killed: acknowledged names go to the standard output, a line each.
async fn write_until_killed(folder: &Path) {
    let store = Store::open(&folder.join("p.db")).await.expect("open");
    let writers = (0..8_u32).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..u32::MAX {
                let name = format!("{writer}-{number}-");
                live(store.clone(), name.clone(), Fate::Commit)
                    .await
                    .expect("commit");
                let mut out = std::io::stdout().lock();
                writeln!(out, "ack {name}").expect("told");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no panic");
    }
}

#[test]
fn acknowledged_writes_survive_a_kill() {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    if let Some(folder) = std::env::var_os(CHILD) {
        return runtime.block_on(write_until_killed(Path::new(&folder)));
    }
    let folder = tempfile::tempdir().expect("folder");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "--nocapture"])
        .arg("write::tests::acknowledged_writes_survive_a_kill")
        .env(CHILD, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start");
    let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
    let mut acknowledged = Vec::new();
    while acknowledged.len() < 200 {
        let line = lines.next().expect("it writes on").expect("text");
        // The first one stands behind what the test harness says.
        acknowledged.extend(line.split_once("ack ").map(|(_, name)| name.to_owned()));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("gone");
    let rest = lines.map_while(Result::ok);
    acknowledged.extend(rest.filter_map(|line| Some(line.strip_prefix("ack ")?.to_owned())));
    runtime.block_on(async {
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        for name in acknowledged {
            assert_eq!(halves(&store, &name).await, 2, "{name}");
        }
    });
}
