//! The filter file. A SHA-1 digest belongs to the bucket of its first 20 bits; of the following bits, a bucket stores
//! [`FINGERPRINT_BITS`] of each digest, sorted, as Rice-coded differences. A password that is in the list is always found.
//! Another one is found by chance if its fingerprint equals one of its bucket: with 900 digests in a bucket, as in 2026,
//! with a probability of 900 / 2^20, about 1 in 1,200. An entry takes about 1.5 bytes, 900 million about 1.3 GB.
//!
//! ```text
//! magic "WRBREACH", version 1 | buckets, one after the other | index: the offset of each bucket and the end, u64 | entries, u64
//! bucket: number of entries, u32 | k, u8 | Rice codes
//! ```
//! Numbers are little-endian.

use super::bits::BitReader;
use sha1::{Digest as _, Sha1};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The first bytes of a file, with the version of the format.
pub(super) const MAGIC: &[u8; 9] = b"WRBREACH\x01";
/// Bits of a digest that choose its bucket.
pub(super) const BUCKET_BITS: u32 = 20;
/// The number of buckets.
pub(super) const BUCKETS: usize = 1 << BUCKET_BITS;
/// Bits of a digest that are stored.
pub const FINGERPRINT_BITS: u32 = 20;
/// Bytes before the codes of a bucket.
pub(super) const BUCKET_HEADER: usize = 5;
/// Bytes of the index and the number of entries at the end of the file.
const TRAILER: u64 = (BUCKETS as u64 + 1) * 8 + 8;
/// A bucket of the whole list has some 1.4 kB. A larger one than this is damage, and would only fill the memory.
const MAX_BUCKET: u64 = 1 << 20;

/// The file is not a filter, or is damaged.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The file cannot be read.
    #[error("the filter cannot be read")]
    Unreadable(#[from] io::Error),
    /// The content is not as expected.
    #[error("not an intact filter of `breached build`: {0}")]
    Damaged(&'static str),
}

/// An opened filter file. Lookups read about 1.4 kB each.
#[derive(Debug)]
pub struct BreachFilter {
    file: File,
    /// The offset of each bucket, and the end of the last.
    offsets: Vec<u64>,
    entries: u64,
}

/// Bucket and fingerprint of a digest.
pub(super) fn position(digest: &[u8; 20]) -> (usize, u32) {
    let mut head = [0; 8];
    head.iter_mut().skip(3).zip(digest).for_each(|(to, from)| *to = *from);
    let head = u64::from_be_bytes(head);
    let bucket = usize::try_from(head >> (40 - BUCKET_BITS)).unwrap_or_default();
    let fingerprint = (head >> (40 - BUCKET_BITS - FINGERPRINT_BITS)) & ((1 << FINGERPRINT_BITS) - 1);
    (bucket, u32::try_from(fingerprint).unwrap_or_default())
}

impl BreachFilter {
    /// Opens a filter and reads its index, 8 MB.
    pub fn open(path: &Path) -> Result<Self, FilterError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut magic = [0; MAGIC.len()];
        let start = length.checked_sub(TRAILER).filter(|start| *start >= MAGIC.len() as u64);
        let Some(start) = start else { return Err(FilterError::Damaged("too short")) };
        file.read_exact_at(&mut magic, 0)?;
        if magic != *MAGIC {
            return Err(FilterError::Damaged("another kind of file, or another version"));
        }
        let mut trailer = vec![0; usize::try_from(TRAILER).unwrap_or_default()];
        file.read_exact_at(&mut trailer, start)?;
        let mut numbers: Vec<u64> =
            trailer.chunks_exact(8).map(|bytes| bytes.try_into().map_or(0, u64::from_le_bytes)).collect();
        let entries = numbers.pop().unwrap_or_default();
        let is_sorted = numbers.windows(2).all(|pair| pair.first() <= pair.last());
        let is_whole = numbers.first() == Some(&(MAGIC.len() as u64)) && numbers.last() == Some(&start);
        if !is_sorted || !is_whole {
            return Err(FilterError::Damaged("the index does not match the file"));
        }
        Ok(Self { file, offsets: numbers, entries })
    }

    /// The number of digests in it.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Returns whether a password is in the list, or one of the few others that look like it.
    pub fn contains(&self, password: &str) -> Result<bool, FilterError> {
        self.contains_digest(&Sha1::digest(password.as_bytes()).into())
    }

    /// Like [`BreachFilter::contains`], for a SHA-1 digest.
    pub fn contains_digest(&self, digest: &[u8; 20]) -> Result<bool, FilterError> {
        let (bucket, wanted) = position(digest);
        let (Some(from), Some(to)) = (self.offsets.get(bucket), self.offsets.get(bucket + 1)) else {
            return Err(FilterError::Damaged("no such bucket"));
        };
        let length = to.saturating_sub(*from);
        if length == 0 {
            return Ok(false);
        }
        if length > MAX_BUCKET {
            return Err(FilterError::Damaged("a bucket is too large"));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, *from)?;
        let damaged = || FilterError::Damaged("a bucket ends too early");
        let (header, codes) = bytes.split_at_checked(BUCKET_HEADER).ok_or_else(damaged)?;
        let (count, k) = header.split_at_checked(4).ok_or_else(damaged)?;
        let count = count.try_into().map_or(0, u32::from_le_bytes);
        let k = u32::from(k.first().copied().unwrap_or_default());
        let mut reader = BitReader::new(codes);
        let mut fingerprint = 0_u32;
        for _ in 0..count {
            let difference = reader.rice(k).ok_or_else(damaged)?;
            fingerprint = fingerprint.checked_add(difference).ok_or_else(damaged)?;
            if fingerprint >= wanted {
                return Ok(fingerprint == wanted);
            }
        }
        Ok(false)
    }
}
