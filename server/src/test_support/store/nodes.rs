//! The nodes of the store in memory: several may use it, and one leads.

use super::MemoryStore;
use crate::ports::nodes::{Announced, Leadership, Node, Nodes};
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

    async fn announce(&self, node: &Node) -> Result<Announced, StoreError> {
        let mut tables = self.tables("announce this node")?;
        let replaced_namesake =
            tables.nodes.iter().any(|other| other.name == node.name && other.run != node.run);
        tables.nodes.retain(|other| other.name != node.name);
        let others = tables.nodes.clone();
        tables.nodes.push(node.clone());
        Ok(Announced { others, replaced_namesake })
    }

    async fn withdraw(&self, node: &Node) -> Result<(), StoreError> {
        let mut tables = self.tables("withdraw this node")?;
        tables.nodes.retain(|other| (&other.name, &other.run) != (&node.name, &node.run));
        Ok(())
    }

    async fn list_nodes(&self) -> Result<Vec<Node>, StoreError> {
        Ok(self.tables("list the nodes")?.nodes.clone())
    }

    async fn store_time(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables("read the clock of the store")?.time)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn missing_migrations(&self) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn close(&self) {}
}
