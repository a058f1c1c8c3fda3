//! A browser of an agent and one of a caller, over the fixture of the reset tests.

use crate::reset::world::{BIRTHDATE, Browser, CURRENT_PASSWORD, World};
use app::api::ResetCommand;
use app::api::enrollment_state::Source;
use app::api::refusal::Refusal;
use app::api::service_desk::ServiceDeskCommand;
use app::api::service_desk_state::{Caller, ServiceDesk};
use app::api::step::{Purpose, Step};
use app::domain::raw_input::RawInput;
use app::static_pages::overview::Overview;
use jiff::SignedDuration;
use server::coverage::CoverageConfig;
use server::enrollment::sign_in_limits::SignInLimits;
use server::mobile::{Countries, Mobile};
use server::ports::clock::Clock as _;
use server::ports::frozen_accounts::{Freeze, FreezeOrigin, FrozenAccounts as _};
use server::ports::rate_limits::Limit;
use server::ports::records::{Records as _, RegisteredValue};
use server::ports::sessions::SessionId;
use server::record_values;
use server::reset::{self, Cookie, ServiceDeps, SharedComponents};
use server::service_desk::{Answer, DeskClient, ServiceDeskConfig, ServiceDeskService};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

const AGENTS: &str = "CN=Servicedesk,OU=Groups,DC=fake";
const LEADS: &str = "CN=Servicedesk leads,OU=Groups,DC=fake";
pub(crate) const AGENT: &str = "D.Dekker";
pub(crate) const LEAD: &str = "L.Lubbers";
pub(crate) const CALLER: &str = "A.Janssen";

pub(crate) fn desk_config() -> ServiceDeskConfig {
    let limit = |max, minutes| Limit { max, window: Duration::from_mins(minutes) };
    ServiceDeskConfig {
        allowed_networks: vec!["10.0.0.0/8".parse().unwrap()],
        groups: vec![AGENTS.to_owned()],
        lead_groups: vec![LEADS.to_owned()],
        domains: server::config::shipped_organisation().unwrap().domains,
        session_max: SignedDuration::from_hours(8),
        session_idle: SignedDuration::from_mins(30),
        lockout_margin: 2,
        sign_ins: SignInLimits {
            per_name_and_address: limit(5, 30),
            per_name: limit(12, 30),
            per_address: limit(20, 30),
            total: limit(40, 30),
        },
        wrong_call_codes: limit(3, 60),
        look_ups: limit(4, 60),
        start_codes: limit(6, 24 * 60),
        waiting_time: SignedDuration::from_hours(24),
        device_lifetime: SignedDuration::from_hours(24),
        coverage: CoverageConfig {
            birthdate_from_directory: false,
            require_mobile: false,
            countries: Countries::parse(&["NL".to_owned()]).unwrap(),
        },
    }
}

/// A world with a caller, an agent and a lead, in which the wizard offers call codes.
pub(crate) async fn world() -> World {
    let mut world = World::new().await;
    world.config.site.calls = true;
    for (login, group) in [(AGENT, AGENTS), (LEAD, LEADS)] {
        world.add_registered(login, &format!("Desk {login}")).await;
        world.otp_provider.add(login);
        world.directory.edit(login, |member| member.groups = vec![group.to_owned()]);
    }
    world
}

/// A browser of the service desk, which stores its cookie.
#[derive(Clone)]
pub(crate) struct DeskBrowser {
    pub(crate) service: Arc<ServiceDeskService>,
    pub(crate) session: Option<SessionId>,
    pub(crate) address: IpAddr,
}

impl DeskBrowser {
    pub(crate) fn new(world: &World) -> Self {
        Self::with(world, &world.deps(), desk_config())
    }

    /// A browser of a service over these ports.
    pub(crate) fn with(world: &World, deps: &ServiceDeps, config: ServiceDeskConfig) -> Self {
        let shared = SharedComponents::new(deps, &world.config);
        let collected = Some(Arc::clone(&world.store) as _);
        let service = ServiceDeskService::new(deps, &shared, collected, config);
        Self { service, session: None, address: IpAddr::from([10, 0, 0, 9]) }
    }

    /// Signs in an agent.
    pub(crate) async fn signed_in(world: &World, name: &str) -> Self {
        Self::signed_in_with(world, name, desk_config()).await
    }

    pub(crate) async fn signed_in_with(world: &World, name: &str, config: ServiceDeskConfig) -> Self {
        let mut browser = Self::with(world, &world.deps(), config);
        browser.sign_in(name, CURRENT_PASSWORD).await.unwrap();
        browser.code(&world.code_of(name)).await.unwrap();
        browser
    }

    fn client(&self) -> DeskClient {
        let reset = reset::ClientContext { session: None, device: None, address: self.address };
        DeskClient { session: self.session.clone(), reset }
    }

    pub(crate) async fn overview(&self) -> Result<Overview, Refusal> {
        self.service.overview(&self.client()).await
    }

    pub(crate) async fn overview_csv(&self) -> Result<String, Refusal> {
        self.service.overview_csv(&self.client()).await.map(|file| file.content)
    }

    async fn run(&mut self, command: ServiceDeskCommand) -> Result<ServiceDesk, Refusal> {
        let client = self.client();
        let (Ok(answer) | Err(answer)) = self.service.run(&client, command).await;
        let Answer { outcome, cookie } = answer;
        match cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.session = Some(id),
            Cookie::Clear => self.session = None,
        }
        outcome
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::SignIn(RawInput::new(name), RawInput::new(password))).await
    }

    pub(crate) async fn code(&mut self, code: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::Code(RawInput::new(code))).await
    }

    pub(crate) async fn caller(&mut self, call_code: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::Caller(RawInput::new(call_code))).await
    }

    pub(crate) async fn end_call(&mut self) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::EndCall).await
    }

    pub(crate) async fn trail(&mut self, reference: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::Trail(RawInput::new(reference))).await
    }

    pub(crate) async fn act(&mut self, action: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::Act(RawInput::new(action))).await
    }

    pub(crate) async fn request_start_code(&mut self, name: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::RequestStartCode(RawInput::new(name))).await
    }

    pub(crate) async fn approve_start_code(
        &mut self,
        name: &str,
        identity: Option<&str>,
    ) -> Result<ServiceDesk, Refusal> {
        let shown = self.current().await?;
        let id = shown.start_codes.iter().find(|code| code.username == name).map(|code| code.id.clone());
        self.approve_request(name, &id.unwrap_or_default(), identity).await
    }

    pub(crate) async fn approve_request(
        &mut self,
        name: &str,
        id: &str,
        identity: Option<&str>,
    ) -> Result<ServiceDesk, Refusal> {
        let (name, id, identity) = (RawInput::new(name), RawInput::new(id), identity.map(RawInput::new));
        self.run(ServiceDeskCommand::ApproveStartCode(name, id, identity)).await
    }

    pub(crate) async fn show_start_code(&mut self, name: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::ShowStartCode(RawInput::new(name))).await
    }

    pub(crate) async fn withdraw_start_code(&mut self, name: &str) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::WithdrawStartCode(RawInput::new(name))).await
    }

    pub(crate) async fn current(&mut self) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::Current).await
    }

    pub(crate) async fn cancel(&mut self) -> Result<ServiceDesk, Refusal> {
        self.run(ServiceDeskCommand::Cancel).await
    }
}

/// Freezes an account and lifts the freeze a second later.
pub(crate) async fn freeze_and_lift(world: &World, name: &str) {
    let id = world.directory.member(name).unwrap().account.id;
    let (by, reference) = (FreezeOrigin::Link, "WWWW-0001".to_owned());
    let freeze = Freeze { since: world.clock.now(), by, reference };
    world.store.freeze(id, &freeze).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
    world.store.lift_freeze(id, world.clock.now()).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
}

/// Registers a mobile number for an account that has a record.
pub(crate) async fn register_number(world: &World, name: &str, number: &str) -> Mobile {
    let id = world.directory.member(name).unwrap().account.id;
    let number = Mobile::parse(number, &Countries::parse(&["NL".to_owned()]).unwrap()).unwrap();
    let stored = world.store.load(id).await.unwrap().unwrap();
    let sealed = record_values::seal(&world.keys, id, &number).unwrap();
    let mut record = stored.record;
    record.mobile = Some(RegisteredValue::by(Source::Employee, sealed, world.clock.now()));
    world.store.store(id, &record, Some(stored.revision)).await.unwrap();
    number
}

/// A caller at the wizard, who chose to call the service desk.
pub(crate) async fn calling(world: &World, name: &str) -> Browser {
    let mut browser = world.browser();
    let started = browser.run(ResetCommand::Identify(RawInput::new(name), Some(RawInput::new("call")))).await;
    assert!(matches!(started, Ok(Step::Birthdate { purpose: Purpose::Call, .. })), "{started:?}");
    browser.birthdate(BIRTHDATE).await.unwrap();
    browser
}

/// The call code of a caller who is verified.
pub(crate) async fn call_code_of(world: &World, name: &str) -> String {
    let step = calling(world, name).await.code(&world.code_of(name)).await.unwrap();
    let Step::Call { call_code, expires_in, .. } = step else { unreachable!("{step:?}") };
    assert_eq!((call_code.len(), expires_in), (6, 300));
    call_code
}

pub(crate) fn caller(desk: &ServiceDesk) -> &Caller {
    desk.caller.as_ref().unwrap()
}
