//! The code with which a session was verified, for a request that is repeated because the answer to it was lost.

use super::{CLAIM_LIFETIME, Proof};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// A keyed digest of the code, and when it was verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ProvenCode {
    code_digest: [u8; 32],
    since: Timestamp,
}

impl ProvenCode {
    pub(super) fn new(proof: &Proof, now: Timestamp) -> Self {
        Self { code_digest: proof.code_digest, since: now }
    }

    /// When the session was verified.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Whether this is the same code, within `CLAIM_LIFETIME`.
    pub(super) fn is_repeated_by(&self, code_digest: &[u8; 32], now: Timestamp) -> bool {
        self.may_be_repeated(now) && bool::from(self.code_digest.ct_eq(code_digest))
    }

    /// Whether the response to the proof may have been lost just now.
    pub(super) fn may_be_repeated(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) < CLAIM_LIFETIME
    }
}
