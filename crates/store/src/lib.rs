//! SQL, migrations and nothing else: the only crate that knows the database. SQLite in WAL mode: one writer connection,
//! several readers. A write is durable before its function returns; many share one wait for the disk (`write`).
//! One file per feature (`identities.rs`, `meetings.rs`, ...), each an `impl Store` block.
pub mod assignments;
pub mod automation;
pub mod calls;
mod error;
pub mod identities;
pub mod meetings;
pub mod members;
pub mod oauth;
pub mod outbox;
pub mod policies;
pub mod resources;
pub mod revisions;
pub mod rooms;
pub mod settings;
pub mod threads;
pub mod usage;
mod write;

pub use error::StoreError;
pub use write::Write;

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use write::Writer;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for the database's lock before it fails with `Unavailable`.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that only read.
const READERS_MAX: u32 = 4;
/// Prepared statements that a connection keeps: all that there are, savepoints included.
const STATEMENTS_MAX: usize = 512;

/// The database of one node.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Writer,
    reader: SqlitePool,
}

impl Store {
    /// Opens or creates the database file and brings its schema up to date.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        make_private(file)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(STATEMENTS_MAX);
        let mut writer = options.connect().await?;
        MIGRATIONS.run(&mut writer).await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            // A connection to a file of this machine does not go away by itself; asking each time costs as much as a query.
            .test_before_acquire(false)
            .connect_with(options.clone().read_only(true))
            .await?;
        let writer = Writer::new(writer, options);
        Ok(Self { writer, reader })
    }

    /// Starts a write; at most one is under way, further callers wait. What it reads may not be durable yet, so whoever
    /// acknowledges something because of what it read commits as well.
    pub async fn write(&self) -> Result<Write, StoreError> {
        self.writer.begin().await
    }

    /// Connections for reading.
    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// Ends all connections after their current statement.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.reader).await?;
        Ok(())
    }
}

/// Makes the file unless it exists, for its owner only: it holds keys. The database's other files get the same rights.
fn make_private(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map_err(sqlx::Error::Io)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn only_its_owner_reads_the_database() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        store.keep_setting("key", b"secret").await.expect("write");
        let files = std::fs::read_dir(folder.path()).expect("list");
        let files: Vec<_> = files.map(|file| file.expect("file")).collect();
        assert!(files.len() > 1, "the database and its log");
        for file in files {
            let mode = file.metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{:?}", file.file_name());
        }
    }
}
