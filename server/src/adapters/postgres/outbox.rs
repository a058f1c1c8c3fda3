//! The outbox (the queue of notices) in the database.

use super::{During as _, PostgresStore, Within as _};
use crate::adapters::store_values::{DecodeError, account, channel_value, time};
use crate::ports::directory::AccountId;
use crate::ports::notifier::{Channel, Outbox, Queued};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

/// The columns `id`, `account`, `sealed`, `attempts` and `since`.
type Row = (i64, Vec<u8>, Vec<u8>, i64, i64);

fn queued((id, about, sealed, attempts, since): Row) -> Result<Queued, DecodeError> {
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    Ok(Queued { id, account: account(&about)?, sealed, attempts, since: time(since)? })
}

#[async_trait]
impl Outbox for PostgresStore {
    async fn put(
        &self,
        account: AccountId,
        sealed: &[(Channel, Vec<u8>)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let channels: Vec<_> = sealed.iter().map(|(channel, _)| channel_value(*channel)).collect();
        let sealed: Vec<_> = sealed.iter().map(|(_, sealed)| sealed.as_slice()).collect();
        sqlx::query(
            "insert into outbox (account, channel, sealed, since, due)
             select $1, channel, sealed, $2, $2 from unnest($3, $4) as given (channel, sealed)",
        )
        .bind(account.0.as_bytes().as_slice())
        .bind(now.as_millisecond())
        .bind(channels)
        .bind(sealed)
        .execute(&self.pool)
        .within(self.deadline, "queue a message")
        .await?;
        Ok(())
    }

    async fn due(&self, channel: Channel, now: Timestamp, max: u32) -> Result<Vec<Queued>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, account, sealed, attempts, since from outbox where channel = $1 and due <= $2 \
             order by attempts > 0, due, id limit $3",
        )
        .bind(channel_value(channel))
        .bind(now.as_millisecond())
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .within(self.deadline, "read the queue")
        .await?;
        rows.into_iter().map(queued).collect::<Result<_, _>>().during("read the queue")
    }

    async fn claim(&self, id: i64, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let claimed = sqlx::query("update outbox set due = $1 where id = $2 and due <= $3")
            .bind(until.as_millisecond())
            .bind(id)
            .bind(now.as_millisecond())
            .execute(&self.pool)
            .within(self.deadline, "claim a message")
            .await?;
        Ok(claimed.rows_affected() == 1)
    }

    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> = sqlx::query_scalar("select min(due) from outbox where channel = $1")
            .bind(channel_value(channel))
            .fetch_one(&self.pool)
            .within(self.deadline, "read the queue")
            .await?;
        due.map(time).transpose().during("read the queue")
    }

    async fn remove_message(&self, id: i64) -> Result<(), StoreError> {
        sqlx::query("delete from outbox where id = $1")
            .bind(id)
            .execute(&self.pool)
            .within(self.deadline, "remove a message from the queue")
            .await?;
        Ok(())
    }

    async fn reschedule(&self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("update outbox set attempts = attempts + 1, due = $1 where id = $2")
            .bind(at.as_millisecond())
            .bind(id)
            .execute(&self.pool)
            .within(self.deadline, "reschedule a message")
            .await?;
        Ok(())
    }

    async fn remove_messages_of(&self, account: AccountId) -> Result<(), StoreError> {
        sqlx::query("delete from outbox where account = $1")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.pool)
            .within(self.deadline, "delete messages")
            .await?;
        Ok(())
    }

    async fn queued_count(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("select count(*) from outbox")
            .fetch_one(&self.pool)
            .within(self.deadline, "count the queue")
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
    async fn oldest_queued(&self) -> Result<Option<Timestamp>, StoreError> {
        let since: Option<i64> = sqlx::query_scalar("select min(since) from outbox")
            .fetch_one(&self.pool)
            .within(self.deadline, "read the queue")
            .await?;
        since.map(time).transpose().during("read the queue")
    }
}
