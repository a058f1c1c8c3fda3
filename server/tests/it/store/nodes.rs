//! The nodes of a store: one leads, each sees the others.

use super::*;
use futures::poll;
use server::ports::nodes::{Node, NodeDescription, Nodes as _};
use std::pin::pin;

pub(super) fn node(name: &str) -> Node {
    let description = NodeDescription { key_ids: vec!["1".to_owned()], ..NodeDescription::default() };
    Node { name: name.to_owned(), run: "1".to_owned(), version: "1".to_owned(), started: NOW, description }
}

/// `one` and `other` are two nodes' connections to one store.
pub(super) async fn nodes_see_each_other_until_they_leave(one: &impl Store, other: &impl Store) {
    assert_eq!(one.announce(&node("a")).await.unwrap().others, []);
    assert_eq!(other.announce(&node("b")).await.unwrap().others, [node("a")]);
    assert_eq!(one.announce(&node("a")).await.unwrap().others, [node("b")]);
    one.withdraw(&node("a")).await.unwrap();
    assert_eq!(other.list_nodes().await.unwrap(), [node("b")]);
    other.withdraw(&node("b")).await.unwrap();
}

pub(super) async fn node_with_the_name_of_another_is_noticed(one: &impl Store, other: &impl Store) {
    let namesake = Node { run: "2".to_owned(), ..node("a") };
    assert!(!one.announce(&node("a")).await.unwrap().replaced_namesake);
    assert!(!one.announce(&node("a")).await.unwrap().replaced_namesake);
    let announced = other.announce(&namesake).await.unwrap();
    assert!(announced.replaced_namesake && announced.others.is_empty(), "{announced:?}");
    assert!(one.announce(&node("a")).await.unwrap().replaced_namesake);
    // It does not remove the other one.
    other.withdraw(&namesake).await.unwrap();
    assert_eq!(one.list_nodes().await.unwrap(), [node("a")]);
    one.withdraw(&node("a")).await.unwrap();
}

pub(super) async fn one_node_leads_and_another_takes_over(one: &impl Store, other: &impl Store) {
    let first = one.lead().await.unwrap();
    let mut second = pin!(other.lead());
    assert!(poll!(&mut second).is_pending());
    drop(first);
    drop(second.await.unwrap());
}

#[tokio::test]
async fn memory_store_has_one_leader() {
    let store = MemoryStore::default();
    nodes_see_each_other_until_they_leave(&store, &store).await;
    node_with_the_name_of_another_is_noticed(&store, &store).await;
    one_node_leads_and_another_takes_over(&store, &store).await;
}

#[tokio::test]
async fn second_node_on_one_sqlite_file_is_refused_until_the_first_stops() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reset.db");
    let first = SqliteStore::open(&file).await.unwrap();
    first.announce(&node("a")).await.unwrap();
    first.announce(&node("a")).await.unwrap();
    // Commands use the file meanwhile.
    let second = SqliteStore::open(&file).await.unwrap();
    let error = second.announce(&node("b")).await.unwrap_err().source.to_string();
    assert!(error.contains("reset.db.lock is locked") && error.contains("PostgreSQL"), "{error}");
    first.withdraw(&node("a")).await.unwrap();
    second.announce(&node("b")).await.unwrap();
}
