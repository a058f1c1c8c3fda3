//! The outbox (the queue of notices) in the embedded store.

use super::SqliteStore;
use crate::adapters::store_values::channel_value;
use crate::ports::directory::AccountId;
use crate::ports::notifier::{Channel, Outbox, Queued};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

#[async_trait]
impl Outbox for SqliteStore {
    async fn put(
        &self,
        account: AccountId,
        sealed: &[(Channel, Vec<u8>)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("queue a message", error);
        let mut tx = self.writer.begin_with("begin immediate").await.map_err(store_error)?;
        for (channel, sealed) in sealed {
            sqlx::query(
                "insert into outbox (account, channel, sealed, since, due) values (?1, ?2, ?3, ?4, ?4)",
            )
            .bind(account.0.as_bytes().as_slice())
            .bind(channel_value(*channel))
            .bind(sealed.as_slice())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        }
        tx.commit().await.map_err(store_error)
    }

    async fn due(&self, channel: Channel, now: Timestamp, max: u32) -> Result<Vec<Queued>, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("read the queue", error);
        let rows = sqlx::query(
            "select id, account, sealed, attempts, since from outbox where channel = ? and due <= ? \
             order by attempts > 0, due, id limit ?",
        )
        .bind(channel_value(channel))
        .bind(now.as_millisecond())
        .bind(max)
        .fetch_all(&self.reader)
        .await
        .map_err(store_error)?;
        rows.iter()
            .map(|row| {
                let account: Vec<u8> = row.try_get("account").map_err(store_error)?;
                let account =
                    Uuid::from_slice(&account).map_err(|error| StoreError::new("read the queue", error))?;
                let since = Timestamp::from_millisecond(row.try_get("since").map_err(store_error)?);
                Ok(Queued {
                    id: row.try_get("id").map_err(store_error)?,
                    account: AccountId(account),
                    sealed: row.try_get("sealed").map_err(store_error)?,
                    attempts: row.try_get("attempts").map_err(store_error)?,
                    since: since.map_err(|error| StoreError::new("read the queue", error))?,
                })
            })
            .collect()
    }

    async fn claim(&self, id: i64, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let claimed = sqlx::query("update outbox set due = ? where id = ? and due <= ?")
            .bind(until.as_millisecond())
            .bind(id)
            .bind(now.as_millisecond())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("claim a message", error))?;
        Ok(claimed.rows_affected() == 1)
    }

    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("read the queue", error);
        let row = sqlx::query("select min(due) from outbox where channel = ?")
            .bind(channel_value(channel))
            .fetch_one(&self.reader)
            .await
            .map_err(store_error)?;
        let due: Option<i64> = row.try_get(0).map_err(store_error)?;
        let due = due.map(Timestamp::from_millisecond).transpose();
        due.map_err(|error| StoreError::new("read the queue", error))
    }

    async fn remove_message(&self, id: i64) -> Result<(), StoreError> {
        sqlx::query("delete from outbox where id = ?")
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("remove a message from the queue", error))?;
        Ok(())
    }

    async fn reschedule(&self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("update outbox set attempts = attempts + 1, due = ? where id = ?")
            .bind(at.as_millisecond())
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("reschedule a message", error))?;
        Ok(())
    }

    async fn remove_messages_of(&self, account: AccountId) -> Result<(), StoreError> {
        sqlx::query("delete from outbox where account = ?")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("delete messages", error))?;
        Ok(())
    }

    async fn queued_count(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("select count(*) from outbox")
            .fetch_one(&self.reader)
            .await
            .map_err(|error| StoreError::new("count the queue", error))?;
        Ok(u64::try_from(row.get::<i64, _>(0)).unwrap_or(0))
    }
    async fn oldest_queued(&self) -> Result<Option<Timestamp>, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("read the queue", error);
        let row = sqlx::query("select min(since) from outbox")
            .fetch_one(&self.reader)
            .await
            .map_err(store_error)?;
        let since: Option<i64> = row.try_get(0).map_err(store_error)?;
        let since = since.map(Timestamp::from_millisecond).transpose();
        since.map_err(|error| StoreError::new("read the queue", error))
    }
}
