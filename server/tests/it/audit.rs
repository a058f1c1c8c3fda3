//! Tests of the audit log file: chain, signed heads, rotation, several processes and crashes.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

mod chain;
mod collector;
mod damage;
mod syslog;

use jiff::Timestamp;
use server::adapters::audit_log::files::{LogFiles, beside};
use server::adapters::audit_log::heads::{HeadsConfig, SigningKey};
use server::adapters::audit_log::verify::{Evidence, Problem, Report, verify};
use server::adapters::audit_log::{AuditLog, AuditLogConfig};
use server::ports::audit::{Audit as _, AuditEntry, Event};
use server::test_support::ManualClock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
/// An entry of the version before the chain.
const OLD_LINE: &str = r#"{"at":"2026-11-22T09:12:44.018Z","event":{"event":"not_verified","reason":"wrong_code","detail":"something"},"reference":"K7Q2-9F4M","subject":"5f0c2a9b7d11e384","network":"192.0.2.0/24"}"#;

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

/// A log in a folder of its own.
struct TestLog {
    folder: tempfile::TempDir,
}

impl TestLog {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// Starts a writer that signs a head after each group of entries.
    fn open(&self) -> AuditLog {
        let path = self.path();
        let heads = Some(HeadsConfig { key: key(), file: beside(&path, ".heads"), interval: Duration::ZERO });
        AuditLog::start(AuditLogConfig { path, heads, clock: Arc::new(ManualClock::at(NOW)) }).unwrap()
    }

    /// Starts a writer without heads.
    fn open_unsigned(&self) -> AuditLog {
        AuditLog::open(self.path()).unwrap()
    }

    fn rotate(&self, to: &str) {
        std::fs::rename(self.path(), beside(&self.path(), to)).unwrap();
    }

    fn verify(&self) -> Result<Report, Problem> {
        self.verify_with(&self.evidence())
    }

    fn evidence(&self) -> Evidence {
        let heads = beside(&self.path(), ".heads");
        Evidence {
            heads: if heads.exists() { vec![heads] } else { Vec::new() },
            keys: vec![key().public_key()],
            chain_file: Some(beside(&self.path(), ".chain")),
            first: None,
        }
    }

    fn verify_with(&self, evidence: &Evidence) -> Result<Report, Problem> {
        let files = LogFiles::find(&self.path()).unwrap().readable;
        verify(&files, evidence).unwrap()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }
}

fn entry(number: usize) -> AuditEntry {
    AuditEntry {
        at: NOW,
        event: if number.is_multiple_of(2) { Event::AboutToSet } else { Event::PasswordSet },
        reference: format!("AAAA-{number:04}"),
        subject: "5f0c2a9b7d11e384".into(),
        network: "192.0.2.0/24".into(),
    }
}

/// Records entries with these numbers, all at once.
async fn record(log: &AuditLog, numbers: std::ops::Range<usize>) {
    let all = numbers.map(|number| log.record(entry(number)));
    for result in futures::future::join_all(all).await {
        result.unwrap();
    }
}

fn append(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}
