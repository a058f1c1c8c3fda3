//! The entries that are still to be sent, as frames.

use crate::adapters::audit_log::export::{Export, Format};
use crate::adapters::audit_log::unread::Unread;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Result};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Frames to send.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) text: Vec<u8>,
    /// The number of the last entry in it.
    pub(super) last: u64,
}

/// The position in the audit log.
pub(super) struct Queue {
    unread: Unread,
    sent_file: File,
    export: Export,
}

impl Queue {
    /// Continues after the last confirmed entry.
    pub(super) fn open(path: &Path, sent_file: PathBuf, host: &str) -> Result<Self> {
        let mut sent_file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(sent_file)?;
        let mut text = String::new();
        sent_file.read_to_string(&mut text)?;
        let unread = Unread::after(text.trim().parse().unwrap_or_default(), path);
        let export = Export { format: Format::Syslog { host: host.to_owned() }, since: None };
        Ok(Self { unread, sent_file, export })
    }

    /// Stores that the entries up to this one need not be sent again.
    pub(super) fn confirm(&self, seq: u64) -> Result<()> {
        self.sent_file.write_all_at(format!("{seq:020}\n").as_bytes(), 0)?;
        self.sent_file.sync_data()
    }

    /// The next entries; empty if there are none.
    pub(super) fn next_batch(&mut self) -> Result<Batch> {
        let mut batch = Batch::default();
        for line in self.unread.next()? {
            batch.last = line.seq;
            if let Some(message) = self.export.message(&line.text) {
                batch.text.extend_from_slice(format!("{} ", message.len()).as_bytes());
                batch.text.extend_from_slice(&message);
            }
        }
        Ok(batch)
    }
}
