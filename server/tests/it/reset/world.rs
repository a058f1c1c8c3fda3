//! The test fixture of the reset service: fakes of all ports, and a browser that calls the service.

use app::api::ResetCommand;
use app::api::enrollment_state::Source;
use app::api::refusal::Refusal;
use app::api::step::{OtpMethod, Step};
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use app::policy::{Rules, Score};
use jiff::{SignedDuration, Timestamp};
use server::crypto::Keyring;
use server::ports::audit::{Event, NotVerifiedReason};
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::otp_provider::ProviderUserName;
use server::ports::rate_limits::Limit;
use server::ports::records::{Record, Records as _, RegisteredValue};
use server::ports::sessions::SessionId;
use server::record_values::digest;
use server::reset::breach_check::BreachCheck;
use server::reset::{
    Answer, ClientContext, Cookie, ResetConfig, ResetService, ServiceDeps, SharedComponents,
    VerificationMode, rate_limit,
};
use server::test_support::authenticators::FakeAuthenticators;
use server::test_support::directory::FakeDirectory;
use server::test_support::notifier::FakeNotifier;
use server::test_support::otp_provider::FakeOtpProvider;
use server::test_support::{ManualClock, MemoryAudit, MemoryStore};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

pub(crate) const CURRENT_PASSWORD: &str = "Fiets-Regen-42!";
pub(crate) const NEW_PASSWORD: &str = "Zomer-Kanaal-87?paars";
pub(crate) const BIRTHDATE: &str = "1984-10-01";

/// The ports and the configuration of the reset service.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) directory: Arc<FakeDirectory>,
    pub(crate) otp_provider: Arc<FakeOtpProvider>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) audit: Arc<MemoryAudit>,
    pub(crate) authenticators: Arc<FakeAuthenticators>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) notifier: Arc<FakeNotifier>,
    pub(crate) breach_check: BreachCheck,
    pub(crate) config: ResetConfig,
}

pub(crate) fn reset_config() -> ResetConfig {
    let off = Limit { max: 0, window: Duration::from_secs(1) };
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
            methods: vec![OtpMethod::Token, OtpMethod::Otp],
            kept_days: 30,
            waiting_seconds: 24 * 3600,
            calls: false,
            application_groups: vec![],
        },
        verification_mode: VerificationMode::Joint,
        min_response_time: SignedDuration::from_millis(1500),
        session_idle: SignedDuration::from_mins(15),
        provider_user_name: ProviderUserName::Login,
        birthdate_from_directory: false,
        require_mobile: false,
        offer_unlock: true,
        high_impact_wait: SignedDuration::from_hours(24),
        limits: rate_limit::RateLimitConfig {
            per_address: off,
            own_networks: vec![],
            per_own_network: off,
            per_device: off,
            device_lifetime: SignedDuration::from_hours(180 * 24),
            calls_per_session: 0,
            codes_per_session: 5,
            passwords_per_session: 20,
            global: off,
            account_failures: Limit { max: 3, window: Duration::from_hours(24) },
            code_reserve: 0,
        },
    }
}

impl World {
    /// Creates a world with A.Janssen, who is registered and has the app.
    pub(crate) async fn new() -> Self {
        let directory = Arc::new(FakeDirectory::new());
        let world = Self {
            otp_provider: Arc::new(FakeOtpProvider::new().with([
                "A.Janssen",
                "C.Peters",
                "D.Willems",
                "E.Hendriks",
            ])),
            directory,
            store: Arc::default(),
            audit: Arc::default(),
            authenticators: Arc::default(),
            clock: Arc::new(ManualClock::at(Timestamp::constant(1_800_000_000, 0))),
            keys: Arc::new(Keyring::new(vec![Zeroizing::new([7; 32])]).unwrap()),
            notifier: Arc::default(),
            breach_check: BreachCheck::default(),
            config: reset_config(),
        };
        world.add_registered("A.Janssen", "Anna Janssen").await;
        world
    }

    /// Adds an account and registers [`BIRTHDATE`] for it.
    pub(crate) async fn add_registered(&self, login: &str, name: &str) -> AccountId {
        let id = self.directory.add_account(login, name, CURRENT_PASSWORD);
        self.register(id).await;
        id
    }

    /// Registers [`BIRTHDATE`] for an account.
    pub(crate) async fn register(&self, id: AccountId) {
        let date = app::domain::birthdate::Birthdate::parse_iso(BIRTHDATE).unwrap();
        let birthdate = RegisteredValue::by(Source::Hr, digest(&self.keys, id, &date), self.clock.now());
        self.store.store(id, &Record::with_birthdate(birthdate), None).await.unwrap();
    }

    pub(crate) fn service(&self) -> Arc<ResetService> {
        self.service_with_clock(self.clock.clone())
    }

    /// The service with another clock.
    pub(crate) fn service_with_clock(
        &self,
        clock: Arc<dyn server::ports::clock::Clock>,
    ) -> Arc<ResetService> {
        self.service_with_directory(self.directory.clone(), clock)
    }

    /// The service with another directory and clock.
    pub(crate) fn service_with_directory(
        &self,
        directory: Arc<dyn server::ports::directory::Directory>,
        clock: Arc<dyn server::ports::clock::Clock>,
    ) -> Arc<ResetService> {
        let deps = ServiceDeps { directory, clock, ..self.deps() };
        let shared = SharedComponents::new(&deps, &self.config);
        ResetService::new(&deps, &shared, self.config.clone())
    }

    pub(crate) fn deps(&self) -> ServiceDeps {
        ServiceDeps {
            directory: self.directory.clone(),
            otp_provider: self.otp_provider.clone(),
            records: self.store.clone(),
            frozen: self.store.clone(),
            waits: self.store.clone(),
            calls: self.store.clone(),
            start_codes: self.store.clone(),
            sessions: self.store.clone(),
            devices: self.store.clone(),
            limits: self.store.clone(),
            authenticators: self.authenticators.clone(),
            audit: self.audit.clone(),
            clock: self.clock.clone(),
            keys: self.keys.clone(),
            notifier: self.notifier.clone(),
            breach_check: self.breach_check.clone(),
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        let address = [192, 0, 2, 1].into();
        Browser { service: self.service(), session: None, device: None, address }
    }

    /// A copy with a separate store and clock; the other fakes are shared.
    pub(crate) fn fork(&self) -> Self {
        let now = self.clock.now();
        Self { store: Arc::new(self.store.copy()), clock: Arc::new(ManualClock::at(now)), ..self.clone() }
    }

    /// The code that the app of this user shows.
    pub(crate) fn code_of(&self, login: &str) -> String {
        self.otp_provider.code(login).expect(login).expose().to_owned()
    }

    /// Counts the calls to the OTP provider so far: challenges opened, codes verified.
    pub(crate) fn provider_calls(&self) -> (usize, usize) {
        let calls = self.otp_provider.calls();
        let opened = calls
            .iter()
            .filter(|call| matches!(call, server::test_support::otp_provider::Call::Open(..)))
            .count();
        (opened, calls.len() - opened)
    }

    /// The reason that the audit log gives for the latest `not_verified`.
    pub(crate) fn last_reason(&self) -> Option<NotVerifiedReason> {
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

/// A browser, which stores its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) service: Arc<ResetService>,
    pub(crate) session: Option<SessionId>,
    pub(crate) device: Option<AccountId>,
    pub(crate) address: std::net::IpAddr,
}

impl Browser {
    pub(crate) fn client_context(&self) -> ClientContext {
        ClientContext { session: self.session.clone(), device: self.device, address: self.address }
    }

    fn apply(&mut self, answer: Result<Answer, Answer>) -> Result<Step, Refusal> {
        let (Ok(answer) | Err(answer)) = answer;
        self.device = answer.device.or(self.device);
        match answer.cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.session = Some(id),
            Cookie::Clear => self.session = None,
        }
        answer.outcome
    }

    pub(crate) async fn run(&mut self, command: ResetCommand) -> Result<Step, Refusal> {
        let answer = self.service.run(&self.client_context(), command).await;
        self.apply(answer)
    }

    pub(crate) async fn identify(&mut self, name: &str) -> Result<Step, Refusal> {
        self.run(ResetCommand::Identify(RawInput::new(name), None)).await
    }

    pub(crate) async fn birthdate(&mut self, date: &str) -> Result<Step, Refusal> {
        self.run(ResetCommand::Birthdate(RawInput::new(date))).await
    }

    pub(crate) async fn code(&mut self, code: &str) -> Result<Step, Refusal> {
        self.run(ResetCommand::Code(RawInput::new(code))).await
    }

    pub(crate) async fn resend(&mut self, method: Option<&str>) -> Result<Step, Refusal> {
        self.run(ResetCommand::Resend(method.map(RawInput::new))).await
    }

    pub(crate) async fn password(&mut self, password: &str) -> Result<Step, Refusal> {
        self.run(ResetCommand::Password(RawInput::new(password))).await
    }

    pub(crate) async fn unlock(&mut self) -> Result<Step, Refusal> {
        self.run(ResetCommand::Unlock).await
    }

    pub(crate) async fn extend(&mut self) -> Result<Step, Refusal> {
        self.run(ResetCommand::Extend).await
    }

    pub(crate) async fn cancel(&mut self) -> Result<Step, Refusal> {
        self.run(ResetCommand::Cancel).await
    }

    pub(crate) async fn current(&mut self) -> Result<Step, Refusal> {
        self.run(ResetCommand::Current).await
    }

    /// Completes the steps up to the code step.
    pub(crate) async fn reach_code(&mut self, name: &str) -> Result<Step, Refusal> {
        self.identify(name).await?;
        self.birthdate(BIRTHDATE).await
    }

    /// Completes the steps up to the password step.
    pub(crate) async fn reach_password(&mut self, world: &World, name: &str) -> Result<Step, Refusal> {
        self.reach_code(name).await?;
        self.code(&world.code_of(name)).await
    }
}

/// The name of the step or of the refusal.
pub(crate) fn name(outcome: &Result<Step, Refusal>) -> &'static str {
    match outcome {
        Ok(Step::Identify {}) => "identify",
        Ok(Step::Birthdate { .. }) => "birthdate",
        Ok(Step::Code { .. }) => "code",
        Ok(Step::Password { .. }) => "password",
        Ok(Step::Waiting { .. }) => "waiting",
        Ok(Step::Call { .. }) => "call",
        Ok(Step::NewApp { .. }) => "new_app",
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
