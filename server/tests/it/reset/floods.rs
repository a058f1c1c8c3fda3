//! Floods of calls: no client can use up the limits of those who are in the middle of a reset, of own networks or of known
//! devices.

use super::world::{Browser, NEW_PASSWORD, World, name};
use app::api::ResetCommand;
use app::api::refusal::Refusal;
use app::api::step::Step;
use app::domain::raw_input::RawInput;
use server::ports::directory::AccountId;
use server::ports::rate_limits::Limit;
use server::ports::sessions::SessionId;
use server::reset::{ClientContext, Cookie, ResetService};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

const OWN_NETWORK: &str = "198.51.100.7";
const OTHER_OWN_NETWORK: &str = "203.0.113.9";
const OTHER_NETWORK: &str = "2001:db8:600d:1::1";

fn per_ten_minutes(max: u32) -> Limit {
    Limit { max, window: Duration::from_mins(10) }
}

/// A world with the limits of the shipped settings and two own networks.
async fn world() -> World {
    let mut world = World::new().await;
    let limits = &mut world.config.limits;
    limits.per_address = per_ten_minutes(100);
    limits.per_own_network = per_ten_minutes(5000);
    limits.per_device = per_ten_minutes(20);
    limits.calls_per_session = 300;
    limits.global = per_ten_minutes(3000);
    limits.own_networks = vec!["198.51.100.0/24".parse().unwrap(), "203.0.113.9/32".parse().unwrap()];
    world
}

/// A client with these cookies at this address.
#[derive(Clone)]
struct Caller {
    service: Arc<ResetService>,
    context: ClientContext,
}

impl Caller {
    fn at(world: &World, address: &str) -> Self {
        let context = ClientContext { session: None, device: None, address: address.parse().unwrap() };
        Self { service: world.service(), context }
    }

    fn on_device(world: &World, device: AccountId, address: &str) -> Self {
        let mut caller = Self::at(world, address);
        caller.context.device = Some(device);
        caller
    }

    fn with_address(&self, address: IpAddr) -> Self {
        let context = ClientContext { address, ..self.context.clone() };
        Self { service: Arc::clone(&self.service), context }
    }

    async fn run(&mut self, command: ResetCommand) -> Result<Step, Refusal> {
        let (Ok(answer) | Err(answer)) = self.service.run(&self.context, command).await;
        match answer.cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.context.session = Some(id),
            Cookie::Clear => self.context.session = None,
        }
        answer.outcome
    }

    async fn identify(&mut self) -> &'static str {
        name(&self.run(ResetCommand::Identify(RawInput::new("A.Janssen"), None)).await)
    }

    /// Starts a session in a browser without a session; the name of the answer.
    async fn start(&self) -> &'static str {
        self.clone().identify().await
    }
}

/// Addresses in forty /64 networks of one /48.
fn forty_networks() -> impl Iterator<Item = IpAddr> {
    (0..40).map(|network| format!("2001:db8:bad:{network:x}::1").parse().unwrap())
}

/// Uses up the general share with calls of `identify` from forty /48 networks.
async fn use_up_general_share(world: &World) {
    let attacker = Caller::at(world, "2001:db8::1");
    for network in 0..40 {
        let attacker = attacker.with_address(format!("2001:db8:{network:x}::1").parse().unwrap());
        for _ in 0..50 {
            attacker.start().await;
        }
    }
    assert_eq!(Caller::at(world, OTHER_NETWORK).start().await, "too_many");
}

async fn mid_reset(world: &World) -> Browser {
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    browser
}

async fn assert_finishes(world: &World, browser: &mut Browser) {
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "password");
    assert_eq!(name(&browser.extend().await), "password");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn a18_flood_of_calls_without_a_session_from_one_customer_blocks_nobody_else() {
    let world = world().await;
    let mut employee = mid_reset(&world).await;
    let attacker = Caller::at(&world, "2001:db8::1");
    for address in forty_networks() {
        let mut attacker = attacker.with_address(address);
        for _ in 0..50 {
            let _answer = attacker.run(ResetCommand::Cancel).await;
        }
    }
    assert_eq!(Caller::at(&world, OTHER_NETWORK).start().await, "birthdate");
    assert_eq!(Caller::at(&world, OWN_NETWORK).start().await, "birthdate");
    let device = world.add_registered("B.Smits", "Bram Smits").await;
    assert_eq!(Caller::on_device(&world, device, OTHER_NETWORK).start().await, "birthdate");
    assert_finishes(&world, &mut employee).await;
}

#[tokio::test]
async fn a18_started_sessions_cannot_use_up_the_reserves_or_stop_open_sessions() {
    let world = world().await;
    let device = world.add_registered("B.Smits", "Bram Smits").await;
    let mut employee = mid_reset(&world).await;
    use_up_general_share(&world).await;
    assert_eq!(Caller::at(&world, OWN_NETWORK).start().await, "birthdate");
    assert_eq!(Caller::at(&world, OTHER_OWN_NETWORK).start().await, "birthdate");
    assert_eq!(Caller::on_device(&world, device, OTHER_NETWORK).start().await, "birthdate");
    assert_finishes(&world, &mut employee).await;
}

#[tokio::test]
async fn known_device_can_start_although_its_address_is_exhausted() {
    let world = world().await;
    let device = world.add_registered("B.Smits", "Bram Smits").await;
    let neighbour = Caller::at(&world, OTHER_NETWORK);
    while neighbour.start().await != "too_many" {}
    assert_eq!(Caller::on_device(&world, device, OTHER_NETWORK).start().await, "birthdate");
}

#[tokio::test]
async fn one_device_cannot_use_up_the_reserve_of_the_devices() {
    let world = world().await;
    let [one, other] = [("B.Smits", "Bram Smits"), ("C.Peters", "Carla Peters")];
    let (one, other) =
        (world.add_registered(one.0, one.1).await, world.add_registered(other.0, other.1).await);
    use_up_general_share(&world).await;
    let mut started = 0;
    while Caller::on_device(&world, one, OTHER_NETWORK).start().await == "birthdate" {
        started += 1;
    }
    assert_eq!(started, 20, "limits.per_device");
    assert_eq!(Caller::on_device(&world, other, OTHER_NETWORK).start().await, "birthdate");
}

#[tokio::test]
async fn one_own_network_cannot_use_up_the_reserve_of_the_own_networks() {
    let world = world().await;
    use_up_general_share(&world).await;
    let (one, other) = (Caller::at(&world, OWN_NETWORK), Caller::at(&world, OTHER_OWN_NETWORK));
    let mut started = 0;
    while one.start().await == "birthdate" {
        started += 1;
    }
    assert_eq!(started, 375, "half of a quarter of 3000");
    assert_eq!(other.start().await, "birthdate");
}

#[tokio::test]
async fn addresses_of_one_customer_are_limited_together() {
    let world = world().await;
    let attacker = Caller::at(&world, "2001:db8::1");
    let mut started = 0;
    for address in forty_networks() {
        let attacker = attacker.with_address(address);
        for _ in 0..100 {
            started += u32::from(attacker.start().await == "birthdate");
        }
    }
    assert_eq!(started, 400, "a /56 allows four times per_address");
    let attacker = attacker.with_address("192.0.2.1".parse().unwrap());
    let mut started = 0;
    for host in 0..40 {
        let attacker = attacker.with_address(format!("192.0.2.{host}").parse().unwrap());
        for _ in 0..50 {
            started += u32::from(attacker.start().await == "birthdate");
        }
    }
    assert_eq!(started, 800, "an IPv4 /24 allows eight times per_address");
}

#[tokio::test]
async fn invented_session_cookie_is_counted_as_no_session() {
    let world = world().await;
    let mut attacker = Caller::at(&world, "2001:db8::1");
    let mut refused = 0;
    for number in 0..101_u8 {
        attacker.context.session = Some(SessionId(Zeroizing::new([number; 32])));
        refused += u32::from(name(&attacker.run(ResetCommand::Extend).await) == "too_many");
    }
    assert_eq!(refused, 1, "the address allows a hundred");
}

#[tokio::test]
async fn calls_of_one_session_are_limited() {
    let mut world = world().await;
    world.config.limits.per_address = per_ten_minutes(0);
    world.config.limits.calls_per_session = 3;
    let mut browser = mid_reset(&world).await;
    for expected in ["code", "code", "too_many", "too_many"] {
        assert_eq!(name(&browser.extend().await), expected);
    }
    assert_eq!(name(&mid_reset(&world).await.extend().await), "code", "another session");
}
