//! Contract: the audit log of all nodes.

use super::NOW;
use jiff::{SignedDuration, Timestamp};
use server::adapters::sqlite::audit_index::AuditIndex;
use server::ports::collected_audit::{AuditLine, CollectedAudit, LineCount, LogId, chain_hash};
use server::test_support::MemoryStore;

fn line(seq: u64, seconds: i64, reference: &str) -> AuditLine {
    let text = format!("{{\"seq\":{seq},\"reference\":\"{reference}\",\"n\":{seconds}}}\n").into_bytes();
    AuditLine {
        seq,
        at: NOW + SignedDuration::from_secs(seconds),
        reference: reference.into(),
        subject: "5f0c2a9b7d11e384".into(),
        event: "not_verified".into(),
        reason: "wrong_code".into(),
        text,
    }
}

pub(super) async fn lines_of_several_logs_form_one_chain(audit: &dyn CollectedAudit) {
    let (one, other) = (LogId([1; 16]), LogId([2; 16]));
    assert_eq!(audit.last_collected(one).await.unwrap(), 0);
    assert!(audit.lines_after(0, 10).await.unwrap().is_empty());
    let first = [line(1, 10, "AAAA-0001"), line(2, 11, "")];
    let end = audit.collect(one, "a", &first).await.unwrap();
    assert_eq!(end.number, 2);
    // Repeated, because the answer was lost, with one new line.
    let again = [first[1].clone(), line(3, 12, "AAAA-0001")];
    assert_eq!(audit.collect(one, "a", &again).await.unwrap().number, 3);
    let end = audit.collect(other, "b", &[line(7, 13, "AAAA-0001")]).await.unwrap();
    assert_eq!(
        (audit.last_collected(one).await.unwrap(), audit.last_collected(other).await.unwrap()),
        (3, 7)
    );

    let lines = audit.lines_after(0, 10).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| (line.number, line.seq)).collect::<Vec<_>>(),
        [(1, 1), (2, 2), (3, 3), (4, 7)]
    );
    let mut hash = [0; 32];
    for line in &lines {
        hash = chain_hash(&hash, line.log, &line.text);
        assert_eq!(line.hash, hash, "{}", line.number);
    }
    assert_eq!(end.hash, hash);
    assert_eq!(audit.lines_after(1, 2).await.unwrap(), lines[1..3]);
    let found = audit.lines_with_reference("AAAA-0001").await.unwrap();
    assert_eq!(found.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 3, 4]);
    assert!(audit.lines_with_reference("").await.unwrap().is_empty(), "an empty reference finds nothing");

    let subjects = ["5f0c2a9b7d11e384".to_owned(), "other".to_owned()];
    let newest = audit.lines_of_subjects(&subjects, NOW + SignedDuration::from_secs(11), 2).await.unwrap();
    assert_eq!(newest.iter().map(|line| line.number).collect::<Vec<_>>(), [4, 3]);
    let all = audit.lines_of_subjects(&subjects, NOW + SignedDuration::from_secs(12), 9).await.unwrap();
    assert_eq!(all.iter().map(|line| line.number).collect::<Vec<_>>(), [4, 3]);
    assert!(audit.lines_of_subjects(&subjects[1..], NOW, 9).await.unwrap().is_empty());

    let (last, removed) = audit.remove_before(NOW + SignedDuration::from_secs(12)).await.unwrap();
    assert_eq!((last.number, last.hash, removed), (2, lines[1].hash, 2));
    assert_eq!(audit.remove_before(NOW).await.unwrap().1, 0);
    // The last line stays, and the chain continues.
    assert_eq!(audit.remove_before(NOW + SignedDuration::from_hours(1)).await.unwrap().1, 1);
    let end = audit.collect(one, "a", &[line(4, 14, "")]).await.unwrap();
    assert_eq!(end.number, 5);
    assert_eq!(end.hash, chain_hash(&hash, one, &line(4, 14, "").text));
}

/// Lines of two hours and of two logs are counted by event and reason.
pub(super) async fn lines_are_counted_by_hour_event_and_reason(audit: &dyn CollectedAudit) {
    let start = Timestamp::from_second(NOW.as_second() / 3600 * 3600 + 3600).unwrap();
    let of = |seq: u64, at: Timestamp, event: &str, reason: &str| {
        let text = format!("{{\"seq\":{seq},\"at\":\"{at}\",\"event\":\"{event}\"}}\n").into_bytes();
        AuditLine { seq, at, event: event.into(), reason: reason.into(), text, ..line(seq, 0, "") }
    };
    let at = |milliseconds: i64| start + SignedDuration::from_millis(milliseconds);
    let hour = 3_600_000;
    let lines = [
        of(1, at(-1), "password_set", ""),
        of(2, at(0), "password_set", ""),
        of(3, at(hour - 1), "not_verified", "wrong_code"),
        of(4, at(hour - 1), "not_verified", "disabled"),
        of(5, at(hour), "not_verified", "wrong_code"),
        of(6, at(2 * hour), "password_set", ""),
    ];
    audit.collect(LogId([1; 16]), "a", &lines).await.unwrap();
    audit.collect(LogId([2; 16]), "b", &[of(7, at(5), "not_verified", "wrong_code")]).await.unwrap();
    let counts = audit.count_lines(at(0), at(2 * hour)).await.unwrap();
    let count = |hour, event: &str, reason: &str, lines| LineCount {
        hour,
        event: event.into(),
        reason: reason.into(),
        lines,
    };
    let expected = [
        count(at(0), "not_verified", "disabled", 1),
        count(at(0), "not_verified", "wrong_code", 2),
        count(at(0), "password_set", "", 1),
        count(at(hour), "not_verified", "wrong_code", 1),
    ];
    assert_eq!(counts, expected);
    assert_eq!(audit.count_lines(at(3 * hour), at(4 * hour)).await.unwrap(), []);
}

/// Two nodes that copy at the same time.
pub(super) async fn two_nodes_collect_at_the_same_time(one: &dyn CollectedAudit, other: &dyn CollectedAudit) {
    let copy = async |audit: &dyn CollectedAudit, log: u8| {
        for seq in 1..=20 {
            audit.collect(LogId([log; 16]), "n", &[line(seq, i64::from(log), "")]).await.unwrap();
        }
    };
    tokio::join!(copy(one, 1), copy(other, 2));
    let lines = one.lines_after(0, 100).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
    let mut hash = [0; 32];
    for line in &lines {
        hash = chain_hash(&hash, line.log, &line.text);
        assert_eq!(line.hash, hash);
    }
}

#[tokio::test]
async fn memory_store_collects_the_audit_logs() {
    lines_of_several_logs_form_one_chain(&MemoryStore::default()).await;
    lines_are_counted_by_hour_event_and_reason(&MemoryStore::default()).await;
    let store = MemoryStore::default();
    two_nodes_collect_at_the_same_time(&store, &store).await;
}

#[tokio::test]
async fn index_of_a_single_log_satisfies_the_contract_and_forgets_old_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl.index");
    let index = AuditIndex::open(&file).await.unwrap();
    lines_of_several_logs_form_one_chain(&index).await;
    let counted = AuditIndex::open(&folder.path().join("counted.index")).await.unwrap();
    lines_are_counted_by_hour_event_and_reason(&counted).await;
    let log = LogId([3; 16]);
    let days = |days: i64| days * 24 * 3600;
    index.collect(log, "n", &[line(1, days(1), "OLD0-0001"), line(2, days(30), "NEW0-0001")]).await.unwrap();
    index.collect(log, "n", &[line(3, days(40), "NEW0-0002")]).await.unwrap();
    assert!(index.lines_with_reference("OLD0-0001").await.unwrap().is_empty());
    assert_eq!(index.lines_with_reference("NEW0-0001").await.unwrap().len(), 1);
    // The last line stays, so that the log is not read again from its start.
    index.collect(log, "n", &[line(4, days(400), "NEW0-0003")]).await.unwrap();
    assert_eq!(AuditIndex::open(&file).await.unwrap().last_collected(log).await.unwrap(), 4);
}
