//! [`Authenticators`] without Administration API credentials: reads the app state from the Authentication API's
//! query.
//!
//! It writes nothing and activates nothing; the page then explains how to activate the app by hand.

use super::http::Reply;
use super::wire::{Lockout, QueryAnswer, authenticator};
use super::{Entrust, EntrustConfig, EntrustConfigError};
use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, PART, StartedActivation};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;
use app::api::enrollment_state::App;
use app::api::step::OtpMethod;
use async_trait::async_trait;

/// App state from Entrust's Authentication API.
#[derive(Debug, Clone)]
pub struct EntrustAuthenticators(Entrust);

impl EntrustAuthenticators {
    /// Reads the root certificates and prepares the HTTP client; opens no connection.
    pub fn new(config: EntrustConfig) -> Result<Self, EntrustConfigError> {
        Entrust::new(config).map(Self)
    }
}

/// Returns [`App::None`] only if Entrust listed the user's methods and TOKEN appears neither among them nor among
/// the lockout states.
fn app_state(answer: &QueryAnswer) -> App {
    let token = authenticator(OtpMethod::Token);
    let is_token = |status: &&Lockout| status.kind.as_deref() == Some(token);
    let statuses = || answer.authenticator_lockout_status.iter().flatten().filter(is_token);
    let second_factors = answer.available_second_factor.as_deref().unwrap_or_default();
    let Some(first_factors) = answer.authentication_types.as_deref() else { return App::Unknown };
    // A user whose authentication was completed without a code was not asked for a factor, so nothing is known.
    if answer.authentication_completed == Some(true) {
        App::Unknown
    } else if statuses().any(|status| status.locked == Some(true)) {
        App::Locked
    } else if first_factors.iter().chain(second_factors).any(|kind| kind == token) {
        App::Active
    } else if statuses().next().is_none() {
        App::None
    } else {
        App::Unknown
    }
}

#[async_trait]
impl Authenticators for EntrustAuthenticators {
    fn name(&self) -> &'static str {
        "entrust"
    }

    fn can_activate(&self) -> bool {
        false
    }

    async fn status(&self, user: &str) -> Result<AuthenticatorStatus, OtpProviderError> {
        Ok(match self.0.query(user).await? {
            Reply::Answer(answer) => {
                self.0.end_unused_session(answer.authentication_completed, answer.token.as_ref());
                AuthenticatorStatus { app: app_state(&answer), active: Vec::new(), mobile: None }
            }
            // Entrust does not publish which error codes mean that there is no such authenticator.
            Reply::Refusal(_code) => AuthenticatorStatus::unknown(),
        })
    }

    async fn set_mobile(&self, _: &str, _: &str) -> Result<bool, OtpProviderError> {
        Ok(false)
    }

    async fn activate(&self, _: &str) -> Result<Option<StartedActivation>, OtpProviderError> {
        Ok(None)
    }

    async fn is_active(&self, _: &str, _: &str) -> Result<bool, OtpProviderError> {
        Ok(false)
    }

    async fn check(&self) -> Vec<Finding> {
        let detail = "not configured (entrust.admin_application_id, entrust.admin_secret_file): numbers are not \
                      written to Entrust, and the page explains how to activate the app by hand";
        vec![Finding::good(PART, "credentials", detail)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn app_state_is_unknown_unless_the_response_is_clear() {
        let lock = |locked: bool| json!([{"type": "TOKEN", "locked": locked}]);
        for (answer, expected) in [
            (json!({"authenticationTypes": ["TOKEN"]}), App::Active),
            (json!({"authenticationTypes": ["OTP", "TOKEN"]}), App::Active),
            (json!({"authenticationTypes": ["PASSWORD"], "availableSecondFactor": ["TOKEN"]}), App::Active),
            (
                json!({"authenticationTypes": ["TOKEN"], "authenticatorLockoutStatus": lock(false)}),
                App::Active,
            ),
            (
                json!({"authenticationTypes": ["TOKEN"], "authenticatorLockoutStatus": lock(true)}),
                App::Locked,
            ),
            (json!({"authenticationTypes": [], "authenticatorLockoutStatus": lock(true)}), App::Locked),
            (json!({"authenticationTypes": [], "authenticatorLockoutStatus": lock(false)}), App::Unknown),
            (json!({"authenticationTypes": []}), App::None),
            (json!({"authenticationTypes": ["OTP"], "availableSecondFactor": null}), App::None),
            (json!({"authenticationTypes": null}), App::Unknown),
            (json!({}), App::Unknown),
            (json!({"authenticationTypes": [], "authenticationCompleted": true}), App::Unknown),
            (json!({"authenticationTypes": ["TOKEN"], "authenticationCompleted": true}), App::Unknown),
        ] {
            assert_eq!(app_state(&serde_json::from_value(answer.clone()).unwrap()), expected, "{answer}");
        }
    }
}
