//! Copies the lines of this node's audit log into the log of all nodes, in the store that they share.
//!
//! The queue is the audit log itself, so nothing is lost while the store is down or the service is stopped. The store knows
//! how far a log was copied.

use super::collected_heads::CollectedHead;
use super::heads::HeadsConfig;
use super::log_id;
use super::unread::{Unread, UnreadLine};
use crate::ports::clock::Clock;
use crate::ports::collected_audit::{AuditLine, ChainPosition, CollectedAudit, LogId};
use crate::ports::store::StoreError;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::io::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tracing::{info, warn};

/// What a collector copies, and where to.
#[derive(Clone)]
pub struct CollectorConfig {
    /// The audit log.
    pub path: PathBuf,
    /// The name of this node.
    pub node: String,
    /// The log of all nodes.
    pub collected: Arc<dyn CollectedAudit>,
    /// Where the signed heads of that log go; without it there are none.
    pub heads: Option<HeadsConfig>,
    /// The time of the heads.
    pub clock: Arc<dyn Clock>,
    /// Between two looks for new lines, and between two attempts if the store is down.
    pub poll: Duration,
}

/// Copies lines.
pub struct Collector {
    config: CollectorConfig,
    id: LogId,
    /// When the last head was signed, and what it stated.
    last_head: Option<(Timestamp, ChainPosition)>,
}

impl Collector {
    /// Reads the id of the log, or creates it.
    pub fn new(config: CollectorConfig) -> std::io::Result<Self> {
        let id = log_id::read_or_create(&config.path)?;
        Ok(Self { config, id, last_head: None })
    }

    /// Copies until the future is dropped.
    pub async fn run(&mut self) {
        let mut is_down = false;
        loop {
            let Err(error) = self.collect(&mut is_down).await;
            metrics::counter!("audit_collection_interruptions_total").increment(1);
            if !is_down {
                // Once per outage, not at each attempt.
                warn!(
                    error = &error as &dyn std::error::Error,
                    "audit log not collected: entries wait in the file"
                );
            }
            is_down = true;
            sleep(self.config.poll).await;
        }
    }

    /// Copies what is in the log now.
    pub async fn collect_rest(&mut self) -> Result<(), StoreError> {
        let (mut unread, mut end) = (self.unread().await?, None);
        loop {
            let (returned, copied) = self.copy_next(unread).await?;
            unread = returned;
            let Some(position) = copied else { break };
            end = Some(position);
        }
        if let Some(end) = end {
            self.publish_head(end);
        }
        Ok(())
    }

    async fn collect(&mut self, is_down: &mut bool) -> Result<std::convert::Infallible, StoreError> {
        let (mut unread, mut end) = (self.unread().await?, None);
        if std::mem::take(is_down) {
            info!("audit log is collected again");
        }
        loop {
            let (returned, copied) = self.copy_next(unread).await?;
            unread = returned;
            match copied {
                Some(position) => end = Some(position),
                None => sleep(self.config.poll).await,
            }
            if let Some(position) = end.filter(|_| self.is_head_due()) {
                self.publish_head(position);
                end = None;
            }
        }
    }

    async fn unread(&self) -> Result<Unread, StoreError> {
        let last = self.config.collected.last_collected(self.id).await?;
        Ok(Unread::after(last, &self.config.path))
    }

    /// Copies the next lines and returns the end of the chain; `None` if there are none.
    async fn copy_next(&self, unread: Unread) -> Result<(Unread, Option<ChainPosition>), StoreError> {
        let read = next_lines(unread).await;
        let (unread, lines) = read.map_err(|error| StoreError::new("read the audit log", error))?;
        if lines.is_empty() {
            return Ok((unread, None));
        }
        let end = self.config.collected.collect(self.id, &self.config.node, &lines).await?;
        Ok((unread, Some(end)))
    }

    fn is_head_due(&self) -> bool {
        let (Some(heads), Some((at, _))) = (&self.config.heads, &self.last_head) else { return true };
        let interval = SignedDuration::try_from(heads.interval).unwrap_or(SignedDuration::MAX);
        self.config.clock.now().duration_since(*at).abs() >= interval
    }

    fn publish_head(&mut self, position: ChainPosition) {
        let Some(heads) = &self.config.heads else { return };
        let now = self.config.clock.now();
        if self.last_head.replace((now, position)).is_some_and(|(_, last)| last == position) {
            return;
        }
        let head = CollectedHead::sign(&heads.key, position, now);
        info!(
            at = %head.at,
            number = head.number,
            chain_hash = HEXLOWER.encode(&head.chain_hash),
            chain_signature = HEXLOWER.encode(&head.chain_signature),
            "head of the collected audit log"
        );
        if let Err(error) = head.publish(&heads.file) {
            warn!(
                error = &error as &dyn std::error::Error,
                "head of the collected audit log not written to its file"
            );
        }
    }
}

/// Reads files outside the threads of the runtime.
async fn next_lines(mut unread: Unread) -> std::io::Result<(Unread, Vec<AuditLine>)> {
    let read = tokio::task::spawn_blocking(move || {
        let lines = unread.next();
        (unread, lines)
    });
    let (unread, lines) = read.await.map_err(Error::other)?;
    Ok((unread, lines?.into_iter().map(parse).collect()))
}

/// The fields by which lines are found and counted. Entries of every version have them.
#[derive(Deserialize)]
struct Fields {
    at: Timestamp,
    event: EventFields,
    reference: String,
    subject: String,
}

#[derive(Deserialize)]
struct EventFields {
    event: String,
    #[serde(default)]
    reason: String,
}

/// A line that somebody damaged is copied as it is, so that the lines after it follow: `audit verify` finds it.
fn parse(line: UnreadLine) -> AuditLine {
    let UnreadLine { seq, text } = line;
    let fields = serde_json::from_slice(&text).unwrap_or_else(|_| Fields {
        at: Timestamp::UNIX_EPOCH,
        event: EventFields { event: String::new(), reason: String::new() },
        reference: String::new(),
        subject: String::new(),
    });
    let Fields { at, event: EventFields { event, reason }, reference, subject } = fields;
    AuditLine { seq, at, reference: reference.to_uppercase(), subject, event, reason, text }
}

/// The lines of the log at this path that were not copied yet; all of them if it was never copied.
pub async fn waiting_lines(
    path: &std::path::Path,
    collected: &dyn CollectedAudit,
) -> Result<Vec<AuditLine>, StoreError> {
    let what = "read the audit log";
    let last = match log_id::find(path).map_err(|error| StoreError::new(what, error))? {
        Some(id) => collected.last_collected(id).await?,
        None => 0,
    };
    let (mut unread, mut waiting) = (Unread::after(last, path), Vec::new());
    loop {
        let (returned, lines) = next_lines(unread).await.map_err(|error| StoreError::new(what, error))?;
        unread = returned;
        if lines.is_empty() {
            return Ok(waiting);
        }
        waiting.extend(lines);
    }
}

/// An entry as a line of a log, for tests of what reads the collected log.
#[cfg(any(test, feature = "test-support"))]
pub fn parse_entry(seq: u64, entry: &crate::ports::audit::AuditEntry) -> AuditLine {
    let mut text = serde_json::to_vec(entry).unwrap_or_default();
    text.push(b'\n');
    parse(UnreadLine { seq, text })
}
