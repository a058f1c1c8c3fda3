//! Abuse cases of the reset service that no other module covers: sessions, rate limits, resending, outages.

use super::world::{BIRTHDATE, NEW_PASSWORD, World, name, wrong_code};
use app::api::refusal::{Reason, Refusal};
use app::api::step::{OtpMethod, Purpose, Step};
use server::test_support::otp_provider::Call;
use std::time::Duration;

#[tokio::test]
async fn a02_two_browsers_never_change_each_others_account() {
    let world = World::new().await;
    world.add_registered("B.Smits", "Bram Smits").await;
    let (mut anna, mut bram) = (world.browser(), world.browser());
    anna.reach_password(&world, "A.Janssen").await.unwrap();
    bram.reach_code("B.Smits").await.unwrap();
    // Entering Bram's name ends Anna's session; her proof cannot be used any more.
    let mut attacker = anna.clone();
    attacker.identify("B.Smits").await.unwrap();
    assert_eq!(name(&attacker.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(name(&anna.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn a18_rate_limit_counts_known_and_unknown_names_alike() {
    let mut world = World::new().await;
    world.config.limits.per_address.max = 4;
    world.config.limits.per_address.window = Duration::from_mins(10);
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
async fn a17_no_personal_data_is_shown_before_verification() {
    let world = World::new().await;
    let mut browser = world.browser();
    let step = browser.identify("a.JANSSEN@pantein.nl").await.unwrap();
    assert_eq!(
        step,
        Step::Birthdate {
            username: "a.JANSSEN".into(),
            expires_in: 900,
            practice: false,
            purpose: Purpose::Reset
        }
    );
    let Step::Code { username, methods, .. } = browser.birthdate(BIRTHDATE).await.unwrap() else { panic!() };
    assert_eq!((username.as_str(), methods.as_slice()), ("a.JANSSEN", world.config.site.methods.as_slice()));
}

#[tokio::test]
async fn a19_rate_limit_survives_a_restart() {
    let mut world = World::new().await;
    world.config.limits.per_address.max = 1;
    world.config.limits.per_address.window = Duration::from_mins(10);
    world.browser().identify("A.Janssen").await.unwrap();
    // `browser()` creates a new service over the same store, as a restart does.
    assert_eq!(name(&world.browser().identify("A.Janssen").await), "too_many");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a19_parallel_calls_do_not_exceed_a_rate_limit() {
    let mut world = World::new().await;
    world.config.limits.per_address.max = 7;
    world.config.limits.per_address.window = Duration::from_mins(10);
    let calls = (0..50).map(|_| {
        let mut browser = world.browser();
        async move { browser.identify("A.Janssen").await }
    });
    let outcomes = super::claims::run_in_parallel(calls).await;
    let names: Vec<&str> = outcomes.iter().map(name).collect();
    assert_eq!(names.iter().filter(|name| **name == "birthdate").count(), 7, "{names:?}");
    assert_eq!(names.iter().filter(|name| **name == "too_many").count(), 43, "{names:?}");
}

#[tokio::test]
async fn future_birthdate_is_refused_at_the_field() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.identify("A.Janssen").await.unwrap();
    let refusal = browser.birthdate("2099-01-01").await.unwrap_err();
    assert_eq!(refusal, Refusal::invalid("birthdate", Reason::Future));
    assert_eq!(name(&browser.current().await), "birthdate");
}

#[tokio::test]
async fn code_is_sent_after_the_response_and_only_if_name_and_birthdate_match() {
    use app::api::step::OtpMethod::{Otp, Token};
    use server::test_support::otp_provider::Call::Open;
    let mut world = World::new().await;
    world.config.site.methods = vec![Otp];
    for (login, sent) in [("A.Janssen", true), ("N.Obody", false)] {
        let mut browser = world.browser();
        world.otp_provider.forget_calls();
        browser.reach_code(login).await.unwrap();
        assert_eq!(world.provider_calls(), (0, 0), "nothing happens before the response");
        while name(&browser.code(&wrong_code()).await) == "unavailable" {
            tokio::task::yield_now().await;
        }
        // The calls for the decoy send nothing.
        let mut expected = vec![Open("decoy".to_owned(), Token)];
        expected.extend(sent.then(|| Open(login.to_owned(), Otp)));
        let opened: Vec<_> =
            world.otp_provider.calls().into_iter().filter(|call| matches!(call, Open(..))).collect();
        assert_eq!(opened, expected);
        assert!(matches!(browser.resend(None).await, Err(Refusal::TooMany { .. })));
    }
    assert_eq!(name(&world.browser().code(&wrong_code()).await), "start_again");
}

#[tokio::test]
async fn method_that_is_not_offered_is_refused_at_the_field() {
    let mut world = World::new().await;
    world.config.site.methods = vec![app::api::step::OtpMethod::Token];
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    for method in ["OTP", "GRID", ""] {
        assert_eq!(
            browser.resend(Some(method)).await,
            Err(Refusal::invalid("way", Reason::NotOffered)),
            "{method}"
        );
    }
    assert_eq!(name(&browser.resend(Some("TOKEN")).await), "code");
    assert_eq!(world.provider_calls(), (0, 0), "no code is sent with TOKEN");
}

#[tokio::test]
async fn unreachable_store_is_reported_as_unavailable_and_loses_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    world.store.set_unavailable(true);
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "unavailable");
    assert_eq!(name(&browser.current().await), "unavailable");
    world.store.set_unavailable(false);
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "password");
}

#[tokio::test]
async fn code_that_could_not_be_sent_is_reported_as_outage_for_known_and_unknown_users() {
    for login in ["A.Janssen", "N.Obody"] {
        let mut world = World::new().await;
        world.config.site.methods = vec![app::api::step::OtpMethod::Otp];
        world.otp_provider.outage(Some(server::test_support::otp_provider::OtpOutage::Unreachable));
        let mut browser = world.browser();
        browser.reach_code(login).await.unwrap();
        assert_eq!(name(&browser.code(&wrong_code()).await), "unavailable", "{login}");
        assert_eq!(name(&browser.current().await), "code", "{login}");
    }
}

#[tokio::test]
async fn correcting_the_birthdate_does_not_bypass_the_resend_delay() {
    let mut world = World::new().await;
    world.config.site.methods = vec![app::api::step::OtpMethod::Otp];
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    while world.otp_provider.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    // Sending updates the session in the background; a concurrent correction is refused as in progress.
    while name(&browser.birthdate(BIRTHDATE).await) == "in_progress" {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        while name(&browser.birthdate(BIRTHDATE).await) == "in_progress" {
            tokio::task::yield_now().await;
        }
    }
    let sent = |call: &Call| matches!(call, Call::Open(_, OtpMethod::Otp));
    assert_eq!(world.otp_provider.calls().into_iter().filter(sent).count(), 1);
}
