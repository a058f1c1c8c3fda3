//! The stage of a verified caller of the service desk.

use super::{Proof, ProvenCode};
use app::domain::call_code::CallCode;
use app::domain::username::Username;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A verified caller of the service desk. [`Checking::called`](super::Checking::called) is its only constructor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Called {
    username: Username,
    call_code: CallCode,
    until: Timestamp,
    #[serde(flatten)]
    proven: ProvenCode,
}

impl Called {
    pub(super) fn verified(
        username: Username,
        proof: &Proof,
        call_code: CallCode,
        until: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self { username, call_code, until, proven: ProvenCode::new(proof, now) }
    }

    pub(super) fn proof(&self) -> (&ProvenCode, &Username) {
        (&self.proven, &self.username)
    }

    /// The code for the service desk.
    pub fn call_code(&self) -> &CallCode {
        &self.call_code
    }

    /// Until when it is accepted.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}
