//! The audit log: the fake and the file.

use super::*;
use server::adapters::audit_log::AuditLog;
use server::ports::audit::{Audit, AuditEntry, Event};
use server::test_support::MemoryAudit;

fn verified_entry() -> AuditEntry {
    AuditEntry {
        at: NOW,
        event: Event::Verified,
        reference: "DDDD-0004".into(),
        subject: "0011".into(),
        network: "192.0.2.0/24".into(),
    }
}

pub(super) async fn audit_entries_are_found_by_reference(audit: &impl Audit) {
    let entry = |reference: &str, event| AuditEntry {
        at: NOW,
        event,
        reference: reference.into(),
        subject: "0011".into(),
        network: "192.0.2.0/24".into(),
    };
    let about_to_set = entry("AAAA-0001", Event::AboutToSet);
    let set = entry("AAAA-0001", Event::PasswordSet);
    for one in [&about_to_set, &entry("BBBB-0002", Event::Verified), &set] {
        audit.record(one.clone()).await.unwrap();
    }
    assert_eq!(audit.find("aaaa-0001").await.unwrap(), vec![about_to_set, set]);
    assert_eq!(audit.find("CCCC-0003").await.unwrap(), vec![]);
}

#[tokio::test]
async fn memory_audit_log_satisfies_the_contract() {
    audit_entries_are_found_by_reference(&MemoryAudit::default()).await;
}

#[tokio::test]
async fn file_audit_log_satisfies_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    audit_entries_are_found_by_reference(&AuditLog::open(file.clone()).unwrap()).await;
    // A line truncated by a crash does not hide the others.
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("{\"at\":\"2026-");
    std::fs::write(&file, text).unwrap();
    let audit_log = AuditLog::open(file.clone()).unwrap();
    assert_eq!(audit_log.find("AAAA-0001").await.unwrap().len(), 2);
    // The next entry starts on a new line.
    let entry = audit_log.find("BBBB-0002").await.unwrap().remove(0);
    audit_log.record(entry).await.unwrap();
    assert_eq!(audit_log.find("BBBB-0002").await.unwrap().len(), 2);
    // A rotated file is not written any more, and a new one is created.
    let rotated = file.with_extension("1");
    std::fs::rename(&file, &rotated).unwrap();
    let before = std::fs::read(&rotated).unwrap();
    audit_log.record(verified_entry()).await.unwrap();
    assert_eq!(std::fs::read(&rotated).unwrap(), before);
    assert_eq!(audit_log.find("DDDD-0004").await.unwrap().len(), 1);
}
