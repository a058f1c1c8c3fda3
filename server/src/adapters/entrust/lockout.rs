//! Authenticators without credentials: how an app stands, as far as the Authentication API's query tells. It writes
//! nothing and activates nothing; the page then explains the way by hand.

use super::http::Reply;
use super::wire::{Lockout, QueryAnswer, authenticator};
use super::{Entrust, EntrustConfig, EntrustConfigError};
use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, PART, StartedActivation};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;
use app::api::enrollment_state::App;
use app::api::step::OtpMethod;
use async_trait::async_trait;

/// Entrust, seen without credentials.
#[derive(Debug, Clone)]
pub struct EntrustAuthenticators(Entrust);

impl EntrustAuthenticators {
    /// Reads the authorities and prepares the connections; calls nobody.
    pub fn new(config: EntrustConfig) -> Result<Self, EntrustConfigError> {
        Entrust::new(config).map(Self)
    }
}

/// [`App::None`] only where Entrust told its ways and TOKEN is nowhere among them, not even as a lock.
fn app(answer: &QueryAnswer) -> App {
    let token = authenticator(OtpMethod::Token);
    let is_token = |status: &&Lockout| status.kind.as_deref() == Some(token);
    let statuses = || answer.authenticator_lockout_status.iter().flatten().filter(is_token);
    let second = answer.available_second_factor.as_deref().unwrap_or_default();
    let Some(first) = answer.authentication_types.as_deref() else { return App::Unknown };
    // Who is let in before any code was not asked for one, so nothing is known about it.
    if answer.authentication_completed == Some(true) {
        App::Unknown
    } else if statuses().any(|status| status.locked == Some(true)) {
        App::Locked
    } else if first.iter().chain(second).any(|kind| kind == token) {
        App::Active
    } else if statuses().next().is_none() {
        App::None
    } else {
        App::Unknown
    }
}

#[async_trait]
impl Authenticators for EntrustAuthenticators {
    fn can_activate(&self) -> bool {
        false
    }

    async fn look(&self, holder: &str) -> Result<AuthenticatorStatus, OtpProviderError> {
        Ok(match self.0.query(holder).await? {
            Reply::Answer(answer) => {
                self.0.leave(answer.authentication_completed, answer.token.as_ref());
                AuthenticatorStatus { app: app(&answer), active: Vec::new(), mobile: None }
            }
            // Which codes mean that there is no such authenticator is not published.
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
    fn only_a_clear_answer_says_anything() {
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
            assert_eq!(app(&serde_json::from_value(answer.clone()).unwrap()), expected, "{answer}");
        }
    }
}
