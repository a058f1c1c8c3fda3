//! The lines of an audit log that were not copied elsewhere yet, over rotated files.

use super::files::LogFiles;
use super::line::Link;
use super::pieces::Pieces;
use super::tail::Tail;
use std::fs::File;
use std::io::{Result, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Bytes of one batch, roughly.
const BATCH: usize = 256 * 1024;

/// A line that was read.
pub(super) struct UnreadLine {
    /// Its number.
    pub(super) seq: u64,
    /// The line with its line end.
    pub(super) text: Vec<u8>,
}

/// The position in the audit log.
pub(super) struct Unread {
    path: PathBuf,
    /// The number of the last entry that was read.
    last: u64,
    current: Option<CurrentFile>,
}

struct CurrentFile {
    file: File,
    /// After the last complete line that was read.
    offset: u64,
}

impl Unread {
    /// Starts after the entry with this number.
    pub(super) fn after(last: u64, path: &Path) -> Self {
        Self { path: path.to_owned(), last, current: None }
    }

    /// The next lines; empty if there are none.
    pub(super) fn next(&mut self) -> Result<Vec<UnreadLine>> {
        loop {
            let mut current = match self.current.take() {
                Some(current) => current,
                None => match self.first_unread_file()? {
                    Some(file) => CurrentFile { file, offset: 0 },
                    None => return Ok(Vec::new()),
                },
            };
            let lines = self.read(&mut current)?;
            if !lines.is_empty() || is_at(&current.file, &self.path)? {
                self.current = Some(current);
                return Ok(lines);
            }
            // A rotated file that was read to its end: its successor follows.
        }
    }

    fn read(&mut self, current: &mut CurrentFile) -> Result<Vec<UnreadLine>> {
        let (mut lines, mut size, mut part) = (Vec::new(), 0, 0);
        current.file.seek(SeekFrom::Start(current.offset))?;
        let mut pieces = Pieces::new(&current.file);
        while let Some(piece) = pieces.next()? {
            part += piece.bytes.len() as u64;
            if !piece.is_terminated {
                // A part of a long line, or the end of the file: being written, or cut short.
                continue;
            }
            current.offset += std::mem::take(&mut part);
            let Some(link) = Link::parse(piece.bytes).filter(|link| piece.is_line && link.seq > self.last)
            else {
                continue;
            };
            self.last = link.seq;
            size += piece.bytes.len();
            lines.push(UnreadLine { seq: link.seq, text: piece.bytes.to_vec() });
            if size > BATCH {
                break;
            }
        }
        Ok(lines)
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
