//! The method OTP: what is sent, and what happens to a code while the session changes.

use super::world::{BIRTHDATE, Browser, World, name, wrong_code};
use app::api::step::OtpMethod;
use jiff::SignedDuration;
use server::ports::audit::NotVerifiedReason;
use server::test_support::otp_provider::{Call, OtpOutage};

async fn world() -> World {
    let mut world = World::new().await;
    world.config.site.methods = vec![OtpMethod::Otp];
    world
}

/// The number of codes that were sent.
fn sent(world: &World) -> usize {
    let calls = world.otp_provider.calls();
    calls.iter().filter(|call| matches!(call, Call::Open(_, OtpMethod::Otp))).count()
}

/// Waits until the provider is sending a code.
async fn sending(world: &World) {
    while sent(world) == 0 {
        tokio::task::yield_now().await;
    }
}

/// Types the code until sending has finished.
async fn code_when_sent(browser: &mut Browser, code: &str) -> &'static str {
    loop {
        match name(&browser.code(code).await) {
            "unavailable" => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

#[tokio::test]
async fn sent_code_is_accepted() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    assert_eq!(code_when_sent(&mut browser, &code).await, "password");
}

#[tokio::test]
async fn extending_the_session_while_a_code_is_sent_keeps_the_code() {
    let world = world().await;
    let mut browser = world.browser();
    world.otp_provider.otp_outage(Some(OtpOutage::Hangs));
    browser.reach_code("A.Janssen").await.unwrap();
    sending(&world).await;
    // Moves the stored session on.
    browser.extend().await.unwrap();
    world.otp_provider.otp_outage(None);
    while world.otp_provider.is_waiting() {
        tokio::task::yield_now().await;
    }
    let code = world.code_of("A.Janssen");
    assert_eq!(code_when_sent(&mut browser, &code).await, "password");
    assert_eq!(sent(&world), 1);
}

#[tokio::test]
async fn repeating_the_birthdate_keeps_the_code_and_sends_no_other() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    sending(&world).await;
    browser.birthdate(BIRTHDATE).await.unwrap();
    let code = world.code_of("A.Janssen");
    assert_eq!(code_when_sent(&mut browser, &code).await, "password");
    assert_eq!(sent(&world), 1);
}

#[tokio::test]
async fn corrected_birthdate_gets_a_code_after_the_pause() {
    let world = world().await;
    let mut browser = world.browser();
    browser.identify("A.Janssen").await.unwrap();
    browser.birthdate("1984-01-10").await.unwrap();
    assert_eq!(code_when_sent(&mut browser, &wrong_code()).await, "not_verified");
    assert_eq!(sent(&world), 0);
    browser.birthdate(BIRTHDATE).await.unwrap();
    sending(&world).await;
    let code = world.code_of("A.Janssen");
    assert_eq!(code_when_sent(&mut browser, &code).await, "password");
}

#[tokio::test]
async fn code_of_one_account_verifies_no_corrected_birthdate_of_a_decoy() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    sending(&world).await;
    assert_eq!(code_when_sent(&mut browser, &wrong_code()).await, "not_verified");
    browser.birthdate("1984-01-10").await.unwrap();
    let code = world.code_of("A.Janssen");
    assert_eq!(code_when_sent(&mut browser, &code).await, "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::WrongBirthdate));
}

#[tokio::test]
async fn failing_sending_is_visible_to_nobody_and_failing_lookups_to_everybody() {
    for login in ["A.Janssen", "N.Obody"] {
        let world = world().await;
        world.otp_provider.otp_outage(Some(OtpOutage::Unreachable));
        let mut browser = world.browser();
        browser.reach_code(login).await.unwrap();
        assert_eq!(code_when_sent(&mut browser, &wrong_code()).await, "not_verified", "{login}");
        let mut other = Browser { session: None, ..browser.clone() };
        for _ in 0..4 {
            other.session = None;
            other.reach_code(login).await.unwrap();
        }
        assert_eq!(name(&other.identify("N.Obody").await), "birthdate", "{login}");

        world.otp_provider.outage(Some(OtpOutage::Unreachable));
        let mut browser = world.browser();
        browser.reach_code(login).await.unwrap();
        world.clock.advance(SignedDuration::from_secs(10));
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(name(&browser.code(&wrong_code()).await), "unavailable", "{login}");
    }
}

#[tokio::test]
async fn nothing_is_sent_once_the_budget_is_spent() {
    let mut world = world().await;
    world.config.site.methods = vec![OtpMethod::Token, OtpMethod::Otp];
    for n in 0..3 {
        let mut browser = world.browser();
        browser.reach_code("A.Janssen").await.unwrap();
        browser.code(&format!("0000000{n}")).await.unwrap_err();
    }
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    browser.resend(Some("OTP")).await.unwrap();
    assert_eq!(code_when_sent(&mut browser, &wrong_code()).await, "not_verified");
    assert_eq!(sent(&world), 0);
}
