//! The outside world of the workflow's tests, in memory, and a browser that calls it.

use app::api::enrollment_state::Source;
use app::api::refusal::Refusal;
use app::api::step::{OtpMethod, Step};
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use app::policy::{Rules, Score};
use jiff::{SignedDuration, Timestamp};
use server::crypto::Keyring;
use server::enrollment::values::digest;
use server::ports::audit::{Event, Reason};
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::rate_limits::Limit;
use server::ports::records::{Record, Records as _, Registered};
use server::ports::sessions::SessionId;
use server::reset::{
    Answer, ClientContext, Cookie, ProviderUserName, ResetConfig, ResetDeps, ResetService, VerificationMode,
    rate_limit,
};
use server::test_support::authenticators::FakeAuthenticators;
use server::test_support::directory::FakeDirectory;
use server::test_support::notifier::FakeNotifier;
use server::test_support::otp_provider::FakeOtpProvider;
use server::test_support::{ManualClock, MemoryAudit, MemoryStore};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

pub(crate) const FIRST: &str = "Fiets-Regen-42!";
pub(crate) const NEW: &str = "Zomer-Kanaal-87?paars";
pub(crate) const BIRTHDATE: &str = "1984-10-01";

/// Everything that the workflow works with.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) directory: Arc<FakeDirectory>,
    pub(crate) codes: Arc<FakeOtpProvider>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) audit: Arc<MemoryAudit>,
    pub(crate) onboarding: Arc<FakeAuthenticators>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) notices: Arc<FakeNotifier>,
    pub(crate) terms: ResetConfig,
}

pub(crate) fn terms() -> ResetConfig {
    let off = Limit { most: 0, window: Duration::from_secs(1) };
    ResetConfig {
        site: app::api::site::Site {
            logo: None,
            organisation: server::config::shipped_organisation().unwrap(),
            rules: Rules {
                min_length: 12,
                max_length: 127,
                complexity: true,
                min_score: Score::new(3).unwrap(),
                banned_words: vec!["pantein".into()],
                history: None,
            },
            ways: vec![OtpMethod::Token, OtpMethod::Otp],
            kept_days: 30,
            waiting_seconds: 24 * 3600,
            application_groups: vec![],
        },
        judgement: VerificationMode::Joint,
        min_response_time: SignedDuration::from_millis(1500),
        session_idle: SignedDuration::from_mins(15),
        holder_name: ProviderUserName::Login,
        birthdate_from_directory: false,
        require_mobile: false,
        offer_unlock: true,
        limits: rate_limit::RateLimitConfig {
            per_address: off,
            own_networks: vec![],
            per_own_network: off,
            codes_per_visit: 5,
            passwords_per_visit: 20,
            global: off,
            account_failures: Limit { most: 3, window: Duration::from_hours(24) },
            code_reserve: 0,
        },
    }
}

impl World {
    /// With A.Janssen, who is registered and has the app.
    pub(crate) async fn new() -> Self {
        let directory = Arc::new(FakeDirectory::new());
        let world = Self {
            codes: Arc::new(FakeOtpProvider::new().with([
                "A.Janssen",
                "C.Peters",
                "D.Willems",
                "E.Hendriks",
            ])),
            directory,
            store: Arc::default(),
            audit: Arc::default(),
            onboarding: Arc::default(),
            clock: Arc::new(ManualClock::at(Timestamp::constant(1_800_000_000, 0))),
            keys: Arc::new(Keyring::new(vec![Zeroizing::new([7; 32])]).unwrap()),
            notices: Arc::default(),
            terms: terms(),
        };
        world.hire("A.Janssen", "Anna Janssen").await;
        world
    }

    /// Adds somebody born on [`BIRTHDATE`].
    pub(crate) async fn hire(&self, login: &str, name: &str) -> AccountId {
        let id = self.directory.hire(login, name, FIRST);
        self.register(id).await;
        id
    }

    /// Registers [`BIRTHDATE`] for an account.
    pub(crate) async fn register(&self, id: AccountId) {
        let date = app::domain::birthdate::Birthdate::parse_iso(BIRTHDATE).unwrap();
        let birthdate = Registered::by(Source::Hr, digest(&self.keys, id, &date), self.clock.now());
        self.store.store(id, &Record::with_birthdate(birthdate), None).await.unwrap();
    }

    pub(crate) fn workflow(&self) -> Arc<ResetService> {
        self.workflow_with(self.clock.clone())
    }

    /// On another clock.
    pub(crate) fn workflow_with(&self, clock: Arc<dyn server::ports::clock::Clock>) -> Arc<ResetService> {
        self.workflow_over(self.directory.clone(), clock)
    }

    /// Over another directory.
    pub(crate) fn workflow_over(
        &self,
        directory: Arc<dyn server::ports::directory::Directory>,
        clock: Arc<dyn server::ports::clock::Clock>,
    ) -> Arc<ResetService> {
        let parts = ResetDeps {
            directory,
            codes: self.codes.clone(),
            records: self.store.clone(),
            visits: self.store.clone(),
            limits: self.store.clone(),
            onboarding: self.onboarding.clone(),
            audit: self.audit.clone(),
            clock,
            keys: self.keys.clone(),
            notices: self.notices.clone(),
        };
        ResetService::new(parts, self.terms.clone())
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser { workflow: self.workflow(), visit: None, device: None }
    }

    /// The same moment in a world of its own: only what the store holds goes separate ways.
    pub(crate) fn fork(&self) -> Self {
        let now = self.clock.now();
        Self { store: Arc::new(self.store.copy()), clock: Arc::new(ManualClock::at(now)), ..self.clone() }
    }

    /// What the phone shows.
    pub(crate) fn code_of(&self, login: &str) -> String {
        self.codes.code(login).expect(login).expose().to_owned()
    }

    /// Calls to the code service so far: opened, verified.
    pub(crate) fn code_calls(&self) -> (usize, usize) {
        let calls = self.codes.calls();
        let opened = calls
            .iter()
            .filter(|call| matches!(call, server::test_support::otp_provider::Call::Open(..)))
            .count();
        (opened, calls.len() - opened)
    }

    /// The true reason behind the latest `not_verified`.
    pub(crate) fn last_reason(&self) -> Option<Reason> {
        let entries = self.audit.entries();
        let reasons = entries.iter().map(|entry| {
            if let Event::NotVerified { reason, .. } = &entry.event { Some(*reason) } else { None }
        });
        reasons.flatten().last()
    }
}

pub(crate) fn wrong_code() -> String {
    let code: Code = FakeOtpProvider::wrong_code().unwrap();
    code.expose().to_owned()
}

/// A browser: it keeps its cookie.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) workflow: Arc<ResetService>,
    pub(crate) visit: Option<SessionId>,
    pub(crate) device: Option<AccountId>,
}

impl Browser {
    pub(crate) fn caller(&self) -> ClientContext {
        ClientContext {
            visit: self.visit.clone(),
            device: self.device,
            address: "192.0.2.1".parse().unwrap(),
        }
    }

    fn took(&mut self, answer: Result<Answer, Answer>) -> Result<Step, Refusal> {
        let (Ok(answer) | Err(answer)) = answer;
        self.device = answer.device.or(self.device);
        match answer.cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.visit = Some(id),
            Cookie::Clear => self.visit = None,
        }
        answer.outcome
    }

    pub(crate) async fn identify(&mut self, name: &str) -> Result<Step, Refusal> {
        let answer = self.workflow.identify(&self.caller(), &RawInput::new(name)).await;
        self.took(answer)
    }

    pub(crate) async fn birthdate(&mut self, date: &str) -> Result<Step, Refusal> {
        let answer = self.workflow.birthdate(&self.caller(), &RawInput::new(date)).await;
        self.took(answer)
    }

    pub(crate) async fn code(&mut self, code: &str) -> Result<Step, Refusal> {
        let answer = self.workflow.code(&self.caller(), &RawInput::new(code)).await;
        self.took(answer)
    }

    pub(crate) async fn resend(&mut self, way: Option<&str>) -> Result<Step, Refusal> {
        let way = way.map(RawInput::new);
        let answer = self.workflow.resend(&self.caller(), way.as_ref()).await;
        self.took(answer)
    }

    pub(crate) async fn password(&mut self, password: &str) -> Result<Step, Refusal> {
        let answer = self.workflow.password(&self.caller(), &RawInput::new(password)).await;
        self.took(answer)
    }

    pub(crate) async fn unlock(&mut self) -> Result<Step, Refusal> {
        let answer = self.workflow.unlock(&self.caller()).await;
        self.took(answer)
    }

    pub(crate) async fn extend(&mut self) -> Result<Step, Refusal> {
        let answer = self.workflow.extend(&self.caller()).await;
        self.took(answer)
    }

    pub(crate) async fn cancel(&mut self) -> Result<Step, Refusal> {
        let answer = self.workflow.cancel(&self.caller()).await;
        self.took(answer)
    }

    pub(crate) async fn current(&mut self) -> Result<Step, Refusal> {
        let answer = self.workflow.current(&self.caller()).await;
        self.took(answer)
    }

    /// As far as the code step.
    pub(crate) async fn reach_code(&mut self, name: &str) -> Result<Step, Refusal> {
        self.identify(name).await?;
        self.birthdate(BIRTHDATE).await
    }

    /// As far as the password step.
    pub(crate) async fn reach_password(&mut self, world: &World, name: &str) -> Result<Step, Refusal> {
        self.reach_code(name).await?;
        self.code(&world.code_of(name)).await
    }
}

/// A step's name, and `refused` for a refusal.
pub(crate) fn name(outcome: &Result<Step, Refusal>) -> &'static str {
    match outcome {
        Ok(Step::Identify {}) => "identify",
        Ok(Step::Birthdate { .. }) => "birthdate",
        Ok(Step::Code { .. }) => "code",
        Ok(Step::Password { .. }) => "password",
        Ok(Step::Done { .. }) => "done",
        Err(Refusal::StartAgain) => "start_again",
        Err(Refusal::NotVerified { .. }) => "not_verified",
        Err(Refusal::InProgress) => "in_progress",
        Err(Refusal::Unavailable { .. }) => "unavailable",
        Err(Refusal::WeakPassword { .. }) => "weak_password",
        Err(Refusal::TooMany { .. }) => "too_many",
        Err(Refusal::OutcomeUnknown { .. }) => "outcome_unknown",
        Err(Refusal::Invalid { .. }) => "invalid",
        Err(Refusal::CrossOrigin | Refusal::Fault { .. } | Refusal::NoConnection) => "fault",
    }
}
