//! Two hundred resets over a pair of real controllers, the first of which is killed, stopped and started again at
//! random. What a screen promised is what the directory takes, at both of them.

use super::world::{BIRTHDATE, Browser, FIRST, World, name};
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
/// The earlier spares belong to other tests.
const FIRST_SPARE: u8 = 21;
const AT_ONCE: usize = 4;
/// Shorter than a controller is sometimes stopped, so that writes fall silent.
const PATIENCE: Duration = Duration::from_secs(1);

/// Numbers that differ from run to run; the seed stands in every failure.
struct Dice {
    seed: u64,
    state: AtomicU64,
}

impl Dice {
    fn new() -> Self {
        let seed = u64::from_le_bytes(server::random::bytes().unwrap());
        Self { seed, state: AtomicU64::new(seed) }
    }

    fn below(&self, most: u64) -> u64 {
        const STEP: u64 = 6_364_136_223_846_793_005;
        let next = |state: u64| state.wrapping_mul(STEP).wrapping_add(1_442_695_040_888_963_407);
        let state = self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| Some(next(state)));
        (next(state.unwrap()) >> 33) % most
    }

    async fn pause(&self, least: u64, most: u64) {
        tokio::time::sleep(Duration::from_millis(least + self.below(most - least))).await;
    }
}

/// Kills, stops and starts again until it is told to end; how often of each.
async fn disturb(controller: &Controller, dice: &Dice, over: &AtomicBool) -> [u32; 2] {
    let mut done = [0; 2];
    while !over.load(Ordering::SeqCst) {
        dice.pause(200, 1500).await;
        if dice.below(2) == 0 {
            controller.kill();
            dice.pause(100, 2000).await;
            controller.restart().await.unwrap();
            done[0] += 1;
        } else {
            controller.stop().unwrap();
            dice.pause(100, 3000).await;
            controller.resume().unwrap();
            done[1] += 1;
        }
    }
    done
}

/// What the screens of one employee came to.
struct Told {
    login: String,
    /// The password that is the right one by them.
    password: String,
    screens: Vec<&'static str>,
}

/// From the user name to the last screen, as a patient person goes: what is out of reach is tried again.
async fn reset(world: &World, mut browser: Browser, login: String, dice: &Dice) -> Told {
    // The judge takes no name in it, and three digits are a part of one.
    let number = login.trim_start_matches("Reserve.").chars();
    let number: Vec<String> = number.map(String::from).collect();
    let number = number.join(".");
    let mut tries = ["Paars", "Groen", "Blauw", "Oranje"].into_iter().cycle();
    let mut next = || format!("Molen-{number}-Kanaal-{}", tries.next().unwrap_or_default());
    let mut new = next();
    let mut told = Told { password: FIRST.to_owned(), screens: Vec::new(), login };
    while !(browser.identify(&told.login).await.is_ok() && browser.birthdate(BIRTHDATE).await.is_ok()) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    loop {
        let answer = name(&browser.code(&world.code_of(&told.login)).await);
        if answer == "password" {
            break;
        }
        assert_eq!(answer, "unavailable", "{}", told.login);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut answer = browser.password(&new).await;
    loop {
        let screen = name(&answer);
        told.screens.push(screen);
        answer = match screen {
            "done" => {
                told.password = new;
                return told;
            }
            // Nothing is promised yet: the screen asks again.
            "outcome_unknown" | "in_progress" => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                browser.current().await
            }
            // The old one stands, the screen says. Some leave it at that, and others think of another one.
            "unavailable" | "password" if dice.below(2) == 0 => return told,
            "unavailable" | "password" => {
                new = next();
                browser.password(&new).await
            }
            _ => unreachable!("{}: {answer:?}", told.login),
        };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[expect(clippy::print_stdout, reason = "for whoever runs it with --nocapture: what was survived")]
async fn a25_whatever_happens_to_a_controller_what_the_screen_promised_signs_in() {
    let trust = Trust::new();
    let pair = Pair::start(&trust.authority).await.unwrap();
    let quick = |urls| LdapConfig {
        connect_timeout: PATIENCE,
        operation_timeout: PATIENCE,
        ..config(urls, trust.file.path())
    };
    let directory = Arc::new(ActiveDirectory::new(quick(pair.urls()), now()).unwrap());
    let logins: Vec<String> = (FIRST_SPARE..FIRST_SPARE + RESETS).map(spare).collect();
    let mut world = World::new().await;
    world.codes = Arc::new(FakeOtpProvider::new().with(logins.iter().map(String::as_str)));
    world.terms.min_response_time = SignedDuration::ZERO;
    let patient = ActiveDirectory::new(config(pair.urls(), trust.file.path()), now()).unwrap();
    for login in &logins {
        world.register(found(&patient, login).await.id).await;
    }
    let (dice, over) = (Dice::new(), AtomicBool::new(false));
    let workflow = world.workflow_over(directory.clone(), Arc::new(SystemClock));
    let resets = async {
        let begin = |login: String| {
            let browser = Browser { workflow: workflow.clone(), visit: None, device: None };
            reset(&world, browser, login, &dice)
        };
        let told: Vec<Told> = stream::iter(logins).map(begin).buffer_unordered(AT_ONCE).collect().await;
        over.store(true, Ordering::SeqCst);
        told
    };
    let (told, [killed, stopped]) = tokio::join!(resets, disturb(&pair.dc1, &dice, &over));
    let seed = dice.seed;
    assert!(killed > 0 && stopped > 0, "seed {seed}: killed {killed}, stopped {stopped}");
    pair.in_step().await.unwrap();
    let mut screens: BTreeMap<&str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for one in &told {
        for screen in &one.screens {
            *screens.entry(screen).or_default() += 1;
        }
        let checks = pair.both().map(|controller| {
            // Patiently: the machine may be busy.
            let alone =
                ActiveDirectory::new(config(vec![controller.url()], trust.file.path()), now()).unwrap();
            async move {
                let account = found(&alone, &one.login).await;
                alone.verify_password(&account, &Password::new(one.password.as_str())).await.unwrap()
            }
        });
        if join_all(checks).await != [Some(true), Some(true)] {
            wrong.push((&one.login, &one.screens));
        }
    }
    let run = format!("seed {seed}: killed {killed} times, stopped {stopped} times, screens {screens:?}");
    assert_eq!(told.len(), usize::from(RESETS), "{run}");
    assert!(wrong.is_empty(), "{run}: {wrong:?}");
    println!("{run}");
}
