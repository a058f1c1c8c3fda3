//! The rate limits in the database: each window is counted in slices, by the function `take_permits` of the schema.

use super::{During as _, PostgresStore, Within as _};
use crate::adapters::counted_slices::{SLICES_PER_WINDOW, decide_on_limit, end_of_slice, slice};
use crate::ports::rate_limits::{LEFT_WITHOUT_LIMIT, Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// A row of `take_permits`: the index of the exhausted limit from 1, what is left, the slices and their amounts.
type Answer = (Option<i32>, i64, Vec<i64>, Vec<i64>);

#[async_trait]
impl RateLimits for PostgresStore {
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError> {
        let what = "check the rate limits";
        let wanted: Vec<_> = wanted.iter().filter(|(_, limit)| limit.max > 0).collect();
        if wanted.is_empty() {
            return Ok(RateLimitDecision::Granted { left: LEFT_WITHOUT_LIMIT });
        }
        let slices: Vec<_> = wanted.iter().map(|(_, limit)| slice(*limit, now)).collect();
        let column = |value: fn(&(i64, i64)) -> i64| slices.iter().map(value).collect::<Vec<_>>();
        let answer: Answer = sqlx::query_as("select * from take_permits($1, $2, $3, $4, $5)")
            .bind(wanted.iter().map(|(key, _)| key.0.as_slice()).collect::<Vec<_>>())
            .bind(column(|(slice, _)| *slice))
            .bind(column(|(slice, _)| slice - SLICES_PER_WINDOW))
            .bind(wanted.iter().map(|(_, limit)| i64::from(limit.max)).collect::<Vec<_>>())
            .bind(column(|(slice, length)| end_of_slice(*slice, *length)))
            .fetch_one(&self.pool)
            .within(self.deadline, what)
            .await?;
        let (exhausted, left, slices, amounts) = answer;
        let Some(index) = exhausted else {
            self.wait_for_the_disk().await?;
            return Ok(RateLimitDecision::Granted { left: u32::try_from(left).unwrap_or(u32::MAX) });
        };
        let limit = usize::try_from(index).ok().and_then(|index| wanted.get(index.checked_sub(1)?));
        let (_, limit) = limit.ok_or("the database names a limit that it was not given").during(what)?;
        Ok(match decide_on_limit(*limit, slices.into_iter().zip(amounts).collect(), now) {
            exhausted @ RateLimitDecision::Exhausted { .. } => exhausted,
            // The database has counted nothing.
            RateLimitDecision::Granted { .. } => {
                RateLimitDecision::Exhausted { retry_after: Duration::from_secs(1) }
            }
        })
    }

    async fn count(&self, key: &LimitKey, limit: Limit, now: Timestamp) -> Result<u32, StoreError> {
        let (slice, _) = slice(limit, now);
        let sum = "select coalesce(sum(taken), 0)::bigint from counts where key = $1 and slice >= $2";
        let count: i64 = sqlx::query_scalar(sum)
            .bind(key.0.as_slice())
            .bind(slice - SLICES_PER_WINDOW)
            .fetch_one(&self.pool)
            .within(self.deadline, "read a rate limit")
            .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        let (slice, _) = slice(limit, taken_at);
        sqlx::query("update counts set taken = taken - 1 where key = $1 and slice = $2 and taken > 0")
            .bind(key.0.as_slice())
            .bind(slice)
            .execute(&self.pool)
            .within(self.deadline, "release a rate limit permit")
            .await?;
        Ok(())
    }

    async fn clear(&self, key: &LimitKey) -> Result<(), StoreError> {
        sqlx::query("delete from counts where key = $1")
            .bind(key.0.as_slice())
            .execute(&self.pool)
            .within(self.deadline, "clear a rate limit")
            .await?;
        Ok(())
    }
}

impl PostgresStore {
    /// Returns when everything that was committed so far is on the disk of the database. `take_permits` does not wait for
    /// it, because it would hold the lock of all nodes meanwhile; this transaction holds no lock, and many callers
    /// share one write.
    async fn wait_for_the_disk(&self) -> Result<(), StoreError> {
        sqlx::query("select pg_logical_emit_message(true, 'wachtwoord-reset', '')")
            .execute(&self.pool)
            .within(self.deadline, "count an event")
            .await?;
        Ok(())
    }
}
