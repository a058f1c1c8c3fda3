//! A browser at the registration, over the world of the workflow's tests.

use crate::reset::world::{Browser, FIRST, World};
use app::api::enrollment_state::{App, Overview, Readiness, Registration, Stage};
use app::api::refusal::Refusal;
use app::domain::raw_input::RawInput;
use jiff::SignedDuration;
pub(crate) use server::enrollment::EnrollmentConfig;
use server::enrollment::{Answer, EnrollmentClient, EnrollmentService};
use server::mobile::{Countries, Mobile};
use server::ports::notifier::NoticeKind;
use server::ports::rate_limits::Limit;
use server::ports::sessions::SessionId;
use server::reset::{self, Cookie};
use server::test_support::notifier::Said;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn terms() -> EnrollmentConfig {
    EnrollmentConfig {
        enabled: true,
        allowed_networks: vec!["10.0.0.0/8".parse().unwrap()],
        waiting_time: DAY,
        countries: Countries::parse(&["NL".to_owned()]).unwrap(),
        sign_ins: Limit { most: 5, window: Duration::from_mins(30) },
        lockout_margin: 2,
        confirm_numbers: false,
        write_mobile: false,
    }
}

/// A world in which E.Hendriks has nothing, and A.Janssen a birthdate and the app.
pub(crate) async fn world() -> World {
    let world = World::new().await;
    world.directory.hire("E.Hendriks", "Eva Hendriks", FIRST);
    for login in ["A.Janssen", "E.Hendriks"] {
        let mail = format!("{}@example.org", login.to_lowercase());
        world.directory.edit(login, |member| member.account.mail = Some(mail.clone()));
    }
    world.onboarding.add("A.Janssen", App::Active);
    world.onboarding.add("E.Hendriks", App::None);
    world
}

/// A browser on one of the organisation's own networks.
#[derive(Clone)]
pub(crate) struct RequestContext {
    pub(crate) registrar: Arc<EnrollmentService>,
    pub(crate) session: Option<SessionId>,
    pub(crate) practice: Option<SessionId>,
}

impl RequestContext {
    pub(crate) fn at(world: &World) -> Self {
        Self::under(world, terms())
    }

    pub(crate) fn under(world: &World, terms: EnrollmentConfig) -> Self {
        Self { registrar: EnrollmentService::new(world.workflow(), terms), session: None, practice: None }
    }

    fn caller(&self) -> EnrollmentClient {
        let reset = reset::ClientContext { visit: None, device: None, address: "10.0.0.7".parse().unwrap() };
        EnrollmentClient { session: self.session.clone(), reset }
    }

    fn took(&mut self, answer: Result<Answer, Answer>) -> Result<Registration, Refusal> {
        let (Ok(answer) | Err(answer)) = answer;
        self.practice = answer.practice.or(self.practice.take());
        match answer.cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.session = Some(id),
            Cookie::Clear => self.session = None,
        }
        answer.outcome
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Result<Registration, Refusal> {
        let answer =
            self.registrar.sign_in(&self.caller(), &RawInput::new(name), &RawInput::new(password)).await;
        self.took(answer)
    }

    pub(crate) async fn code(&mut self, code: &str) -> Result<Registration, Refusal> {
        let answer = self.registrar.code(&self.caller(), &RawInput::new(code)).await;
        self.took(answer)
    }

    pub(crate) async fn birthdate(&mut self, date: &str) -> Result<Registration, Refusal> {
        let answer = self.registrar.birthdate(&self.caller(), &RawInput::new(date)).await;
        self.took(answer)
    }

    pub(crate) async fn mobile(&mut self, mobile: &str) -> Result<Registration, Refusal> {
        let answer = self.registrar.mobile(&self.caller(), &RawInput::new(mobile)).await;
        self.took(answer)
    }

    pub(crate) async fn confirm(&mut self, code: &str) -> Result<Registration, Refusal> {
        let answer = self.registrar.confirm(&self.caller(), &RawInput::new(code)).await;
        self.took(answer)
    }

    pub(crate) async fn proposal(&mut self, what: &str, answer: &str) -> Result<Registration, Refusal> {
        let (what, answer) = (RawInput::new(what), RawInput::new(answer));
        let answer = self.registrar.proposal(&self.caller(), &what, &answer).await;
        self.took(answer)
    }

    pub(crate) async fn activate(&mut self) -> Result<Registration, Refusal> {
        let answer = self.registrar.activate(&self.caller()).await;
        self.took(answer)
    }

    pub(crate) async fn app(&mut self) -> Result<Registration, Refusal> {
        let answer = self.registrar.app(&self.caller()).await;
        self.took(answer)
    }

    pub(crate) async fn practice(&mut self) -> Result<Registration, Refusal> {
        let answer = self.registrar.practice(&self.caller()).await;
        self.took(answer)
    }

    pub(crate) async fn current(&mut self) -> Result<Registration, Refusal> {
        let answer = self.registrar.current(&self.caller()).await;
        self.took(answer)
    }

    pub(crate) async fn cancel(&mut self) -> Result<Registration, Refusal> {
        let answer = self.registrar.cancel(&self.caller()).await;
        self.took(answer)
    }

    /// As far as the overview.
    pub(crate) async fn enter(&mut self, world: &World, name: &str) -> Registration {
        let entered = self.sign_in(name, FIRST).await.unwrap();
        match entered.step {
            Stage::Code => self.code(&world.code_of(name)).await.unwrap(),
            Stage::Overview => entered,
            Stage::SignIn => unreachable!("{entered:?}"),
        }
    }
}

/// The wizard's browser with the visit of a practice run.
pub(crate) fn wizard(world: &World, desk: &RequestContext) -> Browser {
    Browser { visit: desk.practice.clone(), ..world.browser() }
}

pub(crate) fn overview(registration: &Registration) -> &Overview {
    registration.overview.as_ref().unwrap()
}

/// What the owners were told, in order.
pub(crate) fn told(world: &World) -> Vec<NoticeKind> {
    let said = world.notices.said();
    let happened = said.iter().filter_map(|said| match said {
        Said::NoticeKind(_, happened, _) => Some(*happened),
        Said::Code(..) => None,
    });
    happened.collect()
}

/// The code that was sent first, and to which number.
pub(crate) fn sent(world: &World) -> (Mobile, String) {
    let said = world.notices.said();
    let codes = said.iter().filter_map(|said| match said {
        Said::Code(_, to, code) => Some((to.clone(), code.expose().to_owned())),
        Said::NoticeKind(..) => None,
    });
    codes.into_iter().next().unwrap()
}

/// Which points are green.
pub(crate) fn ready(registration: &Registration) -> Vec<Readiness> {
    overview(registration).points.iter().filter(|point| point.ready).map(|point| point.point).collect()
}
