//! The nodes of the store in memory: several may use it, and one leads.

use super::MemoryStore;
use crate::ports::nodes::{Leadership, Node, Nodes};
use crate::ports::store::{Store, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

struct Held {
    _permit: OwnedSemaphorePermit,
}

#[async_trait]
impl Leadership for Held {
    async fn lost(&mut self) {
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Nodes for MemoryStore {
    async fn lead(&self) -> Result<Box<dyn Leadership>, StoreError> {
        let leader = std::sync::Arc::clone(&self.leader);
        let what = "choose the node that runs the periodic work";
        let permit = leader.acquire_owned().await.map_err(|error| StoreError::new(what, error))?;
        Ok(Box::new(Held { _permit: permit }))
    }

    async fn announce(&self, node: &Node) -> Result<Vec<Node>, StoreError> {
        let mut tables = self.tables("announce this node")?;
        tables.nodes.retain(|other| other.name != node.name);
        let others = tables.nodes.clone();
        tables.nodes.push(node.clone());
        Ok(others)
    }

    async fn withdraw(&self, name: &str) -> Result<(), StoreError> {
        self.tables("withdraw this node")?.nodes.retain(|node| node.name != name);
        Ok(())
    }

    async fn list_nodes(&self) -> Result<Vec<Node>, StoreError> {
        Ok(self.tables("list the nodes")?.nodes.clone())
    }

    async fn store_time(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn close(&self) {}
}
