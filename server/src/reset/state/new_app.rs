//! The stage of an employee who lost the phone, and was verified with a start code of the service desk.

use super::{Proof, ProvenCode};
use crate::ports::directory::AccountId;
use crate::reset::PROOF_LIFETIME;
use app::api::enrollment_state::Activation;
use app::domain::username::Username;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A session in which the app can be activated on another phone, and nothing else.
/// [`Checking::new_app`](super::Checking::new_app) is its only constructor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewApp {
    username: Username,
    account: AccountId,
    /// A lead of the service desk has seen who the employee is: resets do not wait.
    identity_seen: bool,
    /// The token and the content of the activation that was started last, to be shown again after a reload.
    started: Option<Started>,
    linked: Option<Linked>,
    #[serde(flatten)]
    proven: ProvenCode,
}

/// A started activation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The token at the code provider.
    pub token: String,
    /// What the browser shows.
    pub activation: Activation,
}

/// The app is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// From when a reset is possible.
    pub usable_from: Timestamp,
}

impl NewApp {
    pub(super) fn verified(username: Username, proof: &Proof, identity_seen: bool, now: Timestamp) -> Self {
        let proven = ProvenCode::new(proof, now);
        Self { username, account: proof.account, identity_seen, started: None, linked: None, proven }
    }

    pub(super) fn proof(&self) -> (&ProvenCode, &Username) {
        (&self.proven, &self.username)
    }

    /// Whose app may be activated.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Whether a lead of the service desk has seen who the employee is.
    pub fn identity_seen(&self) -> bool {
        self.identity_seen
    }

    /// When the start code was verified.
    pub fn since(&self) -> Timestamp {
        self.proven.since()
    }

    /// Until when an activation can be started; like every proof, it cannot be extended.
    pub fn until(&self) -> Timestamp {
        self.proven.since() + PROOF_LIFETIME
    }

    /// The activation that was started last.
    pub fn started(&self) -> Option<&Started> {
        self.started.as_ref()
    }

    /// The end of the activation; `None` before it.
    pub fn linked(&self) -> Option<Linked> {
        self.linked
    }

    /// An activation was started.
    #[must_use]
    pub fn with_activation(self, started: Started) -> Self {
        Self { started: Some(started), ..self }
    }

    /// The app is active.
    #[must_use]
    pub fn with_linked(self, linked: Linked) -> Self {
        Self { started: None, linked: Some(linked), ..self }
    }
}
