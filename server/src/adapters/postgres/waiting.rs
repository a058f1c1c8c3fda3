//! The waiting resets of accounts of high impact, in the database.

use super::{During as _, PostgresStore, Within as _, lock_account};
use crate::adapters::store_values::{DecodeError, time};
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use crate::ports::waiting_resets::{CLOSED_KEPT_FOR, WaitingReset, WaitingResets};
use async_trait::async_trait;
use jiff::Timestamp;

const SELECT: &str = "select requested, opens, closes from waiting_resets where account = $1";

fn wait_of((requested, opens, closes): (i64, i64, i64)) -> Result<WaitingReset, DecodeError> {
    Ok(WaitingReset { requested: time(requested)?, opens: time(opens)?, closes: time(closes)? })
}

impl PostgresStore {
    async fn insert_wait(
        &self,
        account: AccountId,
        wait: &WaitingReset,
    ) -> Result<(WaitingReset, bool), DecodeError> {
        let id = account.0.as_bytes().as_slice();
        let mut tx = self.begin().await?;
        lock_account(&mut tx, account).await?;
        let row = sqlx::query_as(SELECT).bind(id).fetch_optional(&mut *tx).await?;
        if let Some(earlier) = row.map(wait_of).transpose()?
            && earlier.closes > wait.requested
        {
            return Ok((earlier, false));
        }
        sqlx::query(
            "insert into waiting_resets (account, requested, opens, closes) values ($1, $2, $3, $4)
             on conflict (account) do update
             set requested = excluded.requested, opens = excluded.opens, closes = excluded.closes",
        )
        .bind(id)
        .bind(wait.requested.as_millisecond())
        .bind(wait.opens.as_millisecond())
        .bind(wait.closes.as_millisecond())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok((*wait, true))
    }
}

#[async_trait]
impl WaitingResets for PostgresStore {
    async fn find_wait(&self, account: AccountId) -> Result<Option<WaitingReset>, StoreError> {
        let what = "read a waiting reset";
        let row = sqlx::query_as(SELECT)
            .bind(account.0.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .within(self.deadline, what)
            .await?;
        row.map(wait_of).transpose().during(what)
    }

    async fn start_wait(
        &self,
        account: AccountId,
        wait: &WaitingReset,
    ) -> Result<(WaitingReset, bool), StoreError> {
        self.insert_wait(account, wait).within(self.deadline, "store a waiting reset").await
    }

    async fn remove_wait(&self, account: AccountId) -> Result<bool, StoreError> {
        let deleted = sqlx::query("delete from waiting_resets where account = $1")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.pool)
            .within(self.deadline, "delete a waiting reset")
            .await?;
        Ok(deleted.rows_affected() > 0)
    }

    async fn purge_waits(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from waiting_resets where closes < $1")
            .bind((now - CLOSED_KEPT_FOR).as_millisecond())
            .execute(&self.pool)
            .within(self.deadline, "delete closed waiting resets")
            .await?;
        Ok(())
    }
}
