//! The port for breached passwords: one contract for the fake, the filter file and the range API, and its use
//! by the reset.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

mod range;

use crate::reset::world::{NEW_PASSWORD, World, name};
use app::api::refusal::Refusal;
use app::domain::password::Password;
use app::policy::Violation;
use data_encoding::HEXUPPER;
use server::adapters::breach_filter::BreachFilterFile;
use server::breached::builder::build;
use server::ports::audit::Event;
use server::ports::breached_passwords::BreachedPasswords;
use server::ports::health_finding::State;
use server::reset::breach_check::BreachCheck;
use server::test_support::breached_passwords::FakeBreachedPasswords;
use sha1::{Digest as _, Sha1};
use std::fs::File;
use std::sync::Arc;

const BREACHED: [&str; 3] = ["Welkom01", "Zomer-Kanaal-87?paars", "wachtwoord é"];

/// Builds a filter of [`BREACHED`].
fn filter_file() -> (tempfile::TempDir, BreachFilterFile) {
    let digest = |password: &str| -> [u8; 20] { Sha1::digest(password.as_bytes()).into() };
    let mut digests: Vec<_> = BREACHED.iter().map(|password| HEXUPPER.encode(&digest(password))).collect();
    digests.sort_unstable();
    let list = digests.iter().fold(String::new(), |list, digest| list + digest + ":12\r\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("filter");
    build(list.as_bytes(), File::create(&path).unwrap()).unwrap();
    let filter = BreachFilterFile::open(&path).unwrap();
    (folder, filter)
}

async fn satisfies_the_contract(list: &dyn BreachedPasswords) {
    for password in BREACHED {
        assert!(list.contains(&Password::new(password)).await.unwrap(), "{password}");
    }
    for other in ["Welkom02", "welkom01", "Fiets-Regen-42!", " Welkom01"] {
        assert!(!list.contains(&Password::new(other)).await.unwrap(), "{other}");
    }
    assert!(list.check().await.iter().all(|finding| finding.state == State::Good));
}

#[tokio::test]
async fn fake_list_satisfies_the_contract() {
    satisfies_the_contract(&FakeBreachedPasswords::of(&BREACHED)).await;
}

#[tokio::test]
async fn filter_file_satisfies_the_contract() {
    let (_folder, filter) = filter_file();
    satisfies_the_contract(&filter).await;
}

#[tokio::test]
async fn breached_password_is_refused_and_nothing_is_written() {
    let mut world = World::new().await;
    let (_folder, filter) = filter_file();
    world.breach_check = BreachCheck::new(Arc::new(filter), false);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    let refused = browser.password(NEW_PASSWORD).await;
    assert_eq!(refused, Err(Refusal::WeakPassword { violations: vec![Violation::Breached] }));
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(name(&browser.password("Herfst-Brug-19?groen").await), "done");
}

#[tokio::test]
async fn a33_unavailable_list_is_recorded_and_does_not_stop_a_reset() {
    let mut world = World::new().await;
    let list = Arc::new(FakeBreachedPasswords::of(&[NEW_PASSWORD]));
    list.set_unavailable(true);
    world.breach_check = BreachCheck::new(list, false);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert!(world.audit.entries().iter().any(|entry| entry.event == Event::BreachUnchecked));
}

#[tokio::test]
async fn unavailable_list_stops_a_reset_if_the_settings_say_so() {
    let mut world = World::new().await;
    let list = Arc::new(FakeBreachedPasswords::of(&[]));
    list.set_unavailable(true);
    world.breach_check = BreachCheck::new(Arc::clone(&list) as _, true);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable");
    assert_eq!(world.directory.writes(), 0);
    // The step can be repeated.
    list.set_unavailable(false);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn common_dutch_passwords_are_refused_without_any_list() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    for password in ["Welkom2026!!", "Ziekenhuis01!", "Ajax-Amsterdam1", "Hagelslag123!"] {
        let Err(Refusal::WeakPassword { violations }) = browser.password(password).await else {
            panic!("{password} was not refused");
        };
        assert!(matches!(*violations, [Violation::TooGuessable { .. }]), "{password}: {violations:?}");
    }
    assert_eq!(world.directory.writes(), 0);
}
