//! The entries that are still to be sent, read from the files of the audit log.

use crate::adapters::audit_log::export::{Export, Format};
use crate::adapters::audit_log::files::LogFiles;
use crate::adapters::audit_log::line::Link;
use crate::adapters::audit_log::pieces::Pieces;
use crate::adapters::audit_log::tail::Tail;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Result, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Bytes of one batch, roughly.
const BATCH: usize = 256 * 1024;

/// Frames to send.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) text: Vec<u8>,
    /// The number of the last entry in it.
    pub(super) last: u64,
}

/// The position in the audit log.
pub(super) struct Queue {
    path: PathBuf,
    sent_file: File,
    export: Export,
    /// The last entry that was read.
    last: u64,
    current: Option<CurrentFile>,
}

struct CurrentFile {
    file: File,
    /// After the last complete line that was read.
    offset: u64,
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
        let last = text.trim().parse().unwrap_or_default();
        let export = Export { format: Format::Syslog { host: host.to_owned() }, since: None };
        Ok(Self { path: path.to_owned(), sent_file, export, last, current: None })
    }

    /// Stores that the entries up to this one need not be sent again.
    pub(super) fn confirm(&self, seq: u64) -> Result<()> {
        self.sent_file.write_all_at(format!("{seq:020}\n").as_bytes(), 0)?;
        self.sent_file.sync_data()
    }

    /// The next entries; empty if there are none.
    pub(super) fn next_batch(&mut self) -> Result<Batch> {
        let mut current = match self.current.take() {
            Some(current) => current,
            None => match self.first_unread_file()? {
                Some(file) => CurrentFile { file, offset: 0 },
                None => return Ok(Batch::default()),
            },
        };
        let batch = self.read(&mut current)?;
        let is_complete = batch.text.is_empty() && !is_at(&current.file, &self.path)?;
        // A rotated file that was read to its end; the next call finds its successor.
        self.current = (!is_complete).then_some(current);
        Ok(batch)
    }

    fn read(&mut self, current: &mut CurrentFile) -> Result<Batch> {
        let mut batch = Batch::default();
        current.file.seek(SeekFrom::Start(current.offset))?;
        let mut pieces = Pieces::new(&current.file);
        while let Some(piece) = pieces.next()? {
            if !piece.is_terminated {
                // Being written, or cut short.
                break;
            }
            current.offset += piece.bytes.len() as u64;
            let Some(link) = Link::parse(piece.bytes).filter(|link| piece.is_line && link.seq > self.last)
            else {
                continue;
            };
            self.last = link.seq;
            batch.last = link.seq;
            if let Some(message) = self.export.message(piece.bytes) {
                batch.text.extend_from_slice(format!("{} ", message.len()).as_bytes());
                batch.text.extend_from_slice(&message);
            }
            if batch.text.len() > BATCH {
                break;
            }
        }
        Ok(batch)
    }

    /// The oldest file with an entry that was not read.
    fn first_unread_file(&self) -> Result<Option<File>> {
        for path in LogFiles::find(&self.path)?.readable {
            let file = File::open(&path)?;
            let length = file.metadata()?.len();
            if Tail::read(&file, length)?.last.is_some_and(|last| last.seq > self.last) {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }
}

/// Whether the path leads to this file.
fn is_at(file: &File, path: &Path) -> Result<bool> {
    let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(identity(metadata) == identity(file.metadata()?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
