//! In-memory implementation of [`Authenticators`] for tests of the enrollment.

use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, PART, StartedActivation};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;
use app::api::enrollment_state::App;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A user at the fake provider.
#[derive(Debug, Clone)]
pub struct FakeUser {
    /// The state of the app.
    pub app: App,
    /// The stored mobile number.
    pub mobile: Option<String>,
    /// The tokens whose activation was started through the port, oldest first, and whether each is active.
    pub started: Vec<(String, bool)>,
    /// The tokens whose activation was withdrawn and not started again.
    pub withdrawn: Vec<String>,
    /// Whether there is an active token that was not started through the port.
    pub has_earlier_token: bool,
}

#[derive(Debug, Default)]
struct State {
    /// By lower-cased name.
    users: BTreeMap<String, FakeUser>,
    unavailable: bool,
    /// How many calls are answered before an outage begins.
    answered_before_outage: Option<usize>,
    no_credentials: bool,
}

/// The fake provider.
#[derive(Debug, Default)]
pub struct FakeAuthenticators(Mutex<State>);

impl FakeAuthenticators {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn available_state(&self) -> Result<MutexGuard<'_, State>, OtpProviderError> {
        let mut state = self.state();
        match state.answered_before_outage {
            Some(0) => state.unavailable = true,
            Some(left) => state.answered_before_outage = Some(left - 1),
            None => {}
        }
        if state.unavailable {
            return Err(OtpProviderError::Unreachable {
                url: "fake".to_owned(),
                what: "simulated outage".to_owned(),
            });
        }
        Ok(state)
    }

    /// Adds a user with this state of the app.
    pub fn add(&self, name: &str, app: App) {
        let has_earlier_token = app == App::Active;
        let user =
            FakeUser { app, mobile: None, started: Vec::new(), withdrawn: Vec::new(), has_earlier_token };
        self.state().users.insert(name.to_lowercase(), user);
    }

    /// Changes the state of a user's app.
    pub fn set_app(&self, name: &str, app: App) {
        if let Some(user) = self.state().users.get_mut(&name.to_lowercase()) {
            user.app = app;
            user.has_earlier_token = app == App::Active;
        }
    }

    /// Returns a user.
    pub fn user(&self, name: &str) -> Option<FakeUser> {
        self.state().users.get(&name.to_lowercase()).cloned()
    }

    /// Sets a user's number, like a change at the provider.
    pub fn set_number(&self, name: &str, mobile: &str) {
        if let Some(user) = self.state().users.get_mut(&name.to_lowercase()) {
            user.mobile = Some(mobile.to_owned());
        }
    }

    /// Completes the latest activation, like the user's phone, unless it was withdrawn.
    pub fn finish(&self, name: &str) {
        if let Some(user) = self.state().users.get_mut(&name.to_lowercase()) {
            if user.started.last().is_some_and(|(token, _)| user.withdrawn.contains(token)) {
                return;
            }
            user.app = App::Active;
            if let Some(last) = user.started.last_mut() {
                last.1 = true;
            }
        }
    }

    /// Starts or ends an outage.
    pub fn set_unavailable(&self, unavailable: bool) {
        let mut state = self.state();
        state.unavailable = unavailable;
        state.answered_before_outage = None;
    }

    /// An outage begins after this many further calls.
    pub fn fail_after(&self, answered: usize) {
        self.state().answered_before_outage = Some(answered);
    }

    /// Returns whether the provider is unavailable, since a call that [`FakeAuthenticators::fail_after`] names was made.
    pub fn has_failed(&self) -> bool {
        self.state().unavailable
    }

    /// Removes or restores the administration credentials.
    pub fn set_without_credentials(&self, without: bool) {
        self.state().no_credentials = without;
    }
}

#[async_trait]
impl Authenticators for FakeAuthenticators {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn can_activate(&self) -> bool {
        !self.state().no_credentials
    }

    async fn status(&self, user: &str) -> Result<AuthenticatorStatus, OtpProviderError> {
        let state = self.available_state()?;
        let Some(user) = state.users.get(&user.to_lowercase()) else {
            return Ok(AuthenticatorStatus::unknown());
        };
        let started = user.started.iter().filter(|(_, active)| *active).map(|(token, _)| token.clone());
        let earlier = user.has_earlier_token.then(|| "earlier".to_owned());
        let (active, mobile) = if state.no_credentials {
            (Vec::new(), None)
        } else {
            (earlier.into_iter().chain(started).collect(), user.mobile.clone().map(Into::into))
        };
        Ok(AuthenticatorStatus { app: user.app, active, mobile })
    }

    async fn set_mobile(&self, user: &str, mobile: &str) -> Result<bool, OtpProviderError> {
        let mut state = self.available_state()?;
        if state.no_credentials {
            return Ok(false);
        }
        let Some(user) = state.users.get_mut(&user.to_lowercase()) else { return Ok(false) };
        user.mobile = Some(mobile.to_owned());
        Ok(true)
    }

    async fn activate(&self, user: &str) -> Result<Option<StartedActivation>, OtpProviderError> {
        let mut state = self.available_state()?;
        if state.no_credentials {
            return Ok(None);
        }
        let Some(user) = state.users.get_mut(&user.to_lowercase()) else { return Ok(None) };
        let unfinished = user.started.iter().find(|(_, active)| !active).map(|(token, _)| token.clone());
        let token = unfinished.unwrap_or_else(|| {
            let token = format!("token-{}", user.started.len() + 1);
            user.started.push((token.clone(), false));
            token
        });
        user.withdrawn.retain(|withdrawn| *withdrawn != token);
        if user.app == App::None {
            user.app = App::Activating;
        }
        Ok(Some(StartedActivation {
            scan: format!("fake:scan/{token}").into(),
            link: format!("fake:link/{token}").into(),
            password: Some("12345678".to_owned().into()),
            token,
        }))
    }

    async fn withdraw_activation(&self, user: &str, token: &str) -> Result<bool, OtpProviderError> {
        let mut state = self.available_state()?;
        let Some(user) = state.users.get_mut(&user.to_lowercase()) else { return Ok(true) };
        if user.started.iter().any(|(known, active)| known == token && *active) {
            return Ok(false);
        }
        user.withdrawn.push(token.to_owned());
        Ok(true)
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good(PART, "fake", "in memory")]
    }
}
