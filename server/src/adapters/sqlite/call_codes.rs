//! The call codes in the embedded store.

use super::SqliteStore;
use crate::adapters::store_values::{DecodeError, call};
use crate::ports::call_codes::{Call, CallCodeDigest, CallCodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

impl SqliteStore {
    async fn insert_call(&self, code: CallCodeDigest, call: &Call) -> Result<bool, sqlx::Error> {
        let account = call.account.0.as_bytes().as_slice();
        let mut tx = self.writer.begin_with("begin immediate").await?;
        sqlx::query("delete from call_codes where account = ?").bind(account).execute(&mut *tx).await?;
        let inserted = sqlx::query(
            "insert into call_codes (digest, account, verified_at, expires) values (?, ?, ?, ?)
             on conflict (digest) do nothing",
        )
        .bind(code.0.as_slice())
        .bind(account)
        .bind(call.verified_at.as_millisecond())
        .bind(call.expires.as_millisecond())
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn delete_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<Option<Call>, DecodeError> {
        let row = sqlx::query_as(
            "delete from call_codes where digest = ? and expires > ? returning account, verified_at, expires",
        )
        .bind(code.0.as_slice())
        .bind(now.as_millisecond())
        .fetch_optional(&self.writer)
        .await?;
        row.map(call).transpose()
    }
}

#[async_trait]
impl CallCodes for SqliteStore {
    async fn put_call(&self, code: CallCodeDigest, call: &Call) -> Result<bool, StoreError> {
        let inserted = self.insert_call(code, call).await;
        inserted.map_err(|error| StoreError::new("store a call code", error))
    }

    async fn has_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<bool, StoreError> {
        sqlx::query_scalar("select exists (select 1 from call_codes where digest = ? and expires > ?)")
            .bind(code.0.as_slice())
            .bind(now.as_millisecond())
            .fetch_one(&self.reader)
            .await
            .map_err(|error| StoreError::new("find a call code", error))
    }

    async fn take_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<Option<Call>, StoreError> {
        let taken = self.delete_call(code, now).await;
        taken.map_err(|error| StoreError::new("use a call code", error))
    }

    async fn restore_call(&self, code: CallCodeDigest, call: &Call) -> Result<(), StoreError> {
        sqlx::query(
            "insert into call_codes (digest, account, verified_at, expires)
             select ?1, ?2, ?3, ?4 where not exists (select 1 from call_codes where account = ?2)
             on conflict (digest) do nothing",
        )
        .bind(code.0.as_slice())
        .bind(call.account.0.as_bytes().as_slice())
        .bind(call.verified_at.as_millisecond())
        .bind(call.expires.as_millisecond())
        .execute(&self.writer)
        .await
        .map_err(|error| StoreError::new("restore a call code", error))?;
        Ok(())
    }

    async fn purge_calls(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from call_codes where expires <= ?")
            .bind(now.as_millisecond())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("delete expired call codes", error))?;
        Ok(())
    }
}
