//! The settings of the reset.

use super::rate_limit::RateLimitConfig;
use crate::ports::otp_provider::ProviderUserName;
use app::api::site::Site;
use jiff::SignedDuration;

/// The settings of the reset.
#[derive(Debug, Clone)]
pub struct ResetConfig {
    /// The public settings of the organisation, with rules, code methods and applications.
    pub site: Site,
    /// When name and birthdate are verified.
    pub verification_mode: VerificationMode,
    /// Results of a verification leave at the next multiple of this; zero switches the delay off.
    pub min_response_time: SignedDuration,
    /// A session without an accepted step expires after this.
    pub session_idle: SignedDuration,
    /// The account's name at the code provider.
    pub provider_user_name: ProviderUserName,
    /// Birthdates come from a directory attribute instead of the registered records.
    pub birthdate_from_directory: bool,
    /// An account without a registered mobile number is not verified.
    pub require_mobile: bool,
    /// The owner of a locked account may unlock it without setting a new password.
    pub offer_unlock: bool,
    /// How long a reset of an account of high impact waits.
    pub high_impact_wait: SignedDuration,
    /// The rate limits.
    pub limits: RateLimitConfig,
}

/// When name and birthdate are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationMode {
    /// Together with the code: the steps before reveal nothing.
    Joint,
    /// When the birthdate is given.
    Stepwise,
}
