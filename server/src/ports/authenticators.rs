//! Port: state, mobile number and activation of the authenticator app at the OTP provider. Codes are in
//! [`otp_provider`](super::otp_provider).

use super::health_finding::Finding;
use super::otp_provider::OtpProviderError;
use app::api::enrollment_state::App;
use async_trait::async_trait;
use zeroize::Zeroizing;

/// [`Finding::part`] of the rows about this port.
pub const PART: &str = "onboarding";

/// An activation that was started.
#[derive(Clone, PartialEq, Eq)]
pub struct StartedActivation {
    /// The provider's id of the new token.
    pub token: String,
    /// The text of the QR code that the app scans.
    pub scan: Zeroizing<String>,
    /// The link that opens the app on the phone itself.
    pub link: Zeroizing<String>,
    /// The password that the app may request during activation.
    pub password: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for StartedActivation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartedActivation").field("token", &self.token).finish_non_exhaustive()
    }
}

/// The state of a user at the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatorStatus {
    /// The state of the app.
    pub app: App,
    /// The ids of the active tokens.
    pub active: Vec<String>,
    /// The mobile number as the provider stores it.
    pub mobile: Option<Zeroizing<String>>,
}

impl AuthenticatorStatus {
    /// Returns a status with [`App::Unknown`], for an answer that is not clear.
    pub fn unknown() -> Self {
        Self { app: App::Unknown, active: Vec::new(), mobile: None }
    }
}

impl std::fmt::Debug for AuthenticatorStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut status = f.debug_struct("AuthenticatorStatus");
        status.field("app", &self.app).field("active", &self.active).finish_non_exhaustive()
    }
}

/// Authenticator management at the provider. A user is identified by the employee's user name at the provider.
#[async_trait]
pub trait Authenticators: Send + Sync {
    /// The provider's name in the log and in the label `part` of metrics, e.g. `entrust`.
    fn name(&self) -> &'static str;

    /// Returns whether numbers can be written and activations started; both need credentials.
    fn can_activate(&self) -> bool;

    /// Returns the state of the user.
    async fn status(&self, user: &str) -> Result<AuthenticatorStatus, OtpProviderError>;

    /// Returns the state of the user's app: [`App::Unknown`] unless the answer is clear.
    async fn app(&self, user: &str) -> Result<App, OtpProviderError> {
        Ok(self.status(user).await?.app)
    }

    /// Writes the mobile number (E.164). Returns `false` if the user does not exist at the provider, or if there are
    /// no credentials to write with.
    async fn set_mobile(&self, user: &str, mobile: &str) -> Result<bool, OtpProviderError>;

    /// Starts the activation of a token. Reuses a token whose activation was never completed, so that abandoned
    /// attempts do not accumulate; creates a new one otherwise. Returns `None` if the user does not exist at the
    /// provider, or was disabled there by an administrator. Tokens that are already active do not change.
    async fn activate(&self, user: &str) -> Result<Option<StartedActivation>, OtpProviderError>;

    /// Makes the link and the QR code of a started activation useless, with those that were started again for the same
    /// token. Returns `false` if the token is already active. Without credentials nothing was started.
    async fn withdraw_activation(&self, _user: &str, _token: &str) -> Result<bool, OtpProviderError> {
        Ok(true)
    }

    /// Returns whether this token of the user is active.
    async fn is_active(&self, user: &str, token: &str) -> Result<bool, OtpProviderError> {
        Ok(self.status(user).await?.active.iter().any(|active| active == token))
    }

    /// Checks the provider for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;
}
