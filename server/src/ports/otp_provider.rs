//! Who gives and verifies the control code. Not tied to one vendor's protocol.

use super::health_finding::Finding;
use app::api::step::OtpMethod;
use app::domain::code::Code;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// For whom a challenge is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtpSubject {
    /// An employee, by the name that the code service knows.
    Employee(String),
    /// Nobody: the same calls are made for the configured decoy, so that from outside every name
    /// takes the same road.
    Decoy,
}

/// An opened transaction that a code can complete.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The vendor's transaction token.
    pub token: Zeroizing<String>,
    /// The name for which it was opened.
    pub holder: String,
    /// By which way the code comes.
    pub way: OtpMethod,
    /// Failures left before the vendor locks the authenticator; `None` where it does not say.
    pub attempts_left: Option<u32>,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Challenge").field("way", &self.way).finish_non_exhaustive()
    }
}

/// What came of opening a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChallengeOutcome {
    /// A code can be verified.
    Challenge(Challenge),
    /// The service will not: unknown, locked, no such authenticator. The text is its own error
    /// code, for the log; a person never sees it.
    Refused(String),
}

/// What the service says of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeVerdict {
    /// It was right, and the authentication is complete.
    Right,
    /// It was not, or anything else than a clear yes. The text is the service's error code, for the log.
    Wrong(String),
}

/// The code service could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum OtpProviderError {
    /// No connection, a time-out, 5xx, or 429.
    #[error("{url} is out of reach: {what}")]
    Unreachable {
        /// The call.
        url: String,
        /// What happened.
        what: String,
    },
    /// An answer that is not in its published form.
    #[error("{url} answered in an unknown form: {what}")]
    Unusable {
        /// The call.
        url: String,
        /// What is wrong with it; never its content.
        what: String,
    },
}

/// The code service.
#[async_trait]
pub trait OtpProvider: Send + Sync {
    /// Asks which authenticators there are and opens a transaction (sending a code, for
    /// [`OtpMethod::Otp`]). Always two calls, whoever the holder is.
    async fn open(&self, holder: &OtpSubject, way: OtpMethod) -> Result<ChallengeOutcome, OtpProviderError>;

    /// Verifies the code that the employee typed: one call.
    async fn verify(&self, challenge: &Challenge, code: &Code) -> Result<CodeVerdict, OtpProviderError>;

    /// What an operator wants to know, row by row.
    async fn check(&self) -> Vec<Finding>;
}
