//! One node at a time runs the periodic work: an advisory lock, held by a connection of its own.

use super::{During as _, PostgresStore};
use crate::ports::nodes::Leadership;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Postgres};
use std::time::Duration;

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

#[async_trait]
impl Leadership for Held {
    async fn lost(&mut self) {
        while let Some(connection) = &mut self.connection {
            tokio::time::sleep(INTERVAL).await;
            if connection.ping().await.is_err() {
                return;
            }
        }
    }
}

impl PostgresStore {
    pub(super) async fn wait_for_leadership(&self) -> Result<Box<dyn Leadership>, StoreError> {
        let what = "choose the node that runs the periodic work";
        loop {
            let mut connection = self.pool.acquire().await.during(what)?;
            let locked: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
                .bind(LOCK)
                .fetch_one(&mut *connection)
                .await
                .during(what)?;
            if locked {
                return Ok(Box::new(Held { connection: Some(connection) }));
            }
            drop(connection);
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
