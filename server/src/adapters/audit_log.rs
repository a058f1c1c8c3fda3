//! The audit log as an append-only file of JSON lines, in which every line contains the hash of the line before it.
//!
//! | module | content |
//! |---|---|
//! | [`agent_entries`] | the entries of one agent of the service desk |
//! | `line` | the stored form of an entry, and the hash that links two entries |
//! | `pieces` | reading lines with bounded memory |
//! | `tail` | the last entry of a file, and the bytes after it |
//! | `chain_file` | the lock and the last entry, in a file that is not rotated |
//! | `writer` | the thread that appends entries in groups |
//! | [`heads`] | signed statements of the last entry |
//! | [`export`] | JSON lines and syslog messages for other systems |
//! | [`syslog`] | continuous sending to a syslog server |
//! | [`files`] | rotated files and their order |
//! | `unread` | the lines that were not copied elsewhere yet |
//! | [`collector`] | copies lines into the log of all nodes, which is in the store |
//! | [`log_id`] | the id of this log among those of other nodes |
//! | [`collected_heads`] | signed statements of the last line of that log |
//! | [`verify_collected`] | verifies that log |
//! | [`verify`] | finds changed, missing and reordered lines |
//!
//! The file is not rotated here: `logrotate` without `copytruncate`, or the log shipper, moves complete files.

pub mod agent_entries;
mod chain_file;
pub mod collected_heads;
pub mod collector;
pub mod export;
pub mod files;
pub mod heads;
mod line;
pub mod log_id;
mod pieces;
pub mod syslog;
mod tail;
mod unread;
pub mod verify;
pub mod verify_collected;
mod writer;

use crate::adapters::clock::SystemClock;
use crate::adapters::file_access;
use crate::ports::audit::{Audit, AuditEntry};
use crate::ports::clock::Clock;
use crate::ports::health_finding::Finding;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use heads::HeadsConfig;
pub use line::Position;
use pieces::Pieces;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use writer::Writer;

/// Bytes that [`reserve`] keeps free for entries: several resets.
const RESERVED: u64 = 16 * 1024;

/// The place and the options of an audit log.
#[derive(Clone)]
pub struct AuditLogConfig {
    /// The file.
    pub path: PathBuf,
    /// Where the signed heads go; without it there are none.
    pub heads: Option<HeadsConfig>,
    /// The time of the heads.
    pub clock: Arc<dyn Clock>,
}

/// An audit log. When its last clone is dropped, everything recorded so far is covered by a head.
#[derive(Debug, Clone)]
pub struct AuditLog {
    path: Arc<PathBuf>,
    writer: Arc<Writer>,
}

impl AuditLog {
    /// Opens a log without signed heads; see [`AuditLog::start`].
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        Self::start(AuditLogConfig { path, heads: None, clock: Arc::new(SystemClock) })
    }

    /// Creates the file if it does not exist (mode 0600), terminates a line that a crash cut short, and starts the
    /// thread that writes.
    pub fn start(config: AuditLogConfig) -> Result<Self, StoreError> {
        let path = Arc::new(config.path.clone());
        let writer = Writer::start(config)
            .map_err(|error| StoreError::of_audit("be opened", file_access::explained(error)))?;
        Ok(Self { path, writer: Arc::new(writer) })
    }
}

/// Opens a file for appending; a new one is readable by the owner only.
fn append(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Reserves space on the disk for the next entries and syncs the file, whose length stays the same. Fails if the disk is
/// full or read-only.
fn reserve(file: &File) -> std::io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    match fallocate(file, FallocateFlags::KEEP_SIZE, file.metadata()?.len(), RESERVED) {
        // Not every file system can.
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.sync_data(),
        Err(error) => Err(error.into()),
    }
}

/// Calls `found` with each line of a file that is an entry with this reference, without its line end.
pub fn lines_of(path: &Path, reference: &str, mut found: impl FnMut(&[u8])) -> std::io::Result<()> {
    /// The only field that is needed. Entries of every version have it.
    #[derive(serde::Deserialize)]
    struct Reference<'a> {
        #[serde(borrow)]
        reference: std::borrow::Cow<'a, str>,
    }
    let mut pieces = Pieces::new(File::open(path)?);
    while let Some(piece) = pieces.next()? {
        // A line that a crash cut short does not parse and is skipped.
        if let Ok(entry) = serde_json::from_slice::<Reference<'_>>(piece.bytes)
            && entry.reference.eq_ignore_ascii_case(reference)
        {
            found(piece.bytes.trim_ascii_end());
        }
    }
    Ok(())
}

#[async_trait]
impl Audit for AuditLog {
    async fn record(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let written = self.writer.append(entry).await;
        written.map_err(|error| {
            let error = std::io::Error::new(error.kind(), format!("{}: {error}", self.path.display()));
            StoreError::of_audit("be written", error)
        })
    }

    async fn find(&self, reference: &str) -> Result<Vec<AuditEntry>, StoreError> {
        let (path, reference) = (Arc::clone(&self.path), reference.to_owned());
        let read = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<AuditEntry>> {
            let mut found = Vec::new();
            lines_of(&path, &reference, |line| found.extend(serde_json::from_slice(line)))?;
            Ok(found)
        });
        read.await
            .map_err(std::io::Error::other)
            .and_then(|result| result)
            .map_err(|error| StoreError::of_audit("be read", error))
    }

    async fn check(&self) -> Vec<Finding> {
        let path_text = self.path.display().to_string();
        vec![match append(&self.path).and_then(|file| reserve(&file)) {
            Ok(()) => Finding::good("audit trail", path_text, "can be written"),
            Err(error) => Finding::bad("audit trail", path_text, error.to_string()),
        }]
    }
}
