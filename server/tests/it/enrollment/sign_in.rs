//! Signing in: one answer for everybody who is not, and no way to the directory's lockout.

use super::world::{RequestContext, overview, terms, world};
use crate::reset::world::{FIRST, wrong_code};
use app::api::enrollment_state::{App, Registration, Stage};
use app::api::refusal::{Reason as Wrong, Refusal};
use jiff::SignedDuration;
use server::ports::audit::Reason;
use server::ports::clock::Clock as _;
use server::ports::directory::Eligibility;
use server::ports::rate_limits::Limit;
use server::test_support::directory::Outage;
use std::time::Duration;

fn masked(outcome: Result<Registration, Refusal>) -> Result<Registration, Refusal> {
    match outcome {
        Err(Refusal::NotVerified { attempts_left, .. }) => {
            Err(Refusal::NotVerified { reference: String::new(), attempts_left })
        }
        other => other,
    }
}

#[tokio::test]
async fn a35_wrong_unknown_and_disabled_get_one_answer_in_one_envelope() {
    let mut answers = Vec::new();
    for (name, password, reason) in [
        ("A.Janssen", "Verkeerd-123!", Reason::NotSignedIn),
        ("N.Iemand", FIRST, Reason::UnknownName),
        ("C.Peters", FIRST, Reason::NotSignedIn),
    ] {
        let world = world().await;
        world.hire("C.Peters", "Carla Peters").await;
        world.directory.edit("C.Peters", |member| member.account.eligibility = Eligibility::Disabled);
        let (mut desk, before) = (RequestContext::at(&world), world.clock.now());
        let answer = masked(desk.sign_in(name, password).await);
        assert_eq!(world.last_reason(), Some(reason), "{name}");
        let took = world.clock.now().duration_since(before);
        answers.push((answer, took, desk.session.clone(), world.directory.finds(), world.directory.binds()));
    }
    assert_eq!(answers[0].1, SignedDuration::from_millis(1500));
    assert!(matches!(answers[0].0, Err(Refusal::NotVerified { .. })));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn an_employee_without_the_app_needs_the_password_and_with_it_the_code_too() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    assert_eq!(desk.sign_in("E.Hendriks", FIRST).await.unwrap().step, Stage::Overview);
    let mut desk = RequestContext::at(&world);
    let asked = desk.sign_in("A.Janssen", FIRST).await.unwrap();
    assert_eq!((asked.step, asked.overview.is_none()), (Stage::Code, true));
    let before = desk.session.clone();
    let shown = desk.code(&world.code_of("A.Janssen")).await.unwrap();
    assert!(overview(&shown).may_change);
    // A07: what was known before the proof opens nothing after it.
    assert_ne!(desk.session, before);
    let mut old = RequestContext { session: before, ..desk.clone() };
    assert_eq!(old.current().await.unwrap(), Registration::sign_in());
}

#[tokio::test]
async fn a34_the_password_alone_changes_nothing_where_there_is_an_app() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.sign_in("A.Janssen", FIRST).await.unwrap();
    assert_eq!(desk.mobile("06-12345678").await, Err(Refusal::StartAgain));
    assert_eq!(desk.birthdate("1990-01-01").await, Err(Refusal::StartAgain));
    assert_eq!(desk.activate().await, Err(Refusal::StartAgain));
    for attempt in (0..5).rev() {
        let Err(Refusal::NotVerified { attempts_left, .. }) = desk.code(&wrong_code()).await else {
            panic!()
        };
        assert_eq!(attempts_left, attempt);
    }
    assert_eq!(desk.session, None);
}

#[tokio::test]
async fn a34_an_app_that_is_locked_or_cannot_be_seen_lets_nothing_be_changed() {
    for app in [App::Locked, App::Unknown] {
        let world = world().await;
        world.onboarding.set_app("E.Hendriks", app);
        let mut desk = RequestContext::at(&world);
        let shown = desk.sign_in("E.Hendriks", FIRST).await.unwrap();
        assert!(!overview(&shown).may_change);
        assert_eq!(desk.mobile("06-12345678").await, Err(Refusal::StartAgain));
    }
}

#[tokio::test]
async fn a34_an_app_that_was_activated_meanwhile_ends_the_session_without_its_code() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.sign_in("E.Hendriks", FIRST).await.unwrap();
    world.onboarding.set_app("E.Hendriks", App::Active);
    assert_eq!(desk.mobile("06-12345678").await, Err(Refusal::StartAgain));
    assert_eq!(desk.session, None);
}

#[tokio::test]
async fn a21_the_page_cannot_lock_an_account_in_the_directory() {
    let world = world().await;
    let terms = super::world::EnrollmentConfig {
        sign_ins: Limit { most: 0, window: Duration::from_mins(1) },
        ..terms()
    };
    let mut desk = RequestContext::under(&world, terms);
    for _ in 0..20 {
        let refused = desk.sign_in("A.Janssen", "Verkeerd-123!").await;
        assert!(matches!(refused, Err(Refusal::NotVerified { .. })), "{refused:?}");
    }
    assert_eq!(world.last_reason(), Some(Reason::LockoutNear));
    // The fake locks at five; the margin of two is still there.
    assert_eq!(world.directory.member("A.Janssen").unwrap().wrong, 3);
}

#[tokio::test]
async fn a18_passwords_are_counted_before_anybody_is_asked_and_for_unknown_names_too() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    for name in ["A.Janssen", "N.Iemand"] {
        let asked = world.directory.binds();
        for _ in 0..5 {
            assert!(matches!(desk.sign_in(name, "Verkeerd-123!").await, Err(Refusal::NotVerified { .. })));
        }
        let before = world.directory.binds();
        assert!(before > asked);
        let refused = desk.sign_in(&name.to_uppercase(), FIRST).await;
        assert!(matches!(refused, Err(Refusal::TooMany { .. })), "{refused:?}");
        assert_eq!(world.directory.binds(), before);
    }
}

#[tokio::test]
async fn a_right_password_does_not_count_towards_the_limit() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    for _ in 0..8 {
        desk.sign_in("E.Hendriks", FIRST).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_out_of_reach_is_said_and_costs_no_attempt() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    world.directory.set_outage(Some(Outage::Unreachable));
    for _ in 0..6 {
        assert!(matches!(desk.sign_in("A.Janssen", FIRST).await, Err(Refusal::Unavailable { .. })));
    }
    world.directory.set_outage(None);
    world.onboarding.set_away(true);
    assert!(matches!(desk.sign_in("A.Janssen", FIRST).await, Err(Refusal::Unavailable { .. })));
    world.onboarding.set_away(false);
    desk.sign_in("A.Janssen", FIRST).await.unwrap();
}

#[tokio::test]
async fn fields_that_cannot_be_are_named() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    assert_eq!(desk.sign_in("", FIRST).await, Err(Refusal::invalid("username", Wrong::Empty)));
    assert_eq!(desk.sign_in("A.Janssen", "").await, Err(Refusal::invalid("password", Wrong::Empty)));
    let long = "x".repeat(257);
    assert_eq!(desk.sign_in("A.Janssen", &long).await, Err(Refusal::invalid("password", Wrong::TooLong)));
    desk.enter(&world, "E.Hendriks").await;
    assert_eq!(desk.mobile("0485-845900").await, Err(Refusal::invalid("mobile", Wrong::NotMobile)));
    assert_eq!(desk.mobile("+32470123456").await, Err(Refusal::invalid("mobile", Wrong::OtherCountry)));
    assert_eq!(desk.birthdate("2084-10-01").await, Err(Refusal::invalid("birthdate", Wrong::Future)));
}

#[tokio::test]
async fn a_session_ends_by_itself_and_by_signing_out() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "E.Hendriks").await;
    let kept = desk.clone();
    desk.cancel().await.unwrap();
    assert_eq!(kept.clone().current().await.unwrap(), Registration::sign_in());
    desk.enter(&world, "E.Hendriks").await;
    world.clock.advance(SignedDuration::from_mins(15));
    assert_eq!(desk.birthdate("1990-12-24").await, Err(Refusal::StartAgain));
}

#[tokio::test]
async fn a_session_does_not_outlive_the_password_that_began_it() {
    for act in ["app", "mobile", "practice", "activate"] {
        let world = world().await;
        let mut thief = RequestContext::at(&world);
        thief.enter(&world, "E.Hendriks").await;
        world.directory.edit("E.Hendriks", |member| member.account.password_last_set += 1);
        let refused = match act {
            "app" => thief.app().await,
            "mobile" => thief.mobile("06-87654321").await,
            "practice" => thief.practice().await,
            _ => thief.activate().await,
        };
        assert_eq!(refused, Err(Refusal::StartAgain), "{act}");
        assert_eq!(thief.current().await.unwrap(), Registration::sign_in(), "{act}");
    }
}
