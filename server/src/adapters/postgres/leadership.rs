//! One node at a time runs the periodic work: an advisory lock, held by a connection of its own.

use super::{PostgresStore, Within as _};
use crate::ports::nodes::Leadership;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Postgres};
use std::time::Duration;
use tokio::time::timeout;

/// The key of the lock.
const LOCK: i64 = 7_305_802;
/// Interval at which the other nodes try to get the lock, and its holder tests its connection.
const INTERVAL: Duration = Duration::from_secs(5);

/// The connection that holds the lock.
struct Held {
    connection: Option<PoolConnection<Postgres>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Not returned to the pool: the lock ends with the connection.
            drop(connection.detach());
        }
    }
}

impl Held {
    async fn try_lock(&mut self) -> Result<bool, sqlx::Error> {
        let Some(connection) = &mut self.connection else { return Ok(false) };
        sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut **connection).await
    }
}

#[async_trait]
impl Leadership for Held {
    async fn lost(&mut self) {
        while let Some(connection) = &mut self.connection {
            tokio::time::sleep(INTERVAL).await;
            if !matches!(timeout(INTERVAL, connection.ping()).await, Ok(Ok(()))) {
                return;
            }
        }
    }
}

impl PostgresStore {
    pub(super) async fn wait_for_leadership(&self) -> Result<Box<dyn Leadership>, StoreError> {
        let what = "choose the node that runs the periodic work";
        loop {
            let mut held = Held { connection: Some(self.pool.acquire().within(self.deadline, what).await?) };
            // If this future is dropped here, the connection is closed: in the pool it might hold the lock.
            if held.try_lock().within(self.deadline, what).await? {
                return Ok(Box::new(held));
            }
            // Back into the pool.
            drop(held.connection.take());
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
