//! The audit trail as an append-only file of JSON lines. Not rotated here: `logrotate` without
//! `copytruncate`, or the log shipper, moves whole files away.

use crate::ports::audit::{Audit, Entry};
use crate::ports::health_finding::Finding;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The trail's file. It is opened for every line: a file that was rotated away is left alone.
#[derive(Debug, Clone)]
pub struct AuditLog {
    path: Arc<PathBuf>,
    one_at_a_time: Arc<Mutex<()>>,
}

impl AuditLog {
    /// Makes the file where there is none, for this user's eyes only, and ends a line that a crash cut
    /// short, so that the next one stands by itself.
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        let mended = append(&path).and_then(|mut file| {
            let text = std::fs::read(&path)?;
            if text.last().is_some_and(|last| *last != b'\n') { file.write_all(b"\n") } else { Ok(()) }
        });
        mended.map_err(|error| StoreError::new("open the audit trail", error))?;
        Ok(Self { path: Arc::new(path), one_at_a_time: Arc::default() })
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
    async fn record(&self, entry: Entry) -> Result<(), StoreError> {
        let mut line =
            serde_json::to_vec(&entry).map_err(|error| StoreError::new("write the audit trail", error))?;
        line.push(b'\n');
        let trail = self.clone();
        let written = tokio::task::spawn_blocking(move || {
            let _turn = trail.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
            let mut file = append(&trail.path)?;
            // On disk before anything is done because of it.
            file.write_all(&line).and_then(|()| file.sync_data())
        });
        written
            .await
            .map_err(std::io::Error::other)
            .and_then(|result| result)
            .map_err(|error| StoreError::new("write the audit trail", error))
    }

    async fn find(&self, reference: &str) -> Result<Vec<Entry>, StoreError> {
        let (path, reference) = (Arc::clone(&self.path), reference.to_owned());
        let read = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<Entry>> {
            let mut found = Vec::new();
            for line in BufReader::new(File::open(&*path)?).lines() {
                // A line that a crash cut short is no entry.
                if let Ok(entry) = serde_json::from_str::<Entry>(&line?)
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
        let what = self.path.display().to_string();
        vec![match append(&self.path).and_then(|file| file.sync_data()) {
            Ok(()) => Finding::good("audit trail", what, "can be written"),
            Err(error) => Finding::bad("audit trail", what, error.to_string()),
        }]
    }
}
