//! The file beside the audit log that is not rotated: its lock makes one process at a time append, and its content is
//! the last entry, from which a new file continues after a rotation.

use super::line::Position;
use data_encoding::HEXLOWER;
use std::fs::{File, OpenOptions};
use std::io::Result;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

/// The file.
#[derive(Debug)]
pub(super) struct ChainFile(File);

/// Held while a process appends. Dropping it releases the lock.
#[derive(Debug)]
pub(super) struct Lock<'a>(&'a ChainFile);

impl ChainFile {
    pub(super) fn open(path: &Path) -> Result<Self> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path)
            .map(Self)
            .map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Opens the file for a reader. `None` if there is none, or if the user may not read it.
    pub(super) fn open_to_read(path: &Path) -> Result<Option<Self>> {
        use std::io::ErrorKind::{NotFound, PermissionDenied};
        match File::open(path) {
            Ok(file) => Ok(Some(Self(file))),
            Err(error) if matches!(error.kind(), NotFound | PermissionDenied) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits until no process appends.
    pub(super) fn lock_shared(&self) -> Result<Lock<'_>> {
        self.0.lock_shared()?;
        Ok(Lock(self))
    }

    /// Waits until no other process appends.
    pub(super) fn lock(&self) -> Result<Lock<'_>> {
        self.0.lock()?;
        Ok(Lock(self))
    }
}

impl Lock<'_> {
    /// The last entry; that before the first one if the content is empty or damaged.
    pub(super) fn read(&self) -> Result<Position> {
        let mut content = vec![0; 128];
        let length = self.0.0.read_at(&mut content, 0)?;
        let text = content.get(..length).and_then(|text| std::str::from_utf8(text).ok());
        Ok(text.and_then(parse).unwrap_or_default())
    }

    /// Replaces the last entry. The text always has the same length, so that nothing of an earlier one remains.
    pub(super) fn write(&self, position: Position) -> Result<()> {
        let text = format!("{:020} {}\n", position.seq, HEXLOWER.encode(&position.hash));
        self.0.0.write_all_at(text.as_bytes(), 0)
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // Closing the file releases the lock as well.
        let _ = self.0.0.unlock();
    }
}

fn parse(text: &str) -> Option<Position> {
    let (seq, hash) = text.strip_suffix('\n')?.split_once(' ')?;
    let hash = HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok()?;
    Some(Position { seq: seq.parse().ok()?, hash })
}
