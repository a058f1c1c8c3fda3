//! The start codes in the embedded store.

use super::SqliteStore;
use crate::adapters::store_values::start_code;
use crate::ports::directory::AccountId;
use crate::ports::sessions::{Revision, Swap};
use crate::ports::start_codes::{StartCodeRequest, StartCodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl StartCodes for SqliteStore {
    async fn put_start_code(
        &self,
        request: &StartCodeRequest,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError> {
        let text = serde_json::to_string(request);
        let text = text.map_err(|error| StoreError::new("store a start code", error))?;
        let statement = match revision {
            Some(_) => {
                "update start_codes set revision = revision + 1, request = ?2, expires = ?3
                 where account = ?1 and revision = ?4"
            }
            None => {
                "insert into start_codes (account, revision, request, expires) values (?1, ?4, ?2, ?3)
                 on conflict (account) do nothing"
            }
        };
        let known = revision.unwrap_or_else(|| request.first_revision());
        let query = sqlx::query(statement)
            .bind(request.account.0.as_bytes().as_slice())
            .bind(text)
            .bind(request.expires.as_millisecond())
            .bind(known.0);
        let changed = query
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("store a start code", error))?;
        Ok(match (changed.rows_affected(), revision) {
            (1, Some(revision)) => Swap::Won(Revision(revision.0 + 1)),
            (1, None) => Swap::Won(known),
            (_, _) => Swap::Lost,
        })
    }

    async fn find_start_code(
        &self,
        account: AccountId,
    ) -> Result<Option<(StartCodeRequest, Revision)>, StoreError> {
        let row = sqlx::query_as("select request, revision from start_codes where account = ?1")
            .bind(account.0.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| StoreError::new("look up a start code", error))?;
        row.map(start_code).transpose()
    }

    async fn open_start_codes(&self, now: Timestamp) -> Result<Vec<StartCodeRequest>, StoreError> {
        let rows = sqlx::query_as("select request, revision from start_codes where expires > ?1")
            .bind(now.as_millisecond())
            .fetch_all(&self.reader)
            .await
            .map_err(|error| StoreError::new("list the start codes", error))?;
        let requests: Result<Vec<_>, _> = rows.into_iter().map(start_code).collect();
        let mut requests: Vec<_> = requests?.into_iter().map(|(request, _)| request).collect();
        requests.sort_by_key(|request| request.requested_at);
        Ok(requests)
    }

    async fn remove_start_code(&self, account: AccountId, revision: Revision) -> Result<bool, StoreError> {
        let removed = sqlx::query("delete from start_codes where account = ?1 and revision = ?2")
            .bind(account.0.as_bytes().as_slice())
            .bind(revision.0)
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("use a start code", error))?;
        Ok(removed.rows_affected() == 1)
    }

    async fn purge_start_codes(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from start_codes where expires <= ?1")
            .bind(now.as_millisecond())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("delete expired start codes", error))?;
        Ok(())
    }
}
