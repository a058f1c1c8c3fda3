//! A browser that calls the enrollment service, over the fixture of the reset tests.

use crate::reset::world::{Browser, CURRENT_PASSWORD, World};
use app::api::enrollment::EnrollmentCommand;
use app::api::enrollment_state::{App, Overview, Readiness, Registration, Stage};
use app::api::refusal::Refusal;
use app::domain::raw_input::RawInput;
use jiff::SignedDuration;
pub(crate) use server::enrollment::EnrollmentConfig;
use server::enrollment::sign_in_limits::SignInLimits;
use server::enrollment::{Answer, EnrollmentClient, EnrollmentService};
use server::mobile::{Countries, Mobile};
use server::ports::directory::AccountId;
use server::ports::notifier::NoticeKind;
use server::ports::rate_limits::Limit;
use server::ports::sessions::SessionId;
use server::reset::{self, Cookie, ResetService, SharedComponents};
use server::test_support::notifier::SentMessage;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn enrollment_config() -> EnrollmentConfig {
    EnrollmentConfig {
        enabled: true,
        allowed_networks: vec!["10.0.0.0/8".parse().unwrap()],
        domains: server::config::shipped_organisation().unwrap().domains,
        session_idle: SignedDuration::from_mins(15),
        waiting_time: DAY,
        countries: Countries::parse(&["NL".to_owned()]).unwrap(),
        sign_ins: SignInLimits {
            per_name_and_address: Limit { max: 5, window: Duration::from_mins(30) },
            per_name: Limit { max: 12, window: Duration::from_mins(30) },
            per_address: Limit { max: 20, window: Duration::from_mins(30) },
            total: Limit { max: 40, window: Duration::from_mins(30) },
        },
        lockout_margin: 2,
        confirm_numbers: false,
        write_mobile: false,
    }
}

/// Creates a world in which E.Hendriks has registered nothing, and A.Janssen has a birthdate and the app.
pub(crate) async fn world() -> World {
    let world = World::new().await;
    world.directory.add_account("E.Hendriks", "Eva Hendriks", CURRENT_PASSWORD);
    for login in ["A.Janssen", "E.Hendriks"] {
        let mail = format!("{}@example.org", login.to_lowercase());
        world.directory.edit(login, |member| member.account.mail = Some(mail.clone()));
    }
    world.authenticators.add("A.Janssen", App::Active);
    world.authenticators.add("E.Hendriks", App::None);
    world
}

/// A browser in an allowed network, which stores its cookies.
#[derive(Clone)]
pub(crate) struct EnrollmentBrowser {
    pub(crate) service: Arc<EnrollmentService>,
    pub(crate) session: Option<SessionId>,
    pub(crate) practice: Option<SessionId>,
    /// The account whose owner completed a reset in this browser.
    pub(crate) device: Option<AccountId>,
    pub(crate) address: IpAddr,
}

impl EnrollmentBrowser {
    pub(crate) fn new(world: &World) -> Self {
        Self::with_config(world, enrollment_config())
    }

    pub(crate) fn with_config(world: &World, config: EnrollmentConfig) -> Self {
        let deps = world.deps();
        let shared = SharedComponents::new(&deps, &world.config);
        let reset = ResetService::new(&deps, &shared, world.config.clone());
        let service = EnrollmentService::new(&deps, &shared, reset, config);
        Self { service, session: None, practice: None, device: None, address: IpAddr::from([10, 0, 0, 7]) }
    }

    fn client(&self) -> EnrollmentClient {
        let reset = reset::ClientContext { session: None, device: self.device, address: self.address };
        EnrollmentClient { session: self.session.clone(), reset }
    }

    fn apply(&mut self, answer: Result<Answer, Answer>) -> Result<Registration, Refusal> {
        let (Ok(answer) | Err(answer)) = answer;
        self.device = answer.device.or(self.device);
        self.practice = answer.practice.or(self.practice.take());
        match answer.cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.session = Some(id),
            Cookie::Clear => self.session = None,
        }
        answer.outcome
    }

    async fn run(&mut self, command: EnrollmentCommand) -> Result<Registration, Refusal> {
        let answer = self.service.run(&self.client(), command).await;
        self.apply(answer)
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::SignIn(RawInput::new(name), RawInput::new(password))).await
    }

    pub(crate) async fn code(&mut self, code: &str) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Code(RawInput::new(code))).await
    }

    pub(crate) async fn birthdate(&mut self, date: &str) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Birthdate(RawInput::new(date))).await
    }

    pub(crate) async fn mobile(&mut self, mobile: &str) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Mobile(RawInput::new(mobile))).await
    }

    pub(crate) async fn confirm(&mut self, code: &str) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Confirm(RawInput::new(code))).await
    }

    pub(crate) async fn proposal(&mut self, what: &str, answer: &str) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Proposal(RawInput::new(what), RawInput::new(answer))).await
    }

    pub(crate) async fn activate(&mut self) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Activate).await
    }

    pub(crate) async fn app(&mut self) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::App).await
    }

    pub(crate) async fn practice(&mut self) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Practice).await
    }

    pub(crate) async fn current(&mut self) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Current).await
    }

    pub(crate) async fn cancel(&mut self) -> Result<Registration, Refusal> {
        self.run(EnrollmentCommand::Cancel).await
    }

    /// Signs in and completes the steps up to the overview.
    pub(crate) async fn reach_overview(&mut self, world: &World, name: &str) -> Registration {
        let signed_in = self.sign_in(name, CURRENT_PASSWORD).await.unwrap();
        match signed_in.step {
            Stage::Code => self.code(&world.code_of(name)).await.unwrap(),
            Stage::Overview => signed_in,
            Stage::SignIn => unreachable!("{signed_in:?}"),
        }
    }
}

/// A browser at the wizard with the session of a practice run.
pub(crate) fn practice_browser(world: &World, enrollment: &EnrollmentBrowser) -> Browser {
    Browser { session: enrollment.practice.clone(), ..world.browser() }
}

pub(crate) fn overview(registration: &Registration) -> &Overview {
    registration.overview.as_ref().unwrap()
}

/// The kinds of the notices sent so far, in order.
pub(crate) fn sent_notices(world: &World) -> Vec<NoticeKind> {
    let sent = world.notifier.sent();
    let kinds = sent.iter().filter_map(|sent| match sent {
        SentMessage::NoticeKind(_, kind, _) => Some(*kind),
        SentMessage::Code(..) | SentMessage::Activation(..) => None,
    });
    kinds.collect()
}

/// The first code that was sent, and its number.
pub(crate) fn first_code(world: &World) -> (Mobile, String) {
    let sent = world.notifier.sent();
    let codes = sent.iter().filter_map(|sent| match sent {
        SentMessage::Code(_, to, code) => Some((to.clone(), code.expose().to_owned())),
        SentMessage::NoticeKind(..) | SentMessage::Activation(..) => None,
    });
    codes.into_iter().next().unwrap()
}

/// The readiness points that are fulfilled.
pub(crate) fn ready_points(registration: &Registration) -> Vec<Readiness> {
    overview(registration).points.iter().filter(|point| point.ready).map(|point| point.point).collect()
}
