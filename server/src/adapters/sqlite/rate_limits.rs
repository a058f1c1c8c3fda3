//! The rate limits in the embedded store: each window is counted in slices.

use super::SqliteStore;
use crate::adapters::counted_slices::{SLICES_PER_WINDOW, decide_on_limit, end_of_slice, slice};
use crate::ports::rate_limits::{LEFT_WITHOUT_LIMIT, Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

#[async_trait]
impl RateLimits for SqliteStore {
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError> {
        let wanted: Vec<_> = wanted.iter().filter(|(_, limit)| limit.max > 0).cloned().collect();
        if wanted.is_empty() {
            return Ok(RateLimitDecision::Granted { left: LEFT_WITHOUT_LIMIT });
        }
        self.group
            .write("check the rate limits", move |connection| {
                Box::pin(async move {
                    let decision = decide(connection, &wanted, now).await?;
                    if matches!(decision, RateLimitDecision::Granted { .. }) {
                        count_event(connection, &wanted, now).await?;
                    }
                    Ok(decision)
                })
            })
            .await
    }

    async fn count(&self, key: &LimitKey, limit: Limit, now: Timestamp) -> Result<u32, StoreError> {
        let (slice, _) = slice(limit, now);
        let sum = "select coalesce(sum(taken), 0) from counts where key = ? and slice >= ?";
        let row = sqlx::query(sum)
            .bind(key.0.as_slice())
            .bind(slice - SLICES_PER_WINDOW)
            .fetch_one(&self.reader)
            .await
            .map_err(|error| StoreError::new("read a rate limit", error))?;
        Ok(u32::try_from(row.get::<i64, _>(0)).unwrap_or(u32::MAX))
    }

    async fn clear(&self, key: &LimitKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.group
            .write("clear a rate limit", move |connection| {
                Box::pin(async move {
                    sqlx::query("delete from counts where key = ?")
                        .bind(key.0.as_slice())
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        let (key, (slice, _)) = (key.clone(), slice(limit, taken_at));
        self.group
            .write("release a rate limit permit", move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "update counts set taken = taken - 1 where key = ? and slice = ? and taken > 0",
                    )
                    .bind(key.0.as_slice())
                    .bind(slice)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Decides on one more event under all the limits, without counting it. One statement for all limits: each statement
/// is a round trip to the thread of the connection.
async fn decide(
    connection: &mut SqliteConnection,
    wanted: &[(LimitKey, Limit)],
    now: Timestamp,
) -> Result<RateLimitDecision, sqlx::Error> {
    let selects: Vec<_> = (0..wanted.len())
        .map(|index| format!("select {index}, slice, taken from counts where key = ? and slice >= ?"))
        .collect();
    let mut query = sqlx::query(AssertSqlSafe(selects.join(" union all ")));
    for (key, limit) in wanted {
        query = query.bind(key.0.to_vec()).bind(slice(*limit, now).0 - SLICES_PER_WINDOW);
    }
    let mut counted = vec![Vec::new(); wanted.len()];
    for row in query.fetch_all(connection).await? {
        if let Some(slices) =
            usize::try_from(row.get::<i64, _>(0)).ok().and_then(|index| counted.get_mut(index))
        {
            slices.push((row.get(1), row.get(2)));
        }
    }
    let mut left = u32::MAX;
    for ((_, limit), slices) in wanted.iter().zip(counted) {
        match decide_on_limit(*limit, slices, now) {
            RateLimitDecision::Granted { left: left_under_limit } => left = left.min(left_under_limit),
            exhausted @ RateLimitDecision::Exhausted { .. } => return Ok(exhausted),
        }
    }
    Ok(RateLimitDecision::Granted { left })
}

/// Counts one event under each of the limits, in one statement, so that all or none are counted.
async fn count_event(
    connection: &mut SqliteConnection,
    wanted: &[(LimitKey, Limit)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let rows = vec!["(?, ?, 1, ?)"; wanted.len()].join(", ");
    let mut query = sqlx::query(AssertSqlSafe(format!(
        "insert into counts (key, slice, taken, expires) values {rows}
         on conflict (key, slice) do update set taken = taken + 1"
    )));
    for (key, limit) in wanted {
        let (slice, length) = slice(*limit, now);
        query = query.bind(key.0.to_vec()).bind(slice).bind(end_of_slice(slice, length));
    }
    query.execute(connection).await.map(drop)
}
