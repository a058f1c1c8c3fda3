//! Authenticators in memory, for tests of the registration; the contract tests keep it honest. Nothing of the
//! product uses it.

use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, PART, StartedActivation};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;
use app::api::enrollment_state::App;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A holder in the fake.
#[derive(Debug, Clone)]
pub struct FakeHolder {
    /// How the app stands.
    pub app: App,
    /// The number that was written.
    pub mobile: Option<String>,
    /// The tokens that were begun here, in order, and whether each is active.
    pub begun: Vec<(String, bool)>,
    /// There is a token that came another way.
    pub has_earlier: bool,
}

#[derive(Debug, Default)]
struct State {
    holders: BTreeMap<String, FakeHolder>,
    away: bool,
    no_credentials: bool,
}

/// The fake.
#[derive(Debug, Default)]
pub struct FakeAuthenticators(Mutex<State>);

impl FakeAuthenticators {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self) -> Result<MutexGuard<'_, State>, OtpProviderError> {
        let state = self.state();
        if state.away {
            return Err(OtpProviderError::Unreachable {
                url: "fake".to_owned(),
                what: "as arranged".to_owned(),
            });
        }
        Ok(state)
    }

    /// Adds a holder whose app stands so.
    pub fn add(&self, name: &str, app: App) {
        let has_earlier = app == App::Active;
        let holder = FakeHolder { app, mobile: None, begun: Vec::new(), has_earlier };
        self.state().holders.insert(name.to_lowercase(), holder);
    }

    /// A holder's app stands otherwise from now on.
    pub fn set_app(&self, name: &str, app: App) {
        if let Some(holder) = self.state().holders.get_mut(&name.to_lowercase()) {
            holder.app = app;
            holder.has_earlier = app == App::Active;
        }
    }

    /// A holder as it stands.
    pub fn holder(&self, name: &str) -> Option<FakeHolder> {
        self.state().holders.get(&name.to_lowercase()).cloned()
    }

    /// Writes a number, as another source does.
    pub fn set_number(&self, name: &str, mobile: &str) {
        if let Some(holder) = self.state().holders.get_mut(&name.to_lowercase()) {
            holder.mobile = Some(mobile.to_owned());
        }
    }

    /// The phone finishes the last activation.
    pub fn finish(&self, name: &str) {
        if let Some(holder) = self.state().holders.get_mut(&name.to_lowercase()) {
            holder.app = App::Active;
            if let Some(last) = holder.begun.last_mut() {
                last.1 = true;
            }
        }
    }

    /// Begins or ends an outage.
    pub fn set_away(&self, away: bool) {
        self.state().away = away;
    }

    /// From now on there are no credentials, or there are again.
    pub fn set_without_credentials(&self, without: bool) {
        self.state().no_credentials = without;
    }
}

#[async_trait]
impl Authenticators for FakeAuthenticators {
    fn can_activate(&self) -> bool {
        !self.state().no_credentials
    }

    async fn look(&self, holder: &str) -> Result<AuthenticatorStatus, OtpProviderError> {
        let state = self.reached()?;
        let Some(holder) = state.holders.get(&holder.to_lowercase()) else {
            return Ok(AuthenticatorStatus::unknown());
        };
        let begun = holder.begun.iter().filter(|(_, active)| *active).map(|(token, _)| token.clone());
        let earlier = holder.has_earlier.then(|| "earlier".to_owned());
        let (active, mobile) = if state.no_credentials {
            (Vec::new(), None)
        } else {
            (earlier.into_iter().chain(begun).collect(), holder.mobile.clone().map(Into::into))
        };
        Ok(AuthenticatorStatus { app: holder.app, active, mobile })
    }

    async fn set_mobile(&self, holder: &str, mobile: &str) -> Result<bool, OtpProviderError> {
        let mut state = self.reached()?;
        if state.no_credentials {
            return Ok(false);
        }
        let Some(holder) = state.holders.get_mut(&holder.to_lowercase()) else { return Ok(false) };
        holder.mobile = Some(mobile.to_owned());
        Ok(true)
    }

    async fn activate(&self, holder: &str) -> Result<Option<StartedActivation>, OtpProviderError> {
        let mut state = self.reached()?;
        if state.no_credentials {
            return Ok(None);
        }
        let Some(holder) = state.holders.get_mut(&holder.to_lowercase()) else { return Ok(None) };
        let unfinished = holder.begun.iter().find(|(_, active)| !active).map(|(token, _)| token.clone());
        let token = unfinished.unwrap_or_else(|| {
            let token = format!("token-{}", holder.begun.len() + 1);
            holder.begun.push((token.clone(), false));
            token
        });
        if holder.app == App::None {
            holder.app = App::Activating;
        }
        Ok(Some(StartedActivation {
            scan: format!("fake:scan/{token}").into(),
            link: format!("fake:link/{token}").into(),
            password: Some("12345678".to_owned().into()),
            token,
        }))
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good(PART, "fake", "in memory")]
    }
}
