//! Limits of the sign-in: guesses are stopped, and the account owner cannot be kept out.

use super::world::{EnrollmentBrowser, world};
use crate::reset::world::{CURRENT_PASSWORD, World};
use app::api::refusal::Refusal;
use jiff::SignedDuration;
use std::net::IpAddr;

const WRONG: &str = "Verkeerd-123!";

fn browser_at(world: &World, last: u8) -> EnrollmentBrowser {
    EnrollmentBrowser { address: IpAddr::from([10, 0, 1, last]), ..EnrollmentBrowser::new(world) }
}

/// Whether a sign-in with a wrong password is refused by a limit.
async fn is_limited(browser: &mut EnrollmentBrowser, name: &str) -> bool {
    match browser.sign_in(name, WRONG).await {
        Err(Refusal::NotVerified { .. }) => false,
        Err(Refusal::TooMany { .. }) => true,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn a21_colleague_cannot_use_up_the_sign_ins_of_the_owner() {
    for name in ["A.Janssen", "N.Iemand"] {
        let world = world().await;
        let mut colleague = browser_at(&world, 1);
        for attempt in 0..6 {
            assert_eq!(is_limited(&mut colleague, name).await, attempt == 5);
        }
        // The owner at another workstation has attempts.
        assert!(!is_limited(&mut browser_at(&world, 2), name).await);
    }
    let world = world().await;
    let mut colleague = browser_at(&world, 1);
    while !is_limited(&mut colleague, "E.Hendriks").await {}
    // Wrong passwords in the directory stay below its threshold; here they are a day old.
    world.directory.edit("E.Hendriks", |member| member.failed_sign_ins = 0);
    browser_at(&world, 2).sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a22_sign_ins_for_one_name_from_many_addresses_are_limited() {
    let world = world().await;
    for attempt in 0..13 {
        assert_eq!(is_limited(&mut browser_at(&world, attempt), "N.Iemand").await, attempt == 12);
    }
    world.clock.advance(SignedDuration::from_mins(31));
    assert!(!is_limited(&mut browser_at(&world, 1), "N.Iemand").await);
}

#[tokio::test]
async fn a22_one_password_for_many_names_is_limited_per_address_and_in_total() {
    let world = world().await;
    for address in 0..3 {
        let mut browser = browser_at(&world, address);
        for attempt in 0..21 {
            let limited = is_limited(&mut browser, &format!("N.Iemand{address}x{attempt}")).await;
            assert_eq!(limited, attempt == 20 || address == 2, "{address} {attempt}");
        }
    }
}

#[tokio::test]
async fn a21_known_device_of_the_owner_has_sign_ins_of_its_own() {
    let world = world().await;
    let owner = world.directory.member("E.Hendriks").unwrap().account.id;
    let mut at_same_address = browser_at(&world, 1);
    while !is_limited(&mut at_same_address, "E.Hendriks").await {}
    world.directory.edit("E.Hendriks", |member| member.failed_sign_ins = 0);
    // The device of another employee does not help.
    let other = world.directory.member("A.Janssen").unwrap().account.id;
    let mut stranger = EnrollmentBrowser { device: Some(other), ..browser_at(&world, 1) };
    assert!(is_limited(&mut stranger, "E.Hendriks").await);
    let mut known = EnrollmentBrowser { device: Some(owner), ..browser_at(&world, 1) };
    for attempt in 0..6 {
        assert_eq!(is_limited(&mut known, "E.Hendriks").await, attempt == 5);
    }
    world.clock.advance(SignedDuration::from_mins(31));
    world.directory.edit("E.Hendriks", |member| member.failed_sign_ins = 0);
    known.sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn correct_sign_ins_do_not_count() {
    let world = world().await;
    let mut browser = browser_at(&world, 1);
    for _ in 0..45 {
        browser.sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap();
    }
}
