//! Tests of how nodes compare themselves and join.

use super::findings::clock_finding;
use super::*;
use crate::test_support::MemoryStore;
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn node(name: &str, key_ids: &[&str], settings: &[(&str, &str)]) -> Node {
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let key_ids = key_ids.iter().map(|id| (*id).to_owned()).collect();
    let description = NodeDescription { key_ids, settings };
    Node { name: name.to_owned(), run: "1".to_owned(), version: "1".to_owned(), started: NOW, description }
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
    assert!(behind.state == State::Warning && behind.detail.starts_with("9 s behind"), "{}", behind.detail);
    let ahead = clock_finding(NOW + SignedDuration::from_mins(2), NOW);
    assert!(ahead.detail.starts_with("120 s ahead of"), "{}", ahead.detail);
}

#[tokio::test]
async fn namesake_is_reported_once_with_its_name_and_not_at_the_start() {
    let output = crate::test_support::LogOutput::default();
    let _guard = tracing::subscriber::set_default(output.subscriber());
    let store = Arc::new(MemoryStore::default());
    // A run that crashed, and its successor.
    let crashed = Node { run: "0".to_owned(), ..node("a", &["1"], &[]) };
    store.announce(&crashed).await.unwrap();
    let service = NodeService::join(Arc::clone(&store) as _, node("a", &["1"], &[])).await.unwrap();
    assert_eq!(output.text(), "");
    store.announce(&crashed).await.unwrap();
    let announced = store.announce(&service.node).await.unwrap();
    service.report(&announced, false);
    service.report(&announced, true);
    let text = output.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(matches!(lines[..], [line] if line.contains("WARN") && line.contains("name=\"a\"")), "{text}");
}
