//! Signed heads of the collected audit log: statements «the chain over all nodes had this hash at this line», each in a file
//! of the node that signed it, and in its log.

use super::heads::{PublicKey, SigningKey, append_line};
use super::pieces::Pieces;
use crate::crypto::as_hex;
use crate::ports::collected_audit::ChainPosition;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Result;
use std::path::{Path, PathBuf};

/// Separates these signatures from any other use of the key.
const CONTEXT: &[u8] = b"collected-audit-head-v1 wachtwoord-reset\n";

/// A signed statement of the end of the chain at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectedHead {
    /// When it was signed.
    pub at: Timestamp,
    /// The number of the last line.
    pub number: u64,
    /// The hash of the chain there.
    #[serde(with = "as_hex")]
    pub chain_hash: [u8; 32],
    /// The signature.
    #[serde(with = "as_hex")]
    pub chain_signature: [u8; 64],
}

impl CollectedHead {
    /// Signs a head.
    pub fn sign(key: &SigningKey, position: ChainPosition, at: Timestamp) -> Self {
        let ChainPosition { number, hash: chain_hash } = position;
        let chain_signature = key.sign(&signed_text(number, &chain_hash, at));
        Self { at, number, chain_hash, chain_signature }
    }

    /// Whether one of these keys signed it.
    pub fn is_signed_by(&self, keys: &[PublicKey]) -> bool {
        let text = signed_text(self.number, &self.chain_hash, self.at);
        keys.iter().any(|key| key.verifies(&text, &self.chain_signature))
    }

    /// Appends it to a file.
    pub fn publish(&self, path: &Path) -> Result<()> {
        append_line(path, self)
    }
}

fn signed_text(number: u64, hash: &[u8; 32], at: Timestamp) -> Vec<u8> {
    [CONTEXT, format!("{at}\n{number}\n{}\n", HEXLOWER.encode(hash)).as_bytes()].concat()
}

/// The hash of the chain by the number of the line.
pub type HeadsByNumber = BTreeMap<u64, [u8; 32]>;

/// A head that none of the keys signed, or that contradicts another one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: signature wrong, or another head states another hash", file.display())]
pub struct WrongHead {
    /// The file.
    pub file: PathBuf,
    /// The number of the line.
    pub line: u64,
}

/// The heads in these files. Lines that are no head, such as those of a log, are skipped.
pub fn read(files: &[PathBuf], keys: &[PublicKey]) -> Result<std::result::Result<HeadsByNumber, WrongHead>> {
    let mut heads = HeadsByNumber::new();
    for path in files {
        let (mut pieces, mut line) = (Pieces::new(File::open(path)?), 0);
        while let Some(piece) = pieces.next()? {
            line += 1;
            let Ok(head) = serde_json::from_slice::<CollectedHead>(piece.bytes) else { continue };
            let earlier = heads.insert(head.number, head.chain_hash);
            if !head.is_signed_by(keys) || earlier.is_some_and(|earlier| earlier != head.chain_hash) {
                return Ok(Err(WrongHead { file: path.clone(), line }));
            }
        }
    }
    Ok(Ok(heads))
}
