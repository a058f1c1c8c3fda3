//! Signed heads: statements «the log had this last entry at this time», in a file of their own and in the log. An
//! attacker who can change the audit log cannot change a head that has left the machine, nor sign another one without
//! the key.

use super::line::Position;
use crate::crypto::as_hex;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The interval of the heads.
pub const INTERVAL: Duration = Duration::from_mins(1);
/// Separates these signatures from any other use of the key.
const CONTEXT: &[u8] = b"audit-head-v1 wachtwoord-reset\n";

/// The key that signs heads.
#[derive(Clone)]
pub struct SigningKey(Arc<Ed25519KeyPair>);

impl SigningKey {
    /// The key with this seed; `None` if it cannot be one.
    pub fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(|pair| Self(Arc::new(pair)))
    }

    /// The key that verifies its signatures.
    pub fn public_key(&self) -> PublicKey {
        let bytes = self.0.public_key().as_ref().try_into().unwrap_or_default();
        PublicKey(bytes)
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.0.sign(text).as_ref().try_into().unwrap_or([0; 64])
    }
}

/// A key that verifies heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub(super) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(text, signature).is_ok()
    }
}

impl std::str::FromStr for PublicKey {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or("expected 64 hexadecimal digits")
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// Where heads go, and how often.
#[derive(Clone)]
pub struct HeadsConfig {
    /// The key.
    pub key: SigningKey,
    /// The file to which they are appended.
    pub file: PathBuf,
    /// The time between an entry and the head that covers it.
    pub interval: Duration,
}

/// A signed statement of the last entry at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// When it was signed.
    pub at: Timestamp,
    /// The number of the last entry.
    pub seq: u64,
    /// The hash of its line.
    #[serde(with = "as_hex")]
    pub hash: [u8; 32],
    /// The signature.
    #[serde(with = "as_hex")]
    pub signature: [u8; 64],
}

impl Head {
    /// Signs a head.
    pub fn sign(key: &SigningKey, position: Position, at: Timestamp) -> Self {
        let Position { seq, hash } = position;
        Self { at, seq, hash, signature: key.sign(&signed_text(seq, &hash, at)) }
    }

    /// Whether one of these keys signed it.
    pub fn is_signed_by(&self, keys: &[PublicKey]) -> bool {
        let text = signed_text(self.seq, &self.hash, self.at);
        keys.iter().any(|key| key.verifies(&text, &self.signature))
    }

    /// The head in a line of the heads file or of the log.
    pub fn parse(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }
}

fn signed_text(seq: u64, hash: &[u8; 32], at: Timestamp) -> Vec<u8> {
    [CONTEXT, format!("{at}\n{seq}\n{}\n", HEXLOWER.encode(hash)).as_bytes()].concat()
}

/// Appends a head to its file, as a line of JSON.
pub(super) fn append_line(path: &Path, head: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_vec(head).map_err(std::io::Error::other)?;
    line.push(b'\n');
    let mut file = super::append(path)?;
    file.lock()?;
    drop_cut_short_line(&mut file)?;
    file.write_all(&line)?;
    file.sync_data()
}

/// Removes a line that a crash cut short. It states nothing, and it would count as a changed head.
fn drop_cut_short_line(file: &mut File) -> Result<()> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(1024);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    if end.is_empty() || end.ends_with(b"\n") {
        return Ok(());
    }
    let kept = end.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    file.set_len(start + kept as u64)
}
