//! Findings about the other nodes and the clocks.

use super::{Difference, compare};
use crate::ports::health_finding::Finding;
use crate::ports::nodes::{Node, Nodes};
use jiff::{SignedDuration, Timestamp};

/// Clocks may differ by this much. Sessions, limits and codes that expire compare times of different nodes.
const MAX_CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_secs(5);

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

pub(super) fn clock_finding(now: Timestamp, store: Timestamp) -> Finding {
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
