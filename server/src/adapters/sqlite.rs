//! The embedded store: visits, counters, records and the queue of messages in one `SQLite` file.
//!
//! One connection writes (`SQLite` has one writer anyway, and a queue in front of it beats
//! `SQLITE_BUSY`), a few read. `synchronous=FULL`: what was answered survives a power cut.

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
use std::path::Path;
use std::time::Duration;

/// A window is counted in so many slices, plus the one that is running: the count covers at least
/// the whole window, so that never more than the limit falls into any window.
const SLICES: i64 = 10;

/// The embedded store.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, or makes it, and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let away = |error: sqlx::Error| StoreError::new("be opened", error);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let one = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
        let writer = one.connect_with(options.clone()).await.map_err(away)?;
        sqlx::migrate!()
            .run(&writer)
            .await
            .map_err(|error| StoreError::new("bring its tables up to date", error))?;
        let few = SqlitePoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(5));
        let reader = few.connect_with(options.read_only(true)).await.map_err(away)?;
        Ok(Self { writer, reader })
    }

    /// Writes what is left and lets go of the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// The store holds no secret of a cookie, only its digest.
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
            .map_err(|error| StoreError::new("keep a visit", error))?;
        Ok(Revision(1))
    }

    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query("select sealed, revision from visits where id = ?")
            .bind(digest(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| StoreError::new("load a visit", error))?;
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
        .map_err(|error| StoreError::new("advance a visit", error))?;
        Ok(if changed.rows_affected() == 1 { Swap::Won(Revision(revision.0 + 1)) } else { Swap::Lost })
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        sqlx::query("delete from visits where id = ?")
            .bind(digest(id))
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("forget a visit", error))?;
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        for statement in ["delete from visits where expires < ?", "delete from counts where expires < ?"] {
            sqlx::query(statement)
                .bind(now.as_millisecond())
                .execute(&self.writer)
                .await
                .map_err(|error| StoreError::new("forget what expired", error))?;
        }
        Ok(())
    }

    async fn check(&self) -> Vec<Finding> {
        // A write that changes nothing: a full or read-only disk shows here.
        let written = sqlx::query("delete from visits where id = x'00'").execute(&self.writer).await;
        vec![match written {
            Ok(_) => Finding::good("store", "SQLite", "can be written"),
            Err(error) => Finding::bad("store", "SQLite", error.to_string()),
        }]
    }
}

/// The slice of a limit's window in which a moment lies, and a slice's length in milliseconds.
fn slice(limit: Limit, now: Timestamp) -> (i64, i64) {
    let length = i64::try_from(limit.window.as_millis()).unwrap_or(i64::MAX / 2).max(SLICES) / SLICES;
    (now.as_millisecond().div_euclid(length), length)
}

#[async_trait]
impl RateLimits for SqliteStore {
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError> {
        let away = |error: sqlx::Error| StoreError::new("count", error);
        // BEGIN IMMEDIATE: two who read first and write later would both be granted the last one.
        let mut tx = self.writer.begin_with("begin immediate").await.map_err(away)?;
        let mut left = u32::MAX;
        for (key, limit) in wanted.iter().filter(|(_, limit)| limit.most > 0) {
            match room(&mut tx, key, *limit, now).await.map_err(away)? {
                RateLimitDecision::Granted { left: of_this } => left = left.min(of_this),
                RateLimitDecision::Exhausted { retry_after } => {
                    return Ok(RateLimitDecision::Exhausted { retry_after });
                }
            }
        }
        for (key, limit) in wanted.iter().filter(|(_, limit)| limit.most > 0) {
            let (slice, length) = slice(*limit, now);
            sqlx::query(
                "insert into counts (key, slice, taken, expires) values (?, ?, 1, ?)
                 on conflict (key, slice) do update set taken = taken + 1",
            )
            .bind(key.0.as_slice())
            .bind(slice)
            .bind((slice + SLICES + 1).saturating_mul(length))
            .execute(&mut *tx)
            .await
            .map_err(away)?;
        }
        tx.commit().await.map_err(away)?;
        Ok(RateLimitDecision::Granted { left })
    }

    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        let (slice, _) = slice(limit, taken_at);
        sqlx::query("update counts set taken = taken - 1 where key = ? and slice = ? and taken > 0")
            .bind(key.0.as_slice())
            .bind(slice)
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("give back a count", error))?;
        Ok(())
    }
}

/// Whether there is room for one more, and how many after it.
async fn room(
    tx: &mut Transaction<'_, Sqlite>,
    key: &LimitKey,
    limit: Limit,
    now: Timestamp,
) -> Result<RateLimitDecision, sqlx::Error> {
    let (slice, length) = slice(limit, now);
    let rows = sqlx::query("select slice, taken from counts where key = ? and slice >= ? order by slice")
        .bind(key.0.as_slice())
        .bind(slice - SLICES)
        .fetch_all(&mut **tx)
        .await?;
    let taken: i64 = rows.iter().map(|row| row.get::<i64, _>(1)).sum();
    let left = i64::from(limit.most) - taken - 1;
    if let Ok(left) = u32::try_from(left) {
        return Ok(RateLimitDecision::Granted { left });
    }
    // There is room again when enough of the oldest slices have left the window.
    let mut over = -left;
    let mut frees = slice;
    for row in rows {
        over -= row.get::<i64, _>(1);
        frees = row.get(0);
        if over <= 0 {
            break;
        }
    }
    let until = (frees + SLICES + 1).saturating_mul(length) - now.as_millisecond();
    let wait = Duration::from_millis(u64::try_from(until).unwrap_or(0));
    Ok(RateLimitDecision::Exhausted { retry_after: wait + Duration::from_secs(1) })
}
