//! The embedded store of a single node: sessions, rate limits, records, frozen accounts and the outbox in one
//! `SQLite` file.
//!
//! One connection writes (`SQLite` has one writer anyway, and a queue in front of it avoids `SQLITE_BUSY`), a few
//! read. `synchronous=FULL`: what was confirmed to a client survives a power failure. Sessions and rate limits, which
//! every call changes, share transactions (`writer`); other writes have a transaction of their own.

pub mod audit_index;
mod backup;
mod call_codes;
mod devices;
mod frozen;
mod nodes;
mod outbox;
mod rate_limits;
mod records;
mod sessions;
mod start_codes;
mod waiting;
mod writer;

use crate::adapters::file_access;
use crate::ports::store::{Store, StoreError};
use async_trait::async_trait;
use nodes::ServingLock;
use sqlx::Connection as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use writer::GroupWriter;

/// How long a caller waits for a connection, and a connection for a lock of another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// The embedded store.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    group: GroupWriter,
    reader: SqlitePool,
    serving: ServingLock,
}

impl SqliteStore {
    /// Opens the file, or creates it with mode 0600, and migrates its tables.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, PATIENCE).await
    }

    /// Opens the file and migrates its tables. Fails if it does not exist: an empty store in a wrong place would answer as if
    /// nothing were registered, and what is written to it would be lost.
    pub async fn open_existing(path: &Path) -> Result<Self, StoreError> {
        match path.try_exists() {
            Ok(true) => Self::open(path).await,
            Ok(false) => Err(StoreError::new("be opened", MissingFile)),
            Err(error) => Err(StoreError::new("be opened", file_access::explained(error))),
        }
    }

    /// The connections that read.
    pub(super) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    async fn open_with(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        create(path)
            .and_then(|()| is_accessible(path))
            .map_err(|error| StoreError::new("be opened", file_access::explained(error)))?;
        let store_error = |error: sqlx::Error| StoreError::new("be opened", error);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(patience);
        let writer = writer_pool(patience).connect_with(options.clone()).await.map_err(store_error)?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer)
            .await
            .map_err(|error| StoreError::new("migrate its tables", error))?;
        let reader_options = SqlitePoolOptions::new().max_connections(4).acquire_timeout(patience);
        let reader = reader_options.connect_with(options.read_only(true)).await.map_err(store_error)?;
        Ok(Self {
            group: GroupWriter::start(writer.clone(), patience, path),
            writer,
            reader,
            serving: ServingLock::beside(path),
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn missing_migrations(&self) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn close(&self) {
        self.group.close().await;
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// The pool of the one connection that writes.
fn writer_pool(patience: Duration) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(1).acquire_timeout(patience).after_release(|connection, _| {
        Box::pin(async move {
            // `SQLite` ends a transaction by itself if e.g. the disk is full, and sqlx then counts one that no longer
            // exists: every later transaction on this connection would fail.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

/// Creates an empty file, which `SQLite` accepts, if none exists. `SQLite` itself would let all users read it; its other
/// files get the mode of this one.
fn create(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// `SQLite` reports every file that it cannot open with one code and without the cause.
fn is_accessible(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().read(true).write(true).open(path).map(drop)
}

/// The embedded store does not exist.
#[derive(Debug, thiserror::Error)]
#[error("the file does not exist; only `serve`, `check`, `import` and `hr` create it")]
struct MissingFile;

#[cfg(test)]
mod tests;
