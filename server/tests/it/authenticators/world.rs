//! The authenticator implementations under test, with the same users: the fake and the administration adapter with the
//! Entrust simulator.

use app::api::enrollment_state::App;
use end2end::entrust::{
    ADMIN_APPLICATION_ID, ADMIN_SECRET, DECOY, Entrust, Fault, Options, Person, TokenState,
};
use jiff::{SignedDuration, Timestamp};
use server::adapters::entrust_admin::{EntrustAdmin, EntrustAdminConfig, TimeSource};
use server::ports::authenticators::{Authenticators, StartedActivation};
use server::ports::clock::Clock as _;
use server::ports::otp_provider::OtpProviderError;
use server::test_support::ManualClock;
use server::test_support::authenticators::FakeAuthenticators;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn people() -> Vec<Person> {
    let person = |user_id: &str, has_app: bool| Person {
        user_id: user_id.into(),
        first_name: "Voornaam".into(),
        last_name: "Achternaam".into(),
        mobile: None,
        has_app,
    };
    vec![person("A.Janssen", true), person("E.Hendriks", false)]
}

pub(crate) fn config(url: &str) -> EntrustAdminConfig {
    let mut config = EntrustAdminConfig::new(url, ADMIN_APPLICATION_ID, ADMIN_SECRET.to_owned());
    config.decoy_user = Some(DECOY.into());
    config
}

/// The Entrust simulator and the production adapter.
pub(crate) struct Real {
    pub(crate) entrust: Entrust,
    pub(crate) admin: Arc<EntrustAdmin>,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) async fn real() -> Real {
    let entrust = Entrust::start(people(), Options::default()).await.unwrap();
    let clock = Arc::new(ManualClock::at("2026-11-22T12:00:00Z".parse().unwrap()));
    let admin = Arc::new(EntrustAdmin::new(config(entrust.url()), now(&clock)).unwrap());
    Real { entrust, admin, clock }
}

pub(crate) fn now(clock: &Arc<ManualClock>) -> TimeSource {
    let clock = Arc::clone(clock);
    Arc::new(move || clock.now())
}

pub(crate) fn noon() -> TimeSource {
    Arc::new(|| Timestamp::from_second(1_795_348_800).unwrap())
}

impl Real {
    /// Advances the clocks of simulator and adapter together.
    pub(crate) fn advance(&self, by: Duration) {
        self.entrust.advance(by);
        self.clock.advance(SignedDuration::try_from(by).unwrap());
    }

    pub(crate) async fn start_activation(&self, name: &str) -> StartedActivation {
        self.admin.activate(name).await.unwrap().unwrap()
    }
}

/// Operations of contract tests outside the port.
pub(crate) trait World {
    fn authenticators(&self) -> Arc<dyn Authenticators>;
    /// Finishes the activation, as the phone does when it opens the link.
    fn finish(&self, name: &str, activation: &StartedActivation);
    /// Finishes the activation if the provider still accepts its link.
    async fn try_finish(&self, name: &str, activation: &StartedActivation) -> bool;
    fn mobile(&self, name: &str) -> Option<String>;
    fn set_unavailable(&self);
    fn clear_faults(&self);
}

impl World for Real {
    fn authenticators(&self) -> Arc<dyn Authenticators> {
        self.admin.clone()
    }
    fn finish(&self, name: &str, activation: &StartedActivation) {
        let (_, secret) = activation.link.rsplit_once('/').unwrap();
        assert_eq!(self.entrust.finish(secret).unwrap().user_id, name);
    }
    async fn try_finish(&self, _: &str, activation: &StartedActivation) -> bool {
        let (_, secret) = activation.link.rsplit_once('/').unwrap();
        self.entrust.finish(secret).is_some()
    }
    fn mobile(&self, name: &str) -> Option<String> {
        self.entrust.mobile(name)
    }
    fn set_unavailable(&self) {
        self.entrust.set_fault_everywhere(&Fault::Status(503));
    }
    fn clear_faults(&self) {
        self.entrust.clear_faults();
    }
}

/// The in-memory fake.
pub(crate) struct Fake(Arc<FakeAuthenticators>);

pub(crate) async fn fake() -> Fake {
    let fake = FakeAuthenticators::default();
    fake.add("A.Janssen", App::Active);
    fake.add("E.Hendriks", App::None);
    Fake(Arc::new(fake))
}

impl World for Fake {
    fn authenticators(&self) -> Arc<dyn Authenticators> {
        self.0.clone()
    }
    fn finish(&self, name: &str, _: &StartedActivation) {
        self.0.finish(name);
    }
    async fn try_finish(&self, name: &str, activation: &StartedActivation) -> bool {
        self.0.finish(name);
        self.0.is_active(name, &activation.token).await.unwrap()
    }
    fn mobile(&self, name: &str) -> Option<String> {
        self.0.user(name).unwrap().mobile
    }
    fn set_unavailable(&self) {
        self.0.set_unavailable(true);
    }
    fn clear_faults(&self) {
        self.0.set_unavailable(false);
    }
}

pub(crate) fn is_unreachable<T>(answer: &Result<T, OtpProviderError>) -> bool {
    matches!(answer, Err(OtpProviderError::Unreachable { .. }))
}

pub(crate) fn is_unusable<T>(answer: &Result<T, OtpProviderError>) -> bool {
    matches!(answer, Err(OtpProviderError::Unusable { .. }))
}

/// The states of the user's tokens.
pub(crate) fn states(entrust: &Entrust, name: &str) -> Vec<TokenState> {
    entrust.tokens(name).into_iter().map(|(_, state)| state).collect()
}
