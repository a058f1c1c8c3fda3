//! The nodes that use the database.

use super::{During as _, PostgresStore, Within as _};
use crate::adapters::store_values::{DecodeError, time};
use crate::ports::nodes::{Leadership, Node, Nodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

/// The clock of the database in milliseconds since 1970. Nodes compare themselves by one clock.
const CLOCK: &str = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";
/// A node that did not announce itself for this long, in milliseconds, is not running.
const FORGOTTEN_AFTER: i64 = 60_000;

/// The columns `name`, `version`, `started` and `description`.
type Row = (String, String, i64, String);

fn node((name, version, started, description): Row) -> Result<Node, DecodeError> {
    Ok(Node { name, version, started: time(started)?, description: serde_json::from_str(&description)? })
}

impl PostgresStore {
    async fn clock(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(CLOCK).fetch_one(&self.pool).await
    }

    async fn announce_node(&self, node: &Node) -> Result<Vec<Node>, DecodeError> {
        let now = self.clock().await?;
        sqlx::query("delete from nodes where seen < $1")
            .bind(now - FORGOTTEN_AFTER)
            .execute(&self.pool)
            .await?;
        sqlx::query(
            "insert into nodes (name, version, started, seen, description) values ($1, $2, $3, $4, $5)
             on conflict (name) do update set version = excluded.version, started = excluded.started,
             seen = excluded.seen, description = excluded.description",
        )
        .bind(&node.name)
        .bind(&node.version)
        .bind(node.started.as_millisecond())
        .bind(now)
        .bind(serde_json::to_string(&node.description)?)
        .execute(&self.pool)
        .await?;
        let mut others = self.nodes_since(now - FORGOTTEN_AFTER).await?;
        others.retain(|other| other.name != node.name);
        Ok(others)
    }

    async fn nodes_since(&self, since: i64) -> Result<Vec<Node>, DecodeError> {
        let rows: Vec<Row> = sqlx::query_as(
            "select name, version, started, description from nodes where seen >= $1 order by name",
        )
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(self::node).collect()
    }
}

#[async_trait]
impl Nodes for PostgresStore {
    async fn lead(&self) -> Result<Box<dyn Leadership>, StoreError> {
        self.wait_for_leadership().await
    }

    async fn announce(&self, node: &Node) -> Result<Vec<Node>, StoreError> {
        self.announce_node(node).within("announce this node").await
    }

    async fn withdraw(&self, name: &str) -> Result<(), StoreError> {
        let deleted = sqlx::query("delete from nodes where name = $1").bind(name).execute(&self.pool).await;
        deleted.during("withdraw this node")?;
        Ok(())
    }

    async fn list_nodes(&self) -> Result<Vec<Node>, StoreError> {
        let what = "list the nodes";
        let now = self.clock().within(what).await?;
        self.nodes_since(now - FORGOTTEN_AFTER).within(what).await
    }

    async fn store_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let what = "read the clock of the database";
        time(self.clock().within(what).await?).during(what).map(Some)
    }
}
