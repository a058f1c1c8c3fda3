//! Several nodes on one store: each announces itself, so that a node with other keys does not start, and different
//! settings or clocks are reported.

mod findings;

pub use findings::findings;

use crate::ports::health_finding::State;
use crate::ports::nodes::{Announced, Node, NodeDescription, Nodes};
use crate::ports::store::StoreError;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tracing::{error, info, warn};

/// Interval of the announcements. Three may fail before other nodes forget this one.
const INTERVAL: Duration = Duration::from_secs(15);

/// Why two nodes do not fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// One of them writes with a key that the other one does not have: it could not read what that one stores.
    Keys,
    /// These settings differ.
    Settings(Vec<String>),
}

/// Compares what two nodes announce. A key that only one of them knows is of another version, not a difference.
pub fn compare(own: &NodeDescription, other: &NodeDescription) -> Option<Difference> {
    let can_read = |reader: &NodeDescription, writer: &NodeDescription| {
        writer.key_ids.first().is_none_or(|key| reader.key_ids.contains(key))
    };
    if !can_read(own, other) || !can_read(other, own) {
        return Some(Difference::Keys);
    }
    let differs =
        |key: &&String| other.settings.get(*key).is_some_and(|value| own.settings.get(*key) != Some(value));
    let keys: Vec<_> = own.settings.keys().filter(differs).cloned().collect();
    if keys.is_empty() { None } else { Some(Difference::Settings(keys)) }
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The store refused the node or is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys differ.
    #[error(
        "store.key_files: node {other} and this one do not have each other's first key: give all nodes the same key files; \
         to rotate, add the new key as the last one on all nodes before it becomes the first"
    )]
    Keys {
        /// The name of the other node.
        other: String,
    },
}

/// Fails if a node other than this one has other keys.
fn refuse_other_keys(node: &Node, others: &[Node]) -> Result<(), JoinError> {
    let has_other_keys = |other: &&Node| {
        other.name != node.name && compare(&node.description, &other.description) == Some(Difference::Keys)
    };
    match others.iter().find(has_other_keys) {
        Some(other) => Err(JoinError::Keys { other: other.name.clone() }),
        None => Ok(()),
    }
}

/// Announces this node while the service runs.
pub struct NodeService {
    nodes: Arc<dyn Nodes>,
    node: Node,
}

impl NodeService {
    /// Announces this node, which has just started. Fails if it cannot work together with another one.
    pub async fn join(nodes: Arc<dyn Nodes>, node: Node) -> Result<Arc<Self>, JoinError> {
        // Before the announcement, so that a node with wrong keys does not appear to the others, and after it, because two
        // may start at the same time.
        refuse_other_keys(&node, &nodes.list_nodes().await?)?;
        // After a crash the row of the previous run is still there, so its name says nothing yet.
        let others = nodes.announce(&node).await?.others;
        if let Err(error) = refuse_other_keys(&node, &others) {
            nodes.withdraw(&node).await?;
            return Err(error);
        }
        for other in &others {
            match compare(&node.description, &other.description) {
                Some(Difference::Settings(keys)) => {
                    warn!(
                        other = other.name,
                        keys = keys.join(", "),
                        "settings differ from those of another node"
                    );
                }
                None | Some(Difference::Keys) => {
                    info!(other = other.name, version = other.version, "another node uses the same store");
                }
            }
        }
        let clock = nodes.store_time().await?.map(|time| findings::clock_finding(node.started, time));
        if let Some(clock) = clock.filter(|clock| clock.state != State::Good) {
            warn!(difference = clock.detail, "the clock of this node differs from that of the database");
        }
        Ok(Arc::new(Self { nodes, node }))
    }

    /// The name under which other nodes know this one.
    pub fn name(&self) -> &str {
        &self.node.name
    }

    /// Repeats the announcement until aborted.
    pub async fn run(self: Arc<Self>) {
        let mut has_namesake = false;
        loop {
            tokio::time::sleep(INTERVAL).await;
            match self.nodes.announce(&self.node).await {
                Ok(announced) => {
                    self.report(&announced, has_namesake);
                    has_namesake = announced.replaced_namesake;
                }
                Err(error) => {
                    warn!(error = &error as &dyn Error, "this node could not be announced: will retry");
                }
            }
        }
    }

    /// Logs what is wrong with the other nodes; a namesake only if it is a new one.
    fn report(&self, announced: &Announced, had_namesake: bool) {
        // One that started while the store was unavailable.
        if let Err(error) = refuse_other_keys(&self.node, &announced.others) {
            error!(error = &error as &dyn Error, "a node with other keys uses the same store: stop it");
        }
        if announced.replaced_namesake && !had_namesake {
            warn!(name = self.node.name, "another node has the host name and port of this one");
        }
    }

    /// Tells the store that this node stops.
    pub async fn leave(&self) {
        if let Err(error) = self.nodes.withdraw(&self.node).await {
            warn!(
                error = &error as &dyn Error,
                "this node could not be withdrawn: others forget it in a minute"
            );
        }
    }
}

#[cfg(test)]
mod tests;
