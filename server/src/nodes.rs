//! Several nodes on one store: each announces itself, so that a node with other keys does not start, and different
//! settings or clocks are reported.

use crate::ports::health_finding::{Finding, State};
use crate::ports::nodes::{Node, NodeDescription, Nodes};
use crate::ports::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tracing::{error, info, warn};

/// Interval of the announcements. Three may fail before other nodes forget this one.
const INTERVAL: Duration = Duration::from_secs(15);
/// Clocks may differ by this much. Sessions, limits and codes that expire compare times of different nodes.
const MAX_CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_secs(5);

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
        let others = nodes.announce(&node).await?;
        if let Err(error) = refuse_other_keys(&node, &others) {
            nodes.withdraw(&node.name).await?;
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
        let clock = nodes.store_time().await?.map(|time| clock_finding(node.started, time));
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
        loop {
            tokio::time::sleep(INTERVAL).await;
            match self.nodes.announce(&self.node).await {
                // One that started while the store was unavailable.
                Ok(others) => {
                    if let Err(error) = refuse_other_keys(&self.node, &others) {
                        error!(
                            error = &error as &dyn Error,
                            "a node with other keys uses the same store: stop it"
                        );
                    }
                }
                Err(error) => {
                    warn!(error = &error as &dyn Error, "this node could not be announced: will retry");
                }
            }
        }
    }

    /// Tells the store that this node stops.
    pub async fn leave(&self) {
        if let Err(error) = self.nodes.withdraw(&self.node.name).await {
            warn!(
                error = &error as &dyn Error,
                "this node could not be withdrawn: others forget it in a minute"
            );
        }
    }
}

/// Rows of `check` and of the admin page about the other nodes and the clock of the store. `own` is this node, which may
/// run or not.
pub async fn findings(nodes: &dyn Nodes, own: &Node, now: Timestamp) -> Vec<Finding> {
    let part = "nodes";
    let mut findings = Vec::new();
    match nodes.store_time().await {
        Ok(None) => {}
        Ok(Some(time)) => findings.push(clock_finding(now, time)),
        Err(error) => findings.push(Finding::bad(part, "clock", error.source.to_string())),
    }
    match nodes.list_nodes().await {
        Ok(others) => {
            let others = others.iter().filter(|other| other.name != own.name);
            findings.extend(others.map(|other| node_finding(own, other)));
        }
        Err(error) => findings.push(Finding::bad(part, "list", error.source.to_string())),
    }
    findings
}

fn clock_finding(now: Timestamp, store: Timestamp) -> Finding {
    let difference = now.duration_since(store);
    let seconds = difference.as_secs();
    if difference.abs() <= MAX_CLOCK_DIFFERENCE {
        return Finding::good("nodes", "clock", format!("differs by {seconds} s from the database's"));
    }
    let direction = if difference.is_negative() { "behind" } else { "ahead of" };
    let detail = format!(
        "{} s {direction} the database's: synchronise both with a time server (e.g. chrony)",
        seconds.abs()
    );
    Finding::warning("nodes", "clock", detail)
}

fn node_finding(own: &Node, other: &Node) -> Finding {
    match compare(&own.description, &other.description) {
        None => Finding::good("nodes", &other.name, format!("runs version {}", other.version)),
        Some(Difference::Settings(keys)) => Finding::warning(
            "nodes",
            &other.name,
            format!("has other values of {}: give all nodes the same", keys.join(", ")),
        ),
        Some(Difference::Keys) => Finding::bad(
            "nodes",
            &other.name,
            "has other key files, so that neither can read what the other stores: see store.key_files",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::MemoryStore;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn node(name: &str, key_ids: &[&str], settings: &[(&str, &str)]) -> Node {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let key_ids = key_ids.iter().map(|id| (*id).to_owned()).collect();
        let description = NodeDescription { key_ids, settings };
        Node { name: name.to_owned(), version: "1".to_owned(), started: NOW, description }
    }

    #[test]
    fn nodes_must_have_the_first_key_of_each_other() {
        let with = |ids: &[&str]| node("n", ids, &[]).description;
        for (own, other, fits) in [
            (&["a"][..], &["a"][..], true),
            (&["a", "b"], &["a"], true),
            // Rotation: first the new key last on each node, then first.
            (&["b", "a"], &["a", "b"], true),
            (&["b", "a"], &["a"], false),
            (&["a"], &["b", "a"], false),
            (&["a"], &["b"], false),
        ] {
            let expected = if fits { None } else { Some(Difference::Keys) };
            assert_eq!(compare(&with(own), &with(other)), expected, "{own:?} {other:?}");
        }
    }

    #[test]
    fn only_settings_that_both_versions_know_are_compared() {
        let own = node("a", &[], &[("policy.min_length", "1"), ("limits.global", "2"), ("new.key", "3")]);
        let other = node("b", &[], &[("policy.min_length", "9"), ("limits.global", "2"), ("old.key", "3")]);
        let difference = compare(&own.description, &other.description);
        assert_eq!(difference, Some(Difference::Settings(vec!["policy.min_length".to_owned()])));
    }

    #[tokio::test]
    async fn node_with_other_keys_does_not_join_and_leaves_no_trace() {
        let store = Arc::new(MemoryStore::default());
        let first = NodeService::join(Arc::clone(&store) as _, node("a", &["1"], &[])).await.unwrap();
        let error = NodeService::join(Arc::clone(&store) as _, node("b", &["2"], &[])).await.err().unwrap();
        assert!(error.to_string().contains("store.key_files: node a"), "{error}");
        assert_eq!(store.list_nodes().await.unwrap().len(), 1);
        first.leave().await;
        NodeService::join(store, node("b", &["2"], &[])).await.unwrap();
    }

    #[tokio::test]
    async fn check_names_differences_and_does_not_compare_the_node_with_itself() {
        let store = MemoryStore::default();
        let own = node("a", &["1"], &[("limits.global", "1")]);
        for other in [own.clone(), node("b", &["1"], &[("limits.global", "2")]), node("c", &["2"], &[])] {
            store.announce(&other).await.unwrap();
        }
        let findings = findings(&store, &own, NOW).await;
        let states: Vec<_> = findings.iter().map(|row| (row.what.as_str(), row.state)).collect();
        assert_eq!(states, [("b", State::Warning), ("c", State::Bad)]);
        assert!(findings[0].detail.contains("limits.global"), "{}", findings[0].detail);
    }

    #[test]
    fn different_clock_is_a_warning_that_names_the_direction() {
        assert_eq!(clock_finding(NOW, NOW + SignedDuration::from_secs(5)).state, State::Good);
        let behind = clock_finding(NOW, NOW + SignedDuration::from_secs(9));
        assert!(
            behind.state == State::Warning && behind.detail.starts_with("9 s behind"),
            "{}",
            behind.detail
        );
        let ahead = clock_finding(NOW + SignedDuration::from_mins(2), NOW);
        assert!(ahead.detail.starts_with("120 s ahead of"), "{}", ahead.detail);
    }
}
