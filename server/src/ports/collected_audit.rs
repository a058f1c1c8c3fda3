//! Port: the audit log of all nodes, in the store that they share. Each node writes a line to its own file first, and copies
//! it here afterwards; one chain of hashes covers the lines of all nodes.

use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// Identifies the audit log of one node: random, in a file beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogId(pub [u8; 16]);

/// A line of a node's audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number in that log, from 1.
    pub seq: u64,
    /// The time of its entry.
    pub at: Timestamp,
    /// The reference of its entry in upper case; empty if it has none.
    pub reference: String,
    /// The pseudonym of its account or user name; empty if it has none.
    pub subject: String,
    /// The name of its event.
    pub event: String,
    /// The reason of its event; empty if it has none.
    pub reason: String,
    /// The line with its line end.
    pub text: Vec<u8>,
}

/// A line in the collected log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedLine {
    /// Its number in the collected log, from 1.
    pub number: u64,
    /// The log from which it was copied.
    pub log: LogId,
    /// Its number in that log.
    pub seq: u64,
    /// The line with its line end.
    pub text: Vec<u8>,
    /// The hash of the chain at this line: see [`chain_hash`].
    pub hash: [u8; 32],
}

/// How many lines of one hour have the same event and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineCount {
    /// The start of the hour in UTC.
    pub hour: Timestamp,
    /// The name of the event.
    pub event: String,
    /// The reason of the event; empty if it has none.
    pub reason: String,
    /// The number of lines.
    pub lines: u64,
}

/// Milliseconds of an hour: lines are counted by the quotient of their time.
pub const HOUR_MS: i64 = 3_600_000;

/// A place in the chain: the number of a line and the hash of the chain there. Before the first line both are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChainPosition {
    /// The number.
    pub number: u64,
    /// The hash.
    pub hash: [u8; 32],
}

/// The hash of the chain at a line: SHA-256 of the hash at the line before, the id of its log, and the line.
pub fn chain_hash(previous: &[u8; 32], log: LogId, line: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(previous).chain_update(log.0).chain_update(line).finalize().into()
}

/// The collected audit log.
#[async_trait]
pub trait CollectedAudit: Send + Sync {
    /// The number of the last line of this log that was copied; 0 if there is none.
    async fn last_collected(&self, log: LogId) -> Result<u64, StoreError>;

    /// Appends lines of a log, which follow each other, and returns the end of the chain. A line that is already there is
    /// not appended again. `node` is the name of the node, for people.
    async fn collect(&self, log: LogId, node: &str, lines: &[AuditLine])
    -> Result<ChainPosition, StoreError>;

    /// At most `max` lines with a greater number, in order.
    async fn lines_after(&self, number: u64, max: u32) -> Result<Vec<CollectedLine>, StoreError>;

    /// The lines with this reference in upper case, in order.
    async fn lines_with_reference(&self, reference: &str) -> Result<Vec<CollectedLine>, StoreError>;

    /// At most `max` lines with one of these subjects since a time, newest first.
    async fn lines_of_subjects(
        &self,
        subjects: &[String],
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<CollectedLine>, StoreError>;

    /// Counts the lines from a time on and before another one by hour, event and reason, in this order.
    async fn count_lines(&self, from: Timestamp, before: Timestamp) -> Result<Vec<LineCount>, StoreError>;

    /// Removes the lines before the first one whose entry is of this time or later; the last line always stays. Returns the
    /// place of the last removed line, from which the chain continues, and how many were removed.
    async fn remove_before(&self, time: Timestamp) -> Result<(ChainPosition, u64), StoreError>;
}
