//! The stored form of an entry, and the hash that links two entries.
//!
//! Every entry has a sequence number and `prev`. `prev` is the SHA-256 of the previous line with its line end. Bytes
//! between two entries that are no entry, such as a line that a crash cut short or lines of an earlier version, are
//! covered too: `prev` is then the SHA-256 of that hash followed by the SHA-256 of these bytes.

use crate::crypto::as_hex;
use crate::ports::audit::AuditEntry;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of the stored form. Lines of version 1 have neither a version nor a hash.
const VERSION: u32 = 2;

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// An entry of the chain: its number and the hash of its line. Before the first entry both are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The sequence number.
    pub seq: u64,
    /// The SHA-256 of the line with its line end.
    pub hash: [u8; 32],
}

impl Position {
    /// The `prev` of the next entry, if `between` is the hash of bytes between the two that are no entry.
    pub(super) fn link(&self, between: Option<Hash>) -> Hash {
        match between {
            None => self.hash,
            Some(between) => Sha256::new().chain_update(self.hash).chain_update(between).finalize().into(),
        }
    }
}

/// The fields of a line that make the chain.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    v: u32,
    pub(super) seq: u64,
    #[serde(with = "as_hex")]
    pub(super) prev: Hash,
    /// Whether it is the first entry of a file.
    #[serde(default)]
    pub(super) starts_file: bool,
}

impl Link {
    pub(super) fn new(seq: u64, prev: Hash, starts_file: bool) -> Self {
        Self { v: VERSION, seq, prev, starts_file }
    }

    /// `None` if the line is no entry of the chain.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().filter(|link: &Self| link.v >= VERSION && link.seq > 0)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    seq: u64,
    #[serde(with = "as_hex")]
    prev: Hash,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    starts_file: bool,
    #[serde(flatten)]
    entry: &'a AuditEntry,
}

/// Appends the line of an entry to `text` and returns its position.
pub(super) fn write(
    text: &mut Vec<u8>,
    entry: &AuditEntry,
    Link { seq, prev, starts_file, .. }: Link,
) -> serde_json::Result<Position> {
    let start = text.len();
    serde_json::to_writer(&mut *text, &Written { v: VERSION, seq, prev, starts_file, entry })?;
    text.push(b'\n');
    Ok(Position { seq, hash: hash(text.get(start..).unwrap_or_default()) })
}

pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}
