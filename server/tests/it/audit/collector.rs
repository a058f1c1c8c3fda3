//! The lines of two nodes reach the log of all nodes, once each and over interruptions; changes of that log are found.

use super::{NOW, TestLog, key, record};
use server::adapters::audit_log::collected_heads::{self, CollectedHead, HeadsByNumber};
use server::adapters::audit_log::collector::{Collector, CollectorConfig, waiting_lines};
use server::adapters::audit_log::files::{LogFiles, beside};
use server::adapters::audit_log::heads::{HeadsConfig, SigningKey};
use server::adapters::audit_log::log_id;
use server::adapters::audit_log::verify_collected::{
    CollectedEvidence, CollectedReport, lines_by_number, verify_collected,
};
use server::ports::collected_audit::{ChainPosition, CollectedAudit as _, CollectedLine, chain_hash};
use server::test_support::{ManualClock, MemoryStore};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A node with its log.
struct Node {
    log: TestLog,
    store: Arc<MemoryStore>,
}

impl Node {
    fn new(store: &Arc<MemoryStore>) -> Self {
        Self { log: TestLog::new(), store: Arc::clone(store) }
    }

    fn heads_file(&self) -> PathBuf {
        beside(&self.log.path(), ".collected-heads")
    }

    fn collector(&self) -> Collector {
        let heads = HeadsConfig { key: key(), file: self.heads_file(), interval: Duration::ZERO };
        Collector::new(CollectorConfig {
            path: self.log.path(),
            node: "node".into(),
            collected: Arc::clone(&self.store) as _,
            heads: Some(heads),
            clock: Arc::new(ManualClock::at(NOW)),
            poll: Duration::from_millis(2),
        })
        .unwrap()
    }

    async fn collect(&self) {
        self.collector().collect_rest().await.unwrap();
    }

    fn heads(&self) -> HeadsByNumber {
        collected_heads::read(&[self.heads_file()], &[key().public_key()]).unwrap().unwrap()
    }

    fn evidence(&self) -> CollectedEvidence {
        let files = LogFiles::find(&self.log.path()).unwrap().readable;
        let own = (log_id::find(&self.log.path()).unwrap().unwrap(), lines_by_number(&files).unwrap());
        CollectedEvidence { heads: self.heads(), own: Some(own), first: None }
    }

    async fn verify(&self) -> Result<CollectedReport, String> {
        let verified = verify_collected(&*self.store, &self.evidence()).await.unwrap();
        verified.map_err(|problem| problem.to_string())
    }
}

#[tokio::test]
async fn lines_of_two_nodes_form_one_chain_over_outages_rotations_and_restarts() {
    let store = Arc::new(MemoryStore::default());
    let (one, other) = (Node::new(&store), Node::new(&store));
    let (first, second) = (one.log.open(), other.log.open());
    record(&first, 0..3).await;
    record(&second, 1..3).await;
    one.collect().await;
    other.collect().await;
    // The store is down while entries are written and files are rotated.
    store.set_unavailable(true);
    assert!(one.collector().collect_rest().await.is_err());
    record(&first, 3..5).await;
    one.log.rotate(".2");
    record(&first, 5..6).await;
    one.log.rotate(".1");
    record(&first, 6..8).await;
    store.set_unavailable(false);
    assert_eq!(waiting_lines(&one.log.path(), &*store).await.unwrap().len(), 5);
    one.collect().await;
    one.collect().await;
    let report = one.verify().await.unwrap();
    let expected = CollectedReport { first: Some(1), last: 10, logs: 2, heads: 2, waiting: 0 };
    assert_eq!(report, expected);
    assert_eq!(other.verify().await.unwrap().heads, 1);
    let found = store.lines_with_reference("AAAA-0001").await.unwrap();
    assert_eq!(found.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 4], "of both nodes");
}

#[tokio::test]
async fn running_collector_copies_new_lines_and_continues_after_an_outage() {
    let store = Arc::new(MemoryStore::default());
    let node = Node::new(&store);
    let log = node.log.open();
    store.set_unavailable(true);
    record(&log, 0..1).await;
    let mut collector = node.collector();
    let running = tokio::spawn(async move { collector.run().await });
    let arrived = async |number: usize| {
        while store.lines_after(0, 100).await.map_or(0, |lines| lines.len()) < number {
            tokio::task::yield_now().await;
        }
    };
    store.set_unavailable(false);
    arrived(1).await;
    record(&log, 1..4).await;
    arrived(4).await;
    running.abort();
}

/// The same as a database that was restored from an older backup, or a lost file `.id`.
#[tokio::test]
async fn log_with_a_new_id_is_not_copied_twice() {
    let store = Arc::new(MemoryStore::default());
    let node = Node::new(&store);
    let log = node.log.open();
    record(&log, 0..3).await;
    node.collect().await;
    std::fs::write(beside(&node.log.path(), ".id"), "").unwrap();
    record(&log, 3..4).await;
    node.collect().await;
    assert_eq!(node.verify().await.unwrap().last, 4);
    std::fs::write(beside(&node.log.path(), ".id"), "no id").unwrap();
    let error = log_id::find(&node.log.path()).unwrap_err().to_string();
    assert!(error.contains("audit.jsonl.id: expected 32 hexadecimal digits"), "{error}");
}

#[tokio::test]
async fn changes_of_the_collected_log_are_found() {
    let store = Arc::new(MemoryStore::default());
    let node = Node::new(&store);
    record(&node.log.open(), 0..6).await;
    node.collect().await;
    let lines = store.lines_after(0, 100).await.unwrap();
    let replace = |lines: Vec<CollectedLine>, evidence: CollectedEvidence| {
        store.replace_collected(lines);
        let store = &store;
        async move { verify_collected(&**store, &evidence).await.unwrap().unwrap_err().to_string() }
    };
    let mut changed = lines.clone();
    changed[2].text = String::from_utf8(changed[2].text.clone()).unwrap().replace("192", "193").into();
    let problem = replace(changed.clone(), node.evidence()).await;
    assert_eq!(problem, "collected line 3: it or the line before it was changed");
    // With a chain that fits, as somebody with the rights of the database could write it.
    let evidence = CollectedEvidence { heads: HeadsByNumber::new(), ..node.evidence() };
    let problem = replace(rechained(changed), evidence).await;
    assert_eq!(problem, "collected line 3: entry 3 of this node's file differs");
    let mut removed = lines.clone();
    removed.remove(2);
    let problem = replace(removed, node.evidence()).await;
    assert_eq!(problem, "collected line 4: line 3 is missing before it");
    let problem = replace(lines[..5].to_vec(), node.evidence()).await;
    let expected = "collected line 6: is missing, although a signed head covers it; the last line is 5";
    assert_eq!(problem, expected);
    // A rewritten chain contradicts the heads, which left the machine.
    store.replace_collected(rechained(lines[..5].to_vec()));
    assert!(node.verify().await.is_err());
}

/// The same lines with hashes that fit.
fn rechained(mut lines: Vec<CollectedLine>) -> Vec<CollectedLine> {
    let mut previous = [0; 32];
    for line in &mut lines {
        line.hash = chain_hash(&previous, line.log, &line.text);
        previous = line.hash;
    }
    lines
}

#[tokio::test]
async fn verification_starts_after_removed_lines_that_a_head_covers() {
    let store = Arc::new(MemoryStore::default());
    let node = Node::new(&store);
    record(&node.log.open(), 0..4).await;
    node.collect().await;
    // All entries are older; the last one stays.
    let (last, removed) = store.remove_before(NOW + jiff::SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!((last.number, removed), (3, 3));
    let error = node.verify().await.unwrap_err();
    assert!(error.contains("collected line 4: it is the first line, and no head covers line 3"), "{error}");
    CollectedHead::sign(&key(), last, NOW).publish(&node.heads_file()).unwrap();
    assert_eq!(node.verify().await.unwrap().first, Some(4));
    let evidence = CollectedEvidence { first: Some(4), ..CollectedEvidence::default() };
    assert!(verify_collected(&*store, &evidence).await.unwrap().is_ok());
}

#[tokio::test]
async fn damaged_line_does_not_stop_the_lines_after_it() {
    let store = Arc::new(MemoryStore::default());
    let node = Node::new(&store);
    record(&node.log.open(), 0..3).await;
    let damaged = node.log.text().replacen("\"at\":\"2", "\"at\":\"x", 1);
    std::fs::write(node.log.path(), damaged).unwrap();
    node.collect().await;
    assert_eq!(node.verify().await.unwrap().last, 3);
    assert!(node.log.verify().is_err());
}

#[test]
fn head_of_another_key_and_contradicting_heads_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heads");
    let head = |seed: u8, hash| {
        let key = SigningKey::from_seed(&[seed; 32]).unwrap();
        CollectedHead::sign(&key, ChainPosition { number: 7, hash: [hash; 32] }, NOW)
    };
    std::fs::write(&file, "a line of a log\n").unwrap();
    head(7, 1).publish(&file).unwrap();
    let read = || collected_heads::read(std::slice::from_ref(&file), &[key().public_key()]).unwrap();
    assert_eq!(read().unwrap().len(), 1);
    head(7, 2).publish(&file).unwrap();
    assert_eq!(read().unwrap_err().line, 3);
    std::fs::remove_file(&file).unwrap();
    head(8, 1).publish(&file).unwrap();
    assert_eq!(read().unwrap_err().line, 1);
}
