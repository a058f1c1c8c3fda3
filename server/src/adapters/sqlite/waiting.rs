//! The waiting resets of accounts of high impact, in the embedded store.

use super::SqliteStore;
use crate::adapters::store_values::{DecodeError, time};
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use crate::ports::waiting_resets::{CLOSED_KEPT_FOR, WaitingReset, WaitingResets};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

const SELECT: &str = "select requested, opens, closes from waiting_resets where account = ?";

fn wait_of(row: &SqliteRow) -> Result<WaitingReset, DecodeError> {
    let time_of = |column: &str| time(row.try_get(column)?);
    Ok(WaitingReset {
        requested: time_of("requested")?,
        opens: time_of("opens")?,
        closes: time_of("closes")?,
    })
}

impl SqliteStore {
    async fn insert_wait(
        &self,
        account: AccountId,
        wait: &WaitingReset,
    ) -> Result<(WaitingReset, bool), DecodeError> {
        let account = account.0.as_bytes().as_slice();
        let mut tx = self.writer.begin_with("begin immediate").await?;
        let row = sqlx::query(SELECT).bind(account).fetch_optional(&mut *tx).await?;
        if let Some(earlier) = row.map(|row| wait_of(&row)).transpose()?
            && earlier.closes > wait.requested
        {
            return Ok((earlier, false));
        }
        sqlx::query(
            "insert or replace into waiting_resets (account, requested, opens, closes) values (?, ?, ?, ?)",
        )
        .bind(account)
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
impl WaitingResets for SqliteStore {
    async fn find_wait(&self, account: AccountId) -> Result<Option<WaitingReset>, StoreError> {
        let store_error = |error: DecodeError| StoreError::new("read a waiting reset", error);
        let row = sqlx::query(SELECT)
            .bind(account.0.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| store_error(error.into()))?;
        row.map(|row| wait_of(&row)).transpose().map_err(store_error)
    }

    async fn start_wait(
        &self,
        account: AccountId,
        wait: &WaitingReset,
    ) -> Result<(WaitingReset, bool), StoreError> {
        let inserted = self.insert_wait(account, wait).await;
        inserted.map_err(|error| StoreError::new("store a waiting reset", error))
    }

    async fn remove_wait(&self, account: AccountId) -> Result<bool, StoreError> {
        let deleted = sqlx::query("delete from waiting_resets where account = ?")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("delete a waiting reset", error))?;
        Ok(deleted.rows_affected() > 0)
    }

    async fn purge_waits(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from waiting_resets where closes < ?")
            .bind((now - CLOSED_KEPT_FOR).as_millisecond())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("delete closed waiting resets", error))?;
        Ok(())
    }
}
