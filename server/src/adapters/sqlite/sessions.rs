//! The sessions in the embedded store.

use super::SqliteStore;
use crate::adapters::store_values::{session, session_digest};
use crate::ports::health_finding::Finding;
use crate::ports::sessions::{Revision, SessionDigest, SessionId, Sessions, StoredSession, Swap};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Connection as _, Row as _};

/// Expired rows that one operation deletes. Requests wait no longer than for these, however many have expired.
const PURGED_AT_ONCE: u64 = 500;
const READ_ALL: &str = "read the sessions";

#[async_trait]
impl Sessions for SqliteStore {
    async fn create(
        &self,
        id: &SessionId,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Revision, StoreError> {
        let (id, sealed, expires) = (session_digest(id), sealed.to_owned(), expires.as_millisecond());
        self.group
            .write("store a session", move |connection| {
                Box::pin(async move {
                    sqlx::query("insert into visits (id, revision, sealed, expires) values (?, 1, ?, ?)")
                        .bind(id)
                        .bind(sealed)
                        .bind(expires)
                        .execute(connection)
                        .await?;
                    Ok(Revision(1))
                })
            })
            .await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query("select sealed, revision from visits where id = ?")
            .bind(session_digest(id))
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
        let (old, new, sealed, expires) =
            (session_digest(old), session_digest(new), sealed.to_owned(), expires.as_millisecond());
        self.group
            .write("update a session", move |connection| {
                Box::pin(async move {
                    let changed = sqlx::query(
                        "update visits set id = ?, revision = revision + 1, sealed = ?, expires = ?
                         where id = ? and revision = ?",
                    )
                    .bind(new)
                    .bind(sealed)
                    .bind(expires)
                    .bind(old)
                    .bind(revision.0)
                    .execute(connection)
                    .await?;
                    let won = changed.rows_affected() == 1;
                    Ok(if won { Swap::Won(Revision(revision.0 + 1)) } else { Swap::Lost })
                })
            })
            .await
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        self.remove_by_digest(id.digest()).await.map(drop)
    }

    async fn sessions_after(
        &self,
        after: Option<SessionDigest>,
        max: u32,
    ) -> Result<Vec<(SessionDigest, StoredSession)>, StoreError> {
        let after = after.map_or_else(Vec::new, |digest| digest.0.to_vec());
        let rows = sqlx::query_as("select id, sealed, revision from visits where id > ? order by id limit ?")
            .bind(after)
            .bind(max)
            .fetch_all(&self.reader)
            .await
            .map_err(|error| StoreError::new(READ_ALL, error))?;
        let sessions: Result<_, _> = rows.into_iter().map(session).collect();
        sessions.map_err(|error| StoreError::new(READ_ALL, error))
    }

    async fn remove_by_digest(&self, digest: SessionDigest) -> Result<bool, StoreError> {
        self.group
            .write("delete a session", move |connection| {
                Box::pin(async move {
                    let deleted = sqlx::query("delete from visits where id = ?")
                        .bind(digest.0.as_slice())
                        .execute(connection)
                        .await?;
                    Ok(deleted.rows_affected() == 1)
                })
            })
            .await
    }

    async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        for statement in [
            "delete from visits where id in (select id from visits where expires < ?1 limit ?2)",
            "delete from counts where (key, slice) in (select key, slice from counts where expires < ?1 limit ?2)",
        ] {
            while self.purge_some(statement, now).await? == PURGED_AT_ONCE {}
        }
        Ok(())
    }

    async fn check(&self) -> Vec<Finding> {
        // It writes and leaves nothing behind: a full or read-only disk and a locked file fail it. A statement that changes
        // no row would write nothing.
        let written = self.group.write("be written", |connection| {
            Box::pin(async move {
                let mut savepoint = connection.begin().await?;
                let insert = "insert or replace into visits (id, revision, sealed, expires) values (x'00', 1, zeroblob(8192), 0)";
                sqlx::query(insert).execute(&mut *savepoint).await?;
                sqlx::query("delete from visits where id = x'00'").execute(&mut *savepoint).await?;
                savepoint.commit().await
            })
        });
        vec![match written.await {
            Ok(()) => Finding::good("store", "SQLite", "can be written"),
            Err(error) => Finding::bad("store", "SQLite", error.source.to_string()),
        }]
    }
}

impl SqliteStore {
    /// Deletes expired rows, at most [`PURGED_AT_ONCE`], and returns how many.
    async fn purge_some(&self, statement: &'static str, now: Timestamp) -> Result<u64, StoreError> {
        self.group
            .write("delete expired entries", move |connection| {
                Box::pin(async move {
                    let deleted = sqlx::query(statement)
                        .bind(now.as_millisecond())
                        .bind(i64::try_from(PURGED_AT_ONCE).unwrap_or(i64::MAX))
                        .execute(connection)
                        .await?;
                    Ok(deleted.rows_affected())
                })
            })
            .await
    }
}
