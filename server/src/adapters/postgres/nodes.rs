//! The nodes that use the database.

use super::{During as _, PostgresStore, Within as _};
use crate::adapters::store_values::{DecodeError, time};
use crate::ports::nodes::{Announced, Leadership, Node, Nodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

/// The clock of the database in milliseconds since 1970. Nodes compare themselves by one clock.
const CLOCK: &str = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";
/// A node that did not announce itself for this long, in milliseconds, is not running.
const FORGOTTEN_AFTER: i64 = 60_000;

/// The columns `name`, `run`, `version`, `started` and `description`.
type Row = (String, String, String, i64, String);

fn node((name, run, version, started, description): Row) -> Result<Node, DecodeError> {
    Ok(Node { name, run, version, started: time(started)?, description: serde_json::from_str(&description)? })
}

impl PostgresStore {
    async fn clock(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(CLOCK).fetch_one(&self.pool).await
    }

    async fn announce_node(&self, node: &Node) -> Result<Announced, DecodeError> {
        let now = self.clock().await?;
        sqlx::query("delete from nodes where seen < $1")
            .bind(now - FORGOTTEN_AFTER)
            .execute(&self.pool)
            .await?;
        // The subquery still reads the row as it was before.
        let replaced_namesake: bool = sqlx::query_scalar(
            "insert into nodes (name, run, version, started, seen, description) values ($1, $2, $3, $4, $5, $6)
             on conflict (name) do update set run = excluded.run, version = excluded.version,
             started = excluded.started, seen = excluded.seen, description = excluded.description
             returning exists (select from nodes as before where before.name = $1 and before.run <> $2)",
        )
        .bind(&node.name)
        .bind(&node.run)
        .bind(&node.version)
        .bind(node.started.as_millisecond())
        .bind(now)
        .bind(serde_json::to_string(&node.description)?)
        .fetch_one(&self.pool)
        .await?;
        let mut others = self.nodes_since(now - FORGOTTEN_AFTER).await?;
        others.retain(|other| other.name != node.name);
        Ok(Announced { others, replaced_namesake })
    }

    async fn nodes_since(&self, since: i64) -> Result<Vec<Node>, DecodeError> {
        let rows: Vec<Row> = sqlx::query_as(
            "select name, run, version, started, description from nodes where seen >= $1 order by name",
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

    async fn announce(&self, node: &Node) -> Result<Announced, StoreError> {
        self.announce_node(node).within(self.deadline, "announce this node").await
    }

    async fn withdraw(&self, node: &Node) -> Result<(), StoreError> {
        let delete = sqlx::query("delete from nodes where name = $1 and run = $2");
        let delete = delete.bind(&node.name).bind(&node.run).execute(&self.pool);
        delete.within(self.deadline, "withdraw this node").await?;
        Ok(())
    }

    async fn list_nodes(&self) -> Result<Vec<Node>, StoreError> {
        let what = "list the nodes";
        let now = self.clock().within(self.deadline, what).await?;
        self.nodes_since(now - FORGOTTEN_AFTER).within(self.deadline, what).await
    }

    async fn store_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let what = "read the clock of the database";
        time(self.clock().within(self.deadline, what).await?).during(what).map(Some)
    }
}
