//! The sessions in the database.

use super::{During as _, PostgresStore, Within as _};
use crate::adapters::store_values::{session, session_digest};
use crate::ports::health_finding::Finding;
use crate::ports::sessions::{Revision, SessionDigest, SessionId, Sessions, StoredSession, Swap};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

/// Expired rows that one statement deletes, so that it holds no lock for long.
const PURGED_AT_ONCE: u16 = 500;

#[async_trait]
impl Sessions for PostgresStore {
    async fn create(
        &self,
        id: &SessionId,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Revision, StoreError> {
        sqlx::query("insert into visits (id, revision, sealed, expires) values ($1, 1, $2, $3)")
            .bind(session_digest(id))
            .bind(sealed)
            .bind(expires.as_millisecond())
            .execute(&self.pool)
            .within(self.deadline, "store a session")
            .await?;
        Ok(Revision(1))
    }

    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query_as("select sealed, revision from visits where id = $1")
            .bind(session_digest(id))
            .fetch_optional(&self.pool)
            .within(self.deadline, "load a session")
            .await?;
        Ok(row.map(|(sealed, revision)| StoredSession { sealed, revision: Revision(revision) }))
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
            "update visits set id = $1, revision = revision + 1, sealed = $2, expires = $3
             where id = $4 and revision = $5",
        )
        .bind(session_digest(new))
        .bind(sealed)
        .bind(expires.as_millisecond())
        .bind(session_digest(old))
        .bind(revision.0)
        .execute(&self.pool)
        .within(self.deadline, "update a session")
        .await?;
        let won = changed.rows_affected() == 1;
        Ok(if won { Swap::Won(Revision(revision.0 + 1)) } else { Swap::Lost })
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        self.remove_by_digest(id.digest()).await.map(drop)
    }

    async fn sessions_after(
        &self,
        after: Option<SessionDigest>,
        max: u32,
    ) -> Result<Vec<(SessionDigest, StoredSession)>, StoreError> {
        let what = "read the sessions";
        let rows =
            sqlx::query_as("select id, sealed, revision from visits where id > $1 order by id limit $2")
                .bind(after.map_or_else(Vec::new, |digest| digest.0.to_vec()))
                .bind(i64::from(max))
                .fetch_all(&self.pool)
                .within(self.deadline, what)
                .await?;
        rows.into_iter().map(session).collect::<Result<_, _>>().during(what)
    }

    async fn remove_by_digest(&self, digest: SessionDigest) -> Result<bool, StoreError> {
        let deleted = sqlx::query("delete from visits where id = $1")
            .bind(digest.0.as_slice())
            .execute(&self.pool)
            .within(self.deadline, "delete a session")
            .await?;
        Ok(deleted.rows_affected() == 1)
    }

    async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        // Rows that a request changes at the moment are left for the next time.
        for statement in [
            "delete from visits where id in \
             (select id from visits where expires < $1 limit $2 for update skip locked)",
            "delete from counts where (key, slice) in \
             (select key, slice from counts where expires < $1 limit $2 for update skip locked)",
        ] {
            loop {
                let deleted = sqlx::query(statement)
                    .bind(now.as_millisecond())
                    .bind(i64::from(PURGED_AT_ONCE))
                    .execute(&self.pool)
                    .within(self.deadline, "delete expired entries")
                    .await?;
                if deleted.rows_affected() < u64::from(PURGED_AT_ONCE) {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn check(&self) -> Vec<Finding> {
        // One transaction, which writes and leaves nothing behind: a full or read-only disk fails it, a standby and a missing
        // right as well.
        let write =
            "insert into visits (id, revision, sealed, expires) values ('', 1, '', 0) on conflict do nothing;
                     delete from visits where id = ''";
        let written = sqlx::raw_sql(write).execute(&self.pool).within(self.deadline, "be written").await;
        vec![match written {
            Ok(_) => Finding::good("store", "PostgreSQL", "can be written"),
            Err(error) => Finding::bad("store", "PostgreSQL", error.source.to_string()),
        }]
    }
}
