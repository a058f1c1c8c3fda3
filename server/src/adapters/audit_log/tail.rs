//! The last entry of a file, and the bytes after it.

use super::line::{Hash, Link, Position, hash};
use super::pieces::Pieces;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Result, Seek as _};
use std::os::unix::fs::FileExt as _;

/// Contains at least one whole entry.
const WINDOW: u64 = 16 * 1024;

/// The end of a file.
#[derive(Default)]
pub(super) struct Tail {
    /// The last entry of the chain in this file.
    pub(super) last: Option<Position>,
    /// Bytes after it, or in the whole file, that are no entry.
    other: Option<Sha256>,
    /// Whether the file ends within a line.
    pub(super) is_cut_short: bool,
}

impl Tail {
    /// Reads the end of a file of this length. It reads the whole file if the last line is no entry.
    pub(super) fn read(file: &File, length: u64) -> Result<Self> {
        let start = length.saturating_sub(WINDOW);
        let mut window = vec![0; usize::try_from(length - start).unwrap_or_default()];
        file.read_exact_at(&mut window, start)?;
        if let Some(complete) = window.strip_suffix(b"\n") {
            let line_start = complete.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let line = window.get(line_start..).unwrap_or_default();
            let is_whole = line_start > 0 || start == 0;
            if let Some(link) = Link::parse(line).filter(|_| is_whole) {
                let last = Some(Position { seq: link.seq, hash: hash(line) });
                return Ok(Self { last, ..Self::default() });
            }
        }
        Self::read_whole(file)
    }

    fn read_whole(mut file: &File) -> Result<Self> {
        file.rewind()?;
        let (mut tail, mut pieces) = (Self::default(), Pieces::new(file));
        while let Some(piece) = pieces.next()? {
            match Link::parse(piece.bytes).filter(|_| piece.is_line) {
                Some(link) => {
                    tail.last = Some(Position { seq: link.seq, hash: hash(piece.bytes) });
                    tail.other = None;
                }
                None => tail.add_other(piece.bytes),
            }
            tail.is_cut_short = !piece.is_terminated;
        }
        Ok(tail)
    }

    /// Adds bytes that are no entry.
    pub(super) fn add_other(&mut self, bytes: &[u8]) {
        self.other.get_or_insert_default().update(bytes);
    }

    /// The hash of the bytes after the last entry.
    pub(super) fn other(&self) -> Option<Hash> {
        self.other.clone().map(|hasher| hasher.finalize().into())
    }
}
