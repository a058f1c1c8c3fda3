//! Lines of the abuse list that are about the workflow and have no other home.

use super::world::{BIRTHDATE, NEW, World, name, wrong_code};
use app::api::refusal::{Reason, Refusal};
use app::api::step::Step;
use std::time::Duration;

#[tokio::test]
async fn a02_two_browsers_never_change_each_others_account() {
    let world = World::new().await;
    world.hire("B.Smits", "Bram Smits").await;
    let (mut anna, mut bram) = (world.browser(), world.browser());
    anna.reach_password(&world, "A.Janssen").await.unwrap();
    bram.reach_code("B.Smits").await.unwrap();
    // Bram's name given in Anna's visit ends it; nothing of her proof is left.
    let mut thief = anna.clone();
    thief.identify("B.Smits").await.unwrap();
    assert_eq!(name(&thief.password(NEW).await), "start_again");
    assert_eq!(name(&anna.password(NEW).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn a18_a_limit_counts_known_and_unknown_names_alike() {
    let mut world = World::new().await;
    world.terms.limits.per_address.most = 4;
    world.terms.limits.per_address.window = Duration::from_mins(10);
    for login in ["A.Janssen", "N.Obody"] {
        let world = world.fork();
        let mut browser = world.browser();
        browser.reach_code(login).await.unwrap();
        browser.identify(login).await.unwrap();
        browser.identify(login).await.unwrap();
        let refusal = browser.identify(login).await.unwrap_err();
        assert!(
            matches!(refusal, Refusal::TooMany { retry_after } if retry_after > 0),
            "{login}: {refusal:?}"
        );
    }
}

#[tokio::test]
async fn a17_before_the_proof_nothing_of_the_person_is_shown() {
    let world = World::new().await;
    let mut browser = world.browser();
    let step = browser.identify("a.JANSSEN@pantein.nl").await.unwrap();
    assert_eq!(step, Step::Birthdate { username: "a.JANSSEN".into(), expires_in: 900, practice: false });
    let Step::Code { username, ways, .. } = browser.birthdate(BIRTHDATE).await.unwrap() else { panic!() };
    assert_eq!((username.as_str(), ways.as_slice()), ("a.JANSSEN", world.terms.site.ways.as_slice()));
}

#[tokio::test]
async fn a19_a_limit_survives_a_restart() {
    let mut world = World::new().await;
    world.terms.limits.per_address.most = 1;
    world.terms.limits.per_address.window = Duration::from_mins(10);
    world.browser().identify("A.Janssen").await.unwrap();
    // A browser of a new workflow over the same store: a restarted server.
    assert_eq!(name(&world.browser().identify("A.Janssen").await), "too_many");
}

#[tokio::test]
async fn a_future_birthdate_is_refused_at_the_field() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.identify("A.Janssen").await.unwrap();
    let refusal = browser.birthdate("2099-01-01").await.unwrap_err();
    assert_eq!(refusal, Refusal::invalid("birthdate", Reason::Future));
    assert_eq!(name(&browser.current().await), "birthdate");
}

#[tokio::test]
async fn a_code_is_sent_after_the_answer_and_only_on_a_match() {
    let mut world = World::new().await;
    world.terms.site.ways = vec![app::api::step::OtpMethod::Otp];
    for (login, sent_to) in [("A.Janssen", "a.janssen"), ("N.Obody", "decoy")] {
        let mut browser = world.browser();
        let before = world.codes.calls().len();
        browser.reach_code(login).await.unwrap();
        while world.codes.calls().len() == before {
            tokio::task::yield_now().await;
        }
        let call = world.codes.calls().pop().unwrap();
        let server::test_support::otp_provider::Call::Open(to, app::api::step::OtpMethod::Otp) = call else {
            panic!("{call:?}")
        };
        assert_eq!(to.to_lowercase(), sent_to);
        assert!(matches!(browser.resend(None).await, Err(Refusal::TooMany { retry_after: 30 })));
    }
    assert_eq!(name(&world.browser().code(&wrong_code()).await), "start_again");
}

#[tokio::test]
async fn a_way_that_is_not_offered_is_refused_at_the_field() {
    let mut world = World::new().await;
    world.terms.site.ways = vec![app::api::step::OtpMethod::Token];
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    for way in ["OTP", "GRID", ""] {
        assert_eq!(
            browser.resend(Some(way)).await,
            Err(Refusal::invalid("way", Reason::NotOffered)),
            "{way}"
        );
    }
    assert_eq!(name(&browser.resend(Some("TOKEN")).await), "code");
    assert_eq!(world.code_calls(), (0, 0), "for TOKEN nothing is sent");
}

#[tokio::test]
async fn a_store_that_is_away_is_unavailable_and_loses_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    world.store.set_away(true);
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "unavailable");
    assert_eq!(name(&browser.current().await), "unavailable");
    world.store.set_away(false);
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "password");
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_is_an_outage_to_everybody_and_costs_nothing() {
    for login in ["A.Janssen", "N.Obody"] {
        let mut world = World::new().await;
        world.terms.site.ways = vec![app::api::step::OtpMethod::Otp];
        world.codes.outage(Some(server::test_support::otp_provider::Outage::Away));
        let mut browser = world.browser();
        browser.reach_code(login).await.unwrap();
        assert_eq!(name(&browser.code(&wrong_code()).await), "unavailable", "{login}");
        assert_eq!(name(&browser.current().await), "code", "{login}");
    }
}

#[tokio::test]
async fn a_correction_is_no_way_around_the_pause_between_two_sent_codes() {
    let mut world = World::new().await;
    world.terms.site.ways = vec![app::api::step::OtpMethod::Otp];
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    while world.codes.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    // The sending settles the visit by itself; a correction that meets it is asked to try again.
    while name(&browser.birthdate(BIRTHDATE).await) == "in_progress" {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        browser.birthdate(BIRTHDATE).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(world.codes.calls().len(), 1);
}
