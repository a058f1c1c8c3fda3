//! The embedded store: sessions, rate limits, records, frozen accounts and the outbox in one
//! `SQLite` file.
//!
//! One connection writes (`SQLite` has one writer anyway, and a queue in front of it avoids `SQLITE_BUSY`), a few
//! read. `synchronous=FULL`: what was confirmed to a client survives a power failure.

mod frozen;
mod outbox;
mod records;

use crate::ports::health_finding::Finding;
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::ports::sessions::{Revision, SessionId, Sessions, StoredSession, Swap};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row, Sqlite, Transaction};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// Slices per rate limit window. The count also includes the current slice, so it covers at least the whole window
/// and never more than the limit falls into any window.
const SLICES_PER_WINDOW: i64 = 10;

/// The embedded store.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, or creates it with mode 0600, and migrates its tables.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        create(path).map_err(|error| StoreError::new("be opened", error))?;
        let store_error = |error: sqlx::Error| StoreError::new("be opened", error);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let writer_options =
            SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
        let writer = writer_options.connect_with(options.clone()).await.map_err(store_error)?;
        sqlx::migrate!().run(&writer).await.map_err(|error| StoreError::new("migrate its tables", error))?;
        let reader_options =
            SqlitePoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(5));
        let reader = reader_options.connect_with(options.read_only(true)).await.map_err(store_error)?;
        Ok(Self { writer, reader })
    }

    /// Finishes pending writes and closes the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
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

/// The store contains only the digest of a session id, never the id itself, which is the secret of the cookie.
fn digest(id: &SessionId) -> Vec<u8> {
    Sha256::digest(*id.0).to_vec()
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn create(
        &self,
        id: &SessionId,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Revision, StoreError> {
        sqlx::query("insert into visits (id, revision, sealed, expires) values (?, 1, ?, ?)")
            .bind(digest(id))
            .bind(sealed)
            .bind(expires.as_millisecond())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("store a session", error))?;
        Ok(Revision(1))
    }

    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query("select sealed, revision from visits where id = ?")
            .bind(digest(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| StoreError::new("load a session", error))?;
        Ok(row.map(|row| StoredSession { sealed: row.get(0), revision: Revision(row.get(1)) }))
    }

    async fn swap(
        &self,
        id: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError> {
        self.renew(id, id, revision, sealed, expires).await
    }

    async fn renew(
        &self,
        old: &SessionId,
        new: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError> {
        let changed = sqlx::query(
            "update visits set id = ?, revision = revision + 1, sealed = ?, expires = ? where id = ? and revision = ?",
        )
        .bind(digest(new))
        .bind(sealed)
        .bind(expires.as_millisecond())
        .bind(digest(old))
        .bind(revision.0)
        .execute(&self.writer)
        .await
        .map_err(|error| StoreError::new("update a session", error))?;
        Ok(if changed.rows_affected() == 1 { Swap::Won(Revision(revision.0 + 1)) } else { Swap::Lost })
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        sqlx::query("delete from visits where id = ?")
            .bind(digest(id))
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("delete a session", error))?;
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        for statement in ["delete from visits where expires < ?", "delete from counts where expires < ?"] {
            sqlx::query(statement)
                .bind(now.as_millisecond())
                .execute(&self.writer)
                .await
                .map_err(|error| StoreError::new("delete expired entries", error))?;
        }
        Ok(())
    }

    async fn check(&self) -> Vec<Finding> {
        // A write that changes nothing detects a full or read-only disk.
        let written = sqlx::query("delete from visits where id = x'00'").execute(&self.writer).await;
        vec![match written {
            Ok(_) => Finding::good("store", "SQLite", "can be written"),
            Err(error) => Finding::bad("store", "SQLite", error.to_string()),
        }]
    }
}

/// Returns the number of the slice that contains `now` and the length of a slice in milliseconds.
fn slice(limit: Limit, now: Timestamp) -> (i64, i64) {
    let length = i64::try_from(limit.window.as_millis()).unwrap_or(i64::MAX / 2).max(SLICES_PER_WINDOW)
        / SLICES_PER_WINDOW;
    (now.as_millisecond().div_euclid(length), length)
}

#[async_trait]
impl RateLimits for SqliteStore {
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("check the rate limits", error);
        // BEGIN IMMEDIATE: otherwise two transactions that both read first would both be granted the last permit.
        let mut tx = self.writer.begin_with("begin immediate").await.map_err(store_error)?;
        let mut left = u32::MAX;
        for (key, limit) in wanted.iter().filter(|(_, limit)| limit.max > 0) {
            match decide(&mut tx, key, *limit, now).await.map_err(store_error)? {
                RateLimitDecision::Granted { left: left_under_limit } => left = left.min(left_under_limit),
                RateLimitDecision::Exhausted { retry_after } => {
                    return Ok(RateLimitDecision::Exhausted { retry_after });
                }
            }
        }
        for (key, limit) in wanted.iter().filter(|(_, limit)| limit.max > 0) {
            let (slice, length) = slice(*limit, now);
            sqlx::query(
                "insert into counts (key, slice, taken, expires) values (?, ?, 1, ?)
                 on conflict (key, slice) do update set taken = taken + 1",
            )
            .bind(key.0.as_slice())
            .bind(slice)
            .bind((slice + SLICES_PER_WINDOW + 1).saturating_mul(length))
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        }
        tx.commit().await.map_err(store_error)?;
        Ok(RateLimitDecision::Granted { left })
    }

    async fn count(&self, key: &LimitKey, limit: Limit, now: Timestamp) -> Result<u32, StoreError> {
        let (slice, _) = slice(limit, now);
        let sum = "select coalesce(sum(taken), 0) from counts where key = ? and slice >= ?";
        let row = sqlx::query(sum)
            .bind(key.0.as_slice())
            .bind(slice - SLICES_PER_WINDOW)
            .fetch_one(&self.reader)
            .await
            .map_err(|error| StoreError::new("read a rate limit", error))?;
        Ok(u32::try_from(row.get::<i64, _>(0)).unwrap_or(u32::MAX))
    }

    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        let (slice, _) = slice(limit, taken_at);
        sqlx::query("update counts set taken = taken - 1 where key = ? and slice = ? and taken > 0")
            .bind(key.0.as_slice())
            .bind(slice)
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("release a rate limit permit", error))?;
        Ok(())
    }
}

/// Decides on one more event under `limit` and returns how many are left after it.
async fn decide(
    tx: &mut Transaction<'_, Sqlite>,
    key: &LimitKey,
    limit: Limit,
    now: Timestamp,
) -> Result<RateLimitDecision, sqlx::Error> {
    let (slice, length) = slice(limit, now);
    let rows = sqlx::query("select slice, taken from counts where key = ? and slice >= ? order by slice")
        .bind(key.0.as_slice())
        .bind(slice - SLICES_PER_WINDOW)
        .fetch_all(&mut **tx)
        .await?;
    let taken: i64 = rows.iter().map(|row| row.get::<i64, _>(1)).sum();
    let left = i64::from(limit.max) - taken - 1;
    if let Ok(left) = u32::try_from(left) {
        return Ok(RateLimitDecision::Granted { left });
    }
    // The limit allows an event again when enough of the oldest slices have left the window.
    let mut excess = -left;
    let mut freeing_slice = slice;
    for row in rows {
        excess -= row.get::<i64, _>(1);
        freeing_slice = row.get(0);
        if excess <= 0 {
            break;
        }
    }
    let wait_ms = (freeing_slice + SLICES_PER_WINDOW + 1).saturating_mul(length) - now.as_millisecond();
    let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
    Ok(RateLimitDecision::Exhausted { retry_after: wait + Duration::from_secs(1) })
}
