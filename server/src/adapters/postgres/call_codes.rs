//! The call codes in the database.

use super::{PostgresStore, Within as _, lock_account};
use crate::adapters::store_values::{DecodeError, call};
use crate::ports::call_codes::{Call, CallCodeDigest, CallCodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

impl PostgresStore {
    async fn insert_call(&self, code: CallCodeDigest, call: &Call) -> Result<bool, sqlx::Error> {
        let account = call.account.0.as_bytes().as_slice();
        let mut tx = self.begin().await?;
        lock_account(&mut tx, call.account).await?;
        sqlx::query("delete from call_codes where account = $1").bind(account).execute(&mut *tx).await?;
        let inserted = sqlx::query(
            "insert into call_codes (digest, account, verified_at, expires) values ($1, $2, $3, $4)
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

    async fn insert_call_again(&self, code: CallCodeDigest, call: &Call) -> Result<(), sqlx::Error> {
        let account = call.account.0.as_bytes().as_slice();
        let mut tx = self.begin().await?;
        // A newer code of the account that is stored at the same time is seen, or replaces this one.
        lock_account(&mut tx, call.account).await?;
        sqlx::query(
            "insert into call_codes (digest, account, verified_at, expires)
             select $1, $2, $3, $4 where not exists (select 1 from call_codes where account = $2)
             on conflict (digest) do nothing",
        )
        .bind(code.0.as_slice())
        .bind(account)
        .bind(call.verified_at.as_millisecond())
        .bind(call.expires.as_millisecond())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    async fn delete_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<Option<Call>, DecodeError> {
        let row = sqlx::query_as(
            "delete from call_codes where digest = $1 and expires > $2 returning account, verified_at, expires",
        )
        .bind(code.0.as_slice())
        .bind(now.as_millisecond())
        .fetch_optional(&self.pool)
        .await?;
        row.map(call).transpose()
    }
}

#[async_trait]
impl CallCodes for PostgresStore {
    async fn put_call(&self, code: CallCodeDigest, call: &Call) -> Result<bool, StoreError> {
        self.insert_call(code, call).within(self.deadline, "store a call code").await
    }

    async fn has_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<bool, StoreError> {
        sqlx::query_scalar("select exists (select 1 from call_codes where digest = $1 and expires > $2)")
            .bind(code.0.as_slice())
            .bind(now.as_millisecond())
            .fetch_one(&self.pool)
            .within(self.deadline, "find a call code")
            .await
    }

    async fn take_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<Option<Call>, StoreError> {
        self.delete_call(code, now).within(self.deadline, "use a call code").await
    }

    async fn restore_call(&self, code: CallCodeDigest, call: &Call) -> Result<(), StoreError> {
        self.insert_call_again(code, call).within(self.deadline, "restore a call code").await
    }

    async fn purge_calls(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from call_codes where expires <= $1")
            .bind(now.as_millisecond())
            .execute(&self.pool)
            .within(self.deadline, "delete expired call codes")
            .await?;
        Ok(())
    }
}
