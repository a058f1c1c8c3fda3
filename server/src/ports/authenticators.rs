//! Who gives an employee the app: asks how it stands, writes the number, begins an activation. Not the
//! codes themselves: those are `codes`.

use super::health_finding::Finding;
use super::otp_provider::OtpProviderError;
use app::api::enrollment_state::App;
use async_trait::async_trait;
use zeroize::Zeroizing;

/// The name of this part in a check.
pub const PART: &str = "onboarding";

/// An activation that was begun.
#[derive(Clone, PartialEq, Eq)]
pub struct StartedActivation {
    /// The vendor's id of the new token.
    pub token: String,
    /// The text of the QR code that the app scans.
    pub scan: Zeroizing<String>,
    /// The link that opens the app on the phone itself.
    pub link: Zeroizing<String>,
    /// What the app may ask for during activation.
    pub password: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for StartedActivation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("token", &self.token).finish_non_exhaustive()
    }
}

/// What the vendor knows of a holder.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatorStatus {
    /// How the app stands.
    pub app: App,
    /// The ids of the tokens that are active.
    pub active: Vec<String>,
    /// The mobile number, as it stands there.
    pub mobile: Option<Zeroizing<String>>,
}

impl AuthenticatorStatus {
    /// Nothing clear.
    pub fn unknown() -> Self {
        Self { app: App::Unknown, active: Vec::new(), mobile: None }
    }
}

impl std::fmt::Debug for AuthenticatorStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look").field("app", &self.app).field("active", &self.active).finish_non_exhaustive()
    }
}

/// The vendor's side of onboarding. A holder is an employee's name as the vendor knows it.
#[async_trait]
pub trait Authenticators: Send + Sync {
    /// Whether numbers can be written and activations begun from here: it needs credentials.
    fn can_activate(&self) -> bool;

    /// What the vendor knows of the holder.
    async fn look(&self, holder: &str) -> Result<AuthenticatorStatus, OtpProviderError>;

    /// How the holder's app stands. Anything but a clear answer is [`App::Unknown`].
    async fn app(&self, holder: &str) -> Result<App, OtpProviderError> {
        Ok(self.look(holder).await?.app)
    }

    /// Writes the mobile number (E.164); `false` where the vendor does not know the holder, or where nothing can
    /// be written from here.
    async fn set_mobile(&self, holder: &str, mobile: &str) -> Result<bool, OtpProviderError>;

    /// Begins the activation of a token: the one that was begun before and never finished, so that abandoned
    /// attempts do not pile up, or else a new one. `None` where the vendor does not know the holder, or an
    /// administrator switched the holder off there. Earlier active tokens stay as they are.
    async fn activate(&self, holder: &str) -> Result<Option<StartedActivation>, OtpProviderError>;

    /// Whether this token of the holder is active.
    async fn is_active(&self, holder: &str, token: &str) -> Result<bool, OtpProviderError> {
        Ok(self.look(holder).await?.active.iter().any(|active| active == token))
    }

    /// What an operator wants to know, row by row.
    async fn check(&self) -> Vec<Finding>;
}
