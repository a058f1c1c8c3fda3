//! The audit log as an append-only file of JSON lines.
//!
//! The file is not rotated here: `logrotate` without `copytruncate`, or the log shipper, moves complete files.

use crate::ports::audit::{Audit, AuditEntry};
use crate::ports::health_finding::Finding;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// An audit log file. It is opened for every entry, so that an entry never goes into a file that was rotated.
#[derive(Debug, Clone)]
pub struct AuditLog {
    path: Arc<PathBuf>,
    write_lock: Arc<Mutex<()>>,
}

impl AuditLog {
    /// Creates the file if it does not exist (mode 0600) and terminates a line that a crash cut short, so that the
    /// next entry starts on its own line.
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        let repaired = append(&path).and_then(|mut file| {
            let text = std::fs::read(&path)?;
            if text.last().is_some_and(|last| *last != b'\n') { file.write_all(b"\n") } else { Ok(()) }
        });
        repaired.map_err(|error| StoreError::new("open the audit trail", error))?;
        Ok(Self { path: Arc::new(path), write_lock: Arc::default() })
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[async_trait]
impl Audit for AuditLog {
    async fn record(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let mut line =
            serde_json::to_vec(&entry).map_err(|error| StoreError::new("write the audit trail", error))?;
        line.push(b'\n');
        let log = self.clone();
        let written = tokio::task::spawn_blocking(move || {
            let _guard = log.write_lock.lock().unwrap_or_else(PoisonError::into_inner);
            let mut file = append(&log.path)?;
            // Durable before the caller acts on it.
            file.write_all(&line).and_then(|()| file.sync_data())
        });
        written
            .await
            .map_err(std::io::Error::other)
            .and_then(|result| result)
            .map_err(|error| StoreError::new("write the audit trail", error))
    }

    async fn find(&self, reference: &str) -> Result<Vec<AuditEntry>, StoreError> {
        let (path, reference) = (Arc::clone(&self.path), reference.to_owned());
        let read = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<AuditEntry>> {
            let mut found = Vec::new();
            for line in BufReader::new(File::open(&*path)?).lines() {
                // A line that a crash cut short does not parse and is skipped.
                if let Ok(entry) = serde_json::from_str::<AuditEntry>(&line?)
                    && entry.reference.eq_ignore_ascii_case(&reference)
                {
                    found.push(entry);
                }
            }
            Ok(found)
        });
        read.await
            .map_err(std::io::Error::other)
            .and_then(|result| result)
            .map_err(|error| StoreError::new("read the audit trail", error))
    }

    async fn check(&self) -> Vec<Finding> {
        let path_text = self.path.display().to_string();
        vec![match append(&self.path).and_then(|file| file.sync_data()) {
            Ok(()) => Finding::good("audit trail", path_text, "can be written"),
            Err(error) => Finding::bad("audit trail", path_text, error.to_string()),
        }]
    }
}
