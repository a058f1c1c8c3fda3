//! The stage of a verified account of high impact: its password step opens later.

use super::{Proof, ProvenCode};
use crate::ports::waiting_resets::WaitingReset;
use app::domain::username::Username;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A verified session that cannot go on: the account is one of high impact. [`Checking::waiting`](super::Checking::waiting) is its only
/// constructor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    username: Username,
    wait: WaitingReset,
    #[serde(flatten)]
    proven: ProvenCode,
}

impl Waiting {
    pub(super) fn verified(username: Username, proof: &Proof, wait: WaitingReset, now: Timestamp) -> Self {
        Self { username, wait, proven: ProvenCode::new(proof, now) }
    }

    pub(super) fn proof(&self) -> (&ProvenCode, &Username) {
        (&self.proven, &self.username)
    }

    /// When the password step opens.
    pub fn wait(&self) -> &WaitingReset {
        &self.wait
    }
}
