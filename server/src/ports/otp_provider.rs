//! Port: the OTP provider, which opens challenges and verifies one-time codes.

use super::directory::Account;
use super::health_finding::Finding;
use app::api::step::OtpMethod;
use app::domain::code::Code;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The attribute that holds an account's name at the code provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum ProviderUserName {
    /// `sAMAccountName`.
    #[serde(rename = "sAMAccountName")]
    Login,
    /// `userPrincipalName`.
    #[serde(rename = "userPrincipalName")]
    PrincipalName,
    /// `mail`.
    #[serde(rename = "mail")]
    Mail,
}

impl ProviderUserName {
    /// The value for an account; `None` if the account has none.
    pub fn of(self, account: &Account) -> Option<String> {
        match self {
            Self::Login => Some(account.login.clone()),
            Self::PrincipalName => account.principal_name.clone(),
            Self::Mail => account.mail.clone(),
        }
    }
}

/// The subject of a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtpSubject {
    /// An employee, by the user name at the provider.
    Employee(String),
    /// The configured decoy. It causes the same calls as an employee, so that a client cannot tell unknown user names
    /// from known ones.
    Decoy,
}

/// An open transaction at the provider that one code completes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The provider's transaction token.
    pub token: Zeroizing<String>,
    /// The user name at the provider for which it was opened.
    #[serde(rename = "holder")]
    pub user_name: String,
    /// How the code reaches the user.
    #[serde(rename = "way")]
    pub method: OtpMethod,
    /// Failures left before the provider locks the authenticator; `None` if it does not report them.
    pub attempts_left: Option<u32>,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Challenge").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Result of opening a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChallengeOutcome {
    /// The challenge is open.
    Challenge(Challenge),
    /// The provider refused: unknown or locked user, no such authenticator. The text is the provider's error
    /// code, for the log; users never see it.
    Refused(String),
}

/// Result of verifying a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeVerdict {
    /// The code was correct and the authentication is complete.
    Right,
    /// Any response other than a clear confirmation. The text is the provider's error code, for the log.
    Wrong(String),
}

/// A call to the OTP provider failed.
#[derive(Debug, thiserror::Error)]
pub enum OtpProviderError {
    /// No connection, a timeout, 5xx, or 429.
    #[error("{url} is unreachable: {what}")]
    Unreachable {
        /// The URL of the call.
        url: String,
        /// What happened.
        what: String,
    },
    /// The response does not have the published form.
    #[error("{url} returned an invalid response: {what}")]
    Unusable {
        /// The URL of the call.
        url: String,
        /// What is wrong with the response; never its content.
        what: String,
    },
}

/// The OTP provider.
#[async_trait]
pub trait OtpProvider: Send + Sync {
    /// The provider's name in the log and in the label `part` of metrics, e.g. `entrust`.
    fn name(&self) -> &'static str;

    /// Queries the available authenticators and opens a transaction; for [`OtpMethod::Otp`] this sends a code. Makes
    /// two calls for every subject.
    async fn open(
        &self,
        subject: &OtpSubject,
        method: OtpMethod,
    ) -> Result<ChallengeOutcome, OtpProviderError>;

    /// Verifies the code that the employee entered, in one call.
    async fn verify(&self, challenge: &Challenge, code: &Code) -> Result<CodeVerdict, OtpProviderError>;

    /// Checks the provider for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;
}
