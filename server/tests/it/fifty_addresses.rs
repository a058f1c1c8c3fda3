//! A21: fifty addresses guess the birthdate and the codes of A.Janssen for ten simulated minutes. Her account stays usable
//! for herself, and the operator sees the attack.
//!
//! The service runs in this process with the shipped limits, behind a proxy that reports the addresses. It has the real
//! adapters: the directory and Entrust are the simulators, store and audit log are files. Its clock is that of the machine
//! plus an offset: the minutes between two rounds of the attack are simulated, and the calls to other systems take real time.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

use crate::product::world::{Browser, CURRENT_PASSWORD, NEW_PASSWORD, Product};
use async_trait::async_trait;
use end2end::entrust::Endpoint;
use futures::future::join_all;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use serde_json::{Value, json};
use server::config::Settings;
use server::ports::clock::Clock;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

const OWNER: &str = "A.Janssen";
const BIRTHDATE: Date = date(1984, 10, 1);
const ADDRESSES: usize = 50;
const DURATION: SignedDuration = SignedDuration::from_mins(10);
/// Rounds in the ten minutes; in each, every address makes one attempt.
const ROUNDS: i32 = 6;
const WORKPLACE: &str = "203.0.113.20";
const AT_HOME: &str = "198.51.100.30";
/// The attempts of strangers on one account in a day, as shipped (`limits.account_failures`).
const ACCOUNT_FAILURES: usize = 3;
/// The attempts that Entrust allows.
const ENTRUST_MAX: u32 = 5;
/// The attempts that strangers leave there, as shipped (`limits.entrust_reserve`).
const ENTRUST_RESERVE: u32 = 2;

const SETTINGS: &str = "[limits]\nown_networks = [\"203.0.113.0/24\"]\n\
                        [registration]\nallowed_networks = [\"203.0.113.0/24\"]\n";

/// The clock of the machine plus an offset.
#[derive(Default)]
struct OffsetClock(Mutex<SignedDuration>);

impl OffsetClock {
    fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

#[async_trait]
impl Clock for OffsetClock {
    #[expect(clippy::disallowed_methods, reason = "the directory and Entrust have the time of the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now() + *self.0.lock().unwrap()
    }

    async fn wait_until(&self, time: Timestamp) {
        let wait = time.duration_since(self.now());
        tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
    }
}

/// The service with this clock.
struct World {
    product: Product,
    clock: Arc<OffsetClock>,
    origin: String,
    recorder: PrometheusRecorder,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl World {
    async fn new() -> Self {
        let mut product = Product::with_shipped_settings(SETTINGS).await;
        // Its store, audit log and simulators go on with the service in this process.
        product.demo.kill().await.unwrap();
        let mut settings = Settings::load(&product.demo.settings()).unwrap();
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        let mut deps = server::deps(&settings).await.unwrap();
        let clock = Arc::new(OffsetClock::default());
        deps.clock = Arc::clone(&clock) as _;
        let app = server::router(deps, &settings).unwrap();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { product, clock, origin, recorder: PrometheusBuilder::new().build_recorder(), server }
    }

    fn browser(&self, address: &str) -> Browser {
        let origin = self.origin.clone();
        Browser { origin, address: Some(address.to_owned()), ..self.product.browser() }
    }

    fn owner_code(&self) -> String {
        self.product.code(OWNER)
    }

    /// The value of a metric, all its labels together.
    fn metric(&self, name: &str) -> u64 {
        let text = self.recorder.handle().render();
        let lines = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// The reasons and networks of all `not_verified` in the audit log.
    fn not_verified(&self) -> Vec<(String, String)> {
        let entries = self.product.audit_log();
        let entries = entries.iter().filter(|entry| entry["event"]["event"] == "not_verified");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        entries.map(|entry| (text(&entry["event"]["reason"]), text(&entry["network"]))).collect()
    }

    fn count(&self, reason: &str) -> usize {
        self.not_verified().iter().filter(|(found, _)| found == reason).count()
    }

    /// Neither Entrust nor the directory has locked the owner or is about to.
    fn assert_nothing_is_locked(&self) {
        let left = self.product.demo.entrust.attempts_left(OWNER).unwrap();
        assert!(left >= ENTRUST_RESERVE, "{left} attempts left at Entrust");
        let entry = self.product.directory().entry(OWNER).unwrap();
        assert_eq!(entry.number("lockoutTime").unwrap_or(0), 0);
        assert_eq!(entry.number("badPwdCount").unwrap_or(0), 0);
    }
}

/// The attackers.
struct Attack<'a> {
    world: &'a World,
    browsers: Vec<Browser>,
    knows_birthdate: bool,
    next_date: Date,
    attempts: usize,
}

impl<'a> Attack<'a> {
    fn new(world: &'a World, knows_birthdate: bool) -> Self {
        // Each in a /24 of its own, so that no limit of a wider network stops them.
        let browsers = (0..ADDRESSES).map(|number| world.browser(&format!("198.18.{number}.7"))).collect();
        Self { world, browsers, knows_birthdate, next_date: date(1984, 1, 1), attempts: 0 }
    }

    fn birthdate(&mut self) -> String {
        if self.knows_birthdate {
            return BIRTHDATE.to_string();
        }
        self.next_date += 1.day();
        // The lucky guess is the other test.
        if self.next_date == BIRTHDATE {
            self.next_date += 1.day();
        }
        self.next_date.to_string()
    }

    /// Each of the first addresses tries one birthdate and one code, at the same time.
    async fn attempt(&mut self, addresses: usize) {
        let guesses: Vec<_> = (0..addresses)
            // Six digits, all different; codes of the simulator have eight.
            .map(|number| (self.birthdate(), format!("{:06}", self.attempts + number)))
            .collect();
        let attempts =
            self.browsers.iter_mut().zip(&guesses).map(|(browser, (birthdate, code))| async move {
                assert_eq!(browser.identify(OWNER).await.outcome(), "birthdate");
                assert_eq!(browser.birthdate(birthdate).await.outcome(), "code");
                assert_eq!(browser.code(code).await.outcome(), "not_verified");
            });
        join_all(attempts).await;
        self.attempts += addresses;
    }

    /// Half of the ten minutes.
    async fn half(&mut self) {
        for _ in 0..ROUNDS / 2 {
            self.attempt(ADDRESSES).await;
            self.world.clock.advance(DURATION / ROUNDS);
        }
    }

    /// Each address starts sessions until a limit stops it.
    async fn flood(&mut self) {
        let addresses = self
            .browsers
            .iter_mut()
            .map(|browser| async move { while browser.identify(OWNER).await.status != 429 {} });
        join_all(addresses).await;
    }
}

/// The owner resets her password, while the attackers go on between her steps.
async fn reset(attack: &mut Attack<'_>, browser: &mut Browser, password: &str) {
    let world = attack.world;
    assert_eq!(browser.identify(OWNER).await.outcome(), "birthdate");
    attack.attempt(10).await;
    assert_eq!(browser.birthdate(&BIRTHDATE.to_string()).await.outcome(), "code");
    attack.attempt(10).await;
    let answer = browser.code(&world.owner_code()).await;
    assert_eq!(answer.outcome(), "password", "{}", answer.json);
    attack.attempt(10).await;
    let answer = browser.password(password).await;
    assert_eq!(answer.outcome(), "done", "{}", answer.json);
    assert!(world.product.directory().has_password(OWNER, password));
}

#[tokio::test]
async fn a21_owner_resets_in_any_browser_while_fifty_addresses_guess_her_birthdate() {
    let world = World::new().await;
    let _metrics = metrics::set_default_local_recorder(&world.recorder);
    let mut attack = Attack::new(&world, false);
    attack.half().await;
    let mut phone = world.browser(AT_HOME);
    reset(&mut attack, &mut phone, NEW_PASSWORD).await;
    attack.half().await;
    world.assert_nothing_is_locked();
    // A phone that the service has never seen.
    let mut other_phone = world.browser("198.51.100.31");
    reset(&mut attack, &mut other_phone, &format!("{NEW_PASSWORD}2")).await;

    // None of the guesses reached her token.
    let entrust = &world.product.demo.entrust;
    assert_eq!(entrust.count_for(Endpoint::Complete, OWNER), 2);
    assert_eq!(entrust.attempts_left(OWNER), Some(ENTRUST_MAX));
    // The operator sees it: the counters, and each attempt with its reason and network.
    let attempts = attack.attempts;
    assert!(attempts >= 300, "{attempts}");
    assert_eq!(world.metric("reset_not_verified_total"), attempts as u64);
    assert_eq!(world.metric("reset_passwords_set_total"), 2);
    assert_eq!(world.count("wrong_birthdate"), attempts);
    let networks: HashSet<_> = world.not_verified().into_iter().map(|(_, network)| network).collect();
    assert_eq!(networks.len(), ADDRESSES);
}

#[tokio::test]
async fn a21_owner_resets_from_her_own_phone_while_fifty_addresses_know_her_birthdate() {
    let world = World::new().await;
    let _metrics = metrics::set_default_local_recorder(&world.recorder);
    // Her phone is known: she registered with it at work, with a code of the app.
    let mut phone = world.browser(WORKPLACE);
    let credentials = json!({ "username": OWNER, "password": CURRENT_PASSWORD });
    phone.post_registration("sign_in", &credentials).await;
    phone.post_registration("code", &json!({ "code": world.owner_code() })).await;
    assert!(phone.device.is_some());
    // At home it has another address.
    phone.address = Some(AT_HOME.to_owned());

    let mut attack = Attack::new(&world, true);
    attack.half().await;
    reset(&mut attack, &mut phone, NEW_PASSWORD).await;
    attack.half().await;
    world.assert_nothing_is_locked();
    // Strangers have used up their attempts on her account, so an unknown browser at home is refused like theirs …
    let mut unknown = world.browser("198.51.100.31");
    assert_eq!(unknown.identify(OWNER).await.outcome(), "birthdate");
    assert_eq!(unknown.birthdate(&BIRTHDATE.to_string()).await.outcome(), "code");
    assert_eq!(unknown.code(&world.owner_code()).await.outcome(), "not_verified");
    // … and now no unknown browser can even start, but her own phone and a browser at work go on.
    attack.flood().await;
    let mut at_work = world.browser(WORKPLACE);
    for (browser, suffix) in [(&mut phone, "2"), (&mut at_work, "3")] {
        assert_eq!(browser.identify(OWNER).await.outcome(), "birthdate");
        assert_eq!(browser.birthdate(&BIRTHDATE.to_string()).await.outcome(), "code");
        assert_eq!(browser.code(&world.owner_code()).await.outcome(), "password");
        assert_eq!(browser.password(&format!("{NEW_PASSWORD}{suffix}")).await.outcome(), "done");
    }
    world.assert_nothing_is_locked();

    let attempts = attack.attempts;
    assert!(attempts >= 300, "{attempts}");
    assert_eq!(world.count("wrong_code"), ACCOUNT_FAILURES);
    // Of simultaneous attempts on one account one is verified; the others count nothing.
    let (spent, simultaneous) = (world.count("budget_spent"), world.count("another_attempt"));
    assert_eq!(spent + simultaneous, attempts - ACCOUNT_FAILURES + 1);
    assert!(spent > 0, "{spent} {simultaneous}");
    assert_eq!(world.metric("reset_not_verified_total"), attempts as u64 + 1);
    let text = world.recorder.handle().render();
    assert!(text.contains("reset_limited_total{call=\"identify\",limit=\"global\"}"), "{text}");
    // The attempts of strangers are back the next day; the store counts in slices of a tenth of it.
    world.clock.advance(SignedDuration::from_hours(27));
    assert_eq!(unknown.identify(OWNER).await.outcome(), "birthdate");
    assert_eq!(unknown.birthdate(&BIRTHDATE.to_string()).await.outcome(), "code");
    let answer = unknown.code(&world.owner_code()).await;
    assert_eq!(answer.outcome(), "password", "{:?}", world.not_verified().last());
}
