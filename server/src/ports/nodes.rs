//! Port: the nodes of the service that share a store.

use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a node announces about itself. Two nodes with different values do not work together.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct NodeDescription {
    /// The ids of its keys, the one that writes first.
    pub key_ids: Vec<String>,
    /// For each settings key that must be the same on all nodes, a digest of its value.
    pub settings: BTreeMap<String, String>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name, which should be unique among the nodes.
    pub name: String,
    /// A random value for each start of a process.
    pub run: String,
    /// The version of its binary.
    pub version: String,
    /// When it started, by its own clock.
    pub started: Timestamp,
    /// What it announces.
    pub description: NodeDescription,
}

/// What a node learns when it announces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The nodes with other names that announced themselves within the last minute.
    pub others: Vec<Node>,
    /// Whether the announcement replaced one of another run with the same name. When this happens at the start, that run may
    /// have crashed; when it happens later, both run.
    pub replaced_namesake: bool,
}

/// The right to run the periodic work, which one node has at a time.
#[async_trait]
pub trait Leadership: Send {
    /// Completes when this node has lost the right, e.g. because the connection to the store broke.
    async fn lost(&mut self);
}

/// The nodes of a store.
#[async_trait]
pub trait Nodes: Send + Sync {
    /// Waits until no other node runs the periodic work, and takes it over. The right ends when the value is dropped.
    async fn lead(&self) -> Result<Box<dyn Leadership>, StoreError>;

    /// Announces this node, at the time of the store.
    async fn announce(&self, node: &Node) -> Result<Announced, StoreError>;

    /// Removes a node that stops, but not another run that has replaced it.
    async fn withdraw(&self, node: &Node) -> Result<(), StoreError>;

    /// Returns the nodes that announced themselves within the last minute.
    async fn list_nodes(&self) -> Result<Vec<Node>, StoreError>;

    /// Returns the time of the machine of the store; `None` if it is this machine.
    async fn store_time(&self) -> Result<Option<Timestamp>, StoreError>;
}
