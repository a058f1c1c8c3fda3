//! Runs 200 resets against two Samba domain controllers while the first one is killed, stopped and restarted at
//! random. The password that the last screen confirmed must sign in at both controllers.

use super::world::{BIRTHDATE, Browser, CURRENT_PASSWORD, World, name};
use crate::directory::{Trust, config, found, now};
use app::domain::password::Password;
use end2end::samba::{Controller, Pair, spare};
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use jiff::SignedDuration;
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::Directory as _;
use server::test_support::otp_provider::FakeOtpProvider;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const RESETS: u8 = 200;
/// Other tests use the spare accounts with lower numbers.
const FIRST_SPARE: u8 = 21;
const MAX_PARALLEL_RESETS: usize = 4;
/// Shorter than the longest stop of a controller, so that some writes get no answer.
const LDAP_TIMEOUT: Duration = Duration::from_secs(1);

/// A linear congruential generator. `SEED` sets the seed; without it every run has a new one. The run prints it.
struct RandomNumbers {
    seed: u64,
    state: AtomicU64,
}

impl RandomNumbers {
    fn new() -> Self {
        let seed = match std::env::var("SEED") {
            Ok(seed) => seed.parse().expect("SEED is a number"),
            Err(_) => u64::from_le_bytes(server::random::bytes().unwrap()),
        };
        eprintln!("SEED={seed}");
        Self { seed, state: AtomicU64::new(seed) }
    }

    fn below(&self, limit: u64) -> u64 {
        const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
        let next = |state: u64| state.wrapping_mul(MULTIPLIER).wrapping_add(1_442_695_040_888_963_407);
        let state = self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| Some(next(state)));
        (next(state.unwrap()) >> 33) % limit
    }

    async fn sleep_millis(&self, min: u64, max: u64) {
        tokio::time::sleep(Duration::from_millis(min + self.below(max - min))).await;
    }
}

/// Kills and restarts, or stops and resumes, the controller until `finished`. Returns how often it did each.
async fn inject_faults(controller: &Controller, random: &RandomNumbers, finished: &AtomicBool) -> [u32; 2] {
    let mut counts = [0; 2];
    while !finished.load(Ordering::SeqCst) {
        random.sleep_millis(200, 1500).await;
        if random.below(2) == 0 {
            controller.kill();
            random.sleep_millis(100, 2000).await;
            controller.restart().await.unwrap();
            counts[0] += 1;
        } else {
            controller.stop().unwrap();
            random.sleep_millis(100, 3000).await;
            controller.resume().unwrap();
            counts[1] += 1;
        }
    }
    counts
}

/// What one employee saw during a reset.
struct ResetResult {
    login: String,
    /// The password that is valid according to the screens.
    password: String,
    screens: Vec<&'static str>,
}

/// Runs a reset from the user name to the last screen. Repeats a step while a system is unavailable.
async fn reset(world: &World, mut browser: Browser, login: String, random: &RandomNumbers) -> ResetResult {
    // The policy refuses a password that contains a part of the user name, and three digits are one.
    let number = login.trim_start_matches("Reserve.").chars();
    let number: Vec<String> = number.map(String::from).collect();
    let number = number.join(".");
    let mut colours = ["Paars", "Groen", "Blauw", "Oranje"].into_iter().cycle();
    let mut next_password = || format!("Molen-{number}-Kanaal-{}", colours.next().unwrap_or_default());
    let mut new_password = next_password();
    let mut result = ResetResult { password: CURRENT_PASSWORD.to_owned(), screens: Vec::new(), login };
    while !(browser.identify(&result.login).await.is_ok() && browser.birthdate(BIRTHDATE).await.is_ok()) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    loop {
        let answer = name(&browser.code(&world.code_of(&result.login)).await);
        if answer == "password" {
            break;
        }
        assert_eq!(answer, "unavailable", "{}", result.login);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut answer = browser.password(&new_password).await;
    loop {
        let screen = name(&answer);
        result.screens.push(screen);
        answer = match screen {
            "done" => {
                result.password = new_password;
                return result;
            }
            // The outcome is not known yet; the screen polls.
            "outcome_unknown" | "in_progress" => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                browser.current().await
            }
            // The screen says that the old password is still valid. Half of the users stop, the others try another.
            "unavailable" | "password" if random.below(2) == 0 => return result,
            "unavailable" | "password" => {
                new_password = next_password();
                browser.password(&new_password).await
            }
            _ => unreachable!("{}: {answer:?}", result.login),
        };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[expect(clippy::print_stdout, reason = "the summary of the run, shown with --nocapture")]
async fn a25_password_shown_as_set_signs_in_whatever_happens_to_a_controller() {
    let trust = Trust::new();
    let pair = Pair::start(&trust.authority).await.unwrap();
    let short_timeouts = |urls| LdapConfig {
        connect_timeout: LDAP_TIMEOUT,
        operation_timeout: LDAP_TIMEOUT,
        ..config(urls, trust.file.path())
    };
    let directory = Arc::new(ActiveDirectory::new(short_timeouts(pair.urls()), now()).unwrap());
    let logins: Vec<String> = (FIRST_SPARE..FIRST_SPARE + RESETS).map(spare).collect();
    let mut world = World::new().await;
    world.otp_provider = Arc::new(FakeOtpProvider::new().with(logins.iter().map(String::as_str)));
    world.config.min_response_time = SignedDuration::ZERO;
    let default_timeouts = ActiveDirectory::new(config(pair.urls(), trust.file.path()), now()).unwrap();
    for login in &logins {
        world.register(found(&default_timeouts, login).await.id).await;
    }
    let (random, finished) = (RandomNumbers::new(), AtomicBool::new(false));
    let service = world.service_with_directory(directory.clone(), Arc::new(SystemClock));
    let resets = async {
        let start = |login: String| {
            let browser = Browser {
                service: service.clone(),
                session: None,
                device: None,
                address: [192, 0, 2, 1].into(),
            };
            reset(&world, browser, login, &random)
        };
        let results: Vec<ResetResult> =
            stream::iter(logins).map(start).buffer_unordered(MAX_PARALLEL_RESETS).collect().await;
        finished.store(true, Ordering::SeqCst);
        results
    };
    let (results, [killed, stopped]) = tokio::join!(resets, inject_faults(&pair.dc1, &random, &finished));
    let seed = random.seed;
    assert!(killed > 0 && stopped > 0, "seed {seed}: killed {killed}, stopped {stopped}");
    pair.wait_until_replicated().await.unwrap();
    let mut screens: BTreeMap<&str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for result in &results {
        for screen in &result.screens {
            *screens.entry(screen).or_default() += 1;
        }
        let checks = pair.both().map(|controller| {
            // With the default timeouts: the machine may be busy.
            let directory =
                ActiveDirectory::new(config(vec![controller.url()], trust.file.path()), now()).unwrap();
            async move {
                let account = found(&directory, &result.login).await;
                directory.verify_password(&account, &Password::new(result.password.as_str())).await.unwrap()
            }
        });
        if join_all(checks).await != [Some(true), Some(true)] {
            wrong.push((&result.login, &result.screens));
        }
    }
    let run = format!("seed {seed}: killed {killed} times, stopped {stopped} times, screens {screens:?}");
    assert_eq!(results.len(), usize::from(RESETS), "{run}");
    assert!(wrong.is_empty(), "{run}: {wrong:?}");
    println!("{run}");
}
