//! A4–A6, A21: parallel requests, lost responses, and claims that a crash abandoned.

use super::world::{BIRTHDATE, Browser, NEW_PASSWORD, World, name, wrong_code};
use app::api::refusal::Refusal;
use app::api::step::Step;
use jiff::SignedDuration;
use server::ports::audit::NotVerifiedReason;
use server::test_support::otp_provider::OtpOutage;

pub(super) async fn run_in_parallel<F>(calls: impl Iterator<Item = F>) -> Vec<Result<Step, Refusal>>
where
    F: Future<Output = Result<Step, Refusal>> + Send + 'static,
{
    let mut outcomes = Vec::new();
    for call in calls.map(tokio::spawn).collect::<Vec<_>>() {
        outcomes.push(call.await.unwrap());
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a04_fifty_parallel_requests_with_one_correct_code_make_one_provider_call() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    let calls = (0..50).map(|_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        async move { browser.code(&code).await }
    });
    let outcomes = run_in_parallel(calls).await;
    assert_eq!(world.provider_calls(), (1, 1));
    // A late request may find the session verified; the same code then returns the password step.
    assert!(outcomes.iter().any(|outcome| name(outcome) == "password"));
    assert!(
        outcomes.iter().all(|outcome| ["password", "in_progress"].contains(&name(outcome))),
        "{outcomes:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a21_two_hundred_wrong_codes_use_no_more_than_the_account_budget() {
    let mut world = World::new().await;
    // A wait of one request would advance the shared manual clock for all the others.
    world.config.min_response_time = SignedDuration::ZERO;
    let calls = (0..200).map(|n| {
        let mut browser = world.browser();
        async move {
            browser.reach_code("A.Janssen").await.unwrap();
            browser.code(&format!("{n:08}")).await
        }
    });
    let outcomes = run_in_parallel(calls).await;
    assert!(outcomes.iter().all(|outcome| name(outcome) == "not_verified"));
    let (opened, verified) = world.provider_calls();
    // Parallel requests are refused without a verification; later single requests use the rest of the budget.
    assert!(opened == 200 && (1..=3).contains(&verified), "{opened} {verified}");
    for n in 200..204 {
        let mut browser = world.browser();
        browser.reach_code("A.Janssen").await.unwrap();
        browser.code(&format!("{n:08}")).await.unwrap_err();
    }
    assert_eq!(world.provider_calls().1, 3);
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::BudgetSpent));
    // The budget is restored after its window of 24 hours.
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a21_parallel_attempts_never_use_the_provider_reserve_of_the_owner() {
    let mut world = World::new().await;
    world.config.min_response_time = SignedDuration::ZERO;
    world.config.limits.code_reserve = 2;
    world.config.limits.account_failures.max = 0;
    // The owner fails twice; the provider locks at five failures, so three are left.
    let mut owner = world.browser();
    owner.reach_code("A.Janssen").await.unwrap();
    owner.code("00000001").await.unwrap_err();
    owner.code("00000002").await.unwrap_err();
    let calls = (0..20).map(|n| {
        let mut browser = world.browser();
        async move {
            browser.reach_code("A.Janssen").await.unwrap();
            browser.code(&format!("1{n:07}")).await
        }
    });
    run_in_parallel(calls).await;
    assert_eq!(world.provider_calls().1, 3, "two by the owner, and one more");
}

#[tokio::test]
async fn a21_spent_budget_leaves_one_extra_attempt_to_a_known_device() {
    let world = World::new().await;
    let mut owner = world.browser();
    owner.reach_password(&world, "A.Janssen").await.unwrap();
    owner.password(NEW_PASSWORD).await.unwrap();
    for n in 0..3 {
        let mut attacker = world.browser();
        attacker.reach_code("A.Janssen").await.unwrap();
        attacker.code(&format!("{n:08}")).await.unwrap_err();
    }
    let mut attacker = world.browser();
    assert_eq!(name(&attacker.reach_password(&world, "A.Janssen").await), "not_verified");
    owner.reach_code("A.Janssen").await.unwrap();
    assert_eq!(name(&owner.code("00000009").await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::WrongCode));
    assert_eq!(name(&owner.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::BudgetSpent));
}

#[tokio::test]
async fn a05_used_code_is_refused_in_every_other_session() {
    let world = World::new().await;
    let (mut one, mut other) = (world.browser(), world.browser());
    one.reach_code("A.Janssen").await.unwrap();
    other.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    assert_eq!(name(&one.code(&code).await), "password");
    assert_eq!(name(&other.code(&code).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::CodeReplayed));
    assert_eq!(world.provider_calls().1, 1, "the provider was not called again");
}

#[tokio::test]
async fn a06_lost_response_to_the_code_step_can_be_recovered() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    let mut lost = browser.clone();
    lost.code(&code).await.unwrap();
    // This browser received no response; it reads the current step and posts the code again.
    assert_eq!(name(&browser.current().await), "code");
    assert_eq!(name(&browser.code(&code).await), "password");
    assert_eq!(browser.session, lost.session);
    assert_eq!(world.provider_calls(), (1, 1));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");

    // The old session id is accepted for 30 seconds only.
    let mut late = world.browser();
    world.clock.advance(SignedDuration::from_mins(16));
    late.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    late.clone().code(&code).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&late.current().await), "identify");
    assert_eq!(name(&late.code(&code).await), "start_again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a06_double_click_writes_the_password_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    let calls = (0..20).map(|_| {
        let mut browser = browser.clone();
        async move { browser.password(NEW_PASSWORD).await }
    });
    let outcomes = run_in_parallel(calls).await;
    assert_eq!(world.directory.writes(), 1);
    assert!(outcomes.iter().any(|outcome| name(outcome) == "done"));
    assert!(outcomes.iter().all(|outcome| ["done", "in_progress"].contains(&name(outcome))), "{outcomes:?}");
    assert_eq!(name(&browser.password("Een-Ander-Wachtwoord-9").await), "done");
    assert_eq!(world.directory.writes(), 1, "a finished session writes nothing");
}

/// Drops a call while it waits for the OTP provider, so that its claim is abandoned as after `kill -9`.
async fn kill_during_verification(world: &World, browser: &Browser, code: &str) {
    world.otp_provider.outage(Some(OtpOutage::Hangs));
    let (mut killed, code) = (browser.clone(), code.to_owned());
    let running = tokio::spawn(async move { killed.code(&code).await });
    while world.provider_calls().0 == 0 {
        tokio::task::yield_now().await;
    }
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    world.otp_provider.outage(None);
}

#[tokio::test]
async fn verification_interrupted_by_a_crash_can_be_repeated_and_counts_as_an_attempt() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    kill_during_verification(&world, &browser, &code).await;
    assert_eq!(name(&browser.current().await), "in_progress");
    assert_eq!(name(&browser.code(&code).await), "in_progress");
    assert_eq!(name(&browser.birthdate(BIRTHDATE).await), "in_progress");
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.current().await), "code");
    let refusal = browser.code(&wrong_code()).await.unwrap_err();
    assert!(matches!(refusal, Refusal::NotVerified { attempts_left: 3, .. }), "{refusal:?}");
    assert_eq!(name(&browser.code(&code).await), "password");
}

#[tokio::test]
async fn code_without_an_answer_from_the_provider_can_be_used_again() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    world.otp_provider.outage(Some(OtpOutage::Unreachable));
    assert_eq!(name(&browser.code(&code).await), "unavailable");
    world.otp_provider.outage(None);
    assert_eq!(name(&browser.code(&code).await), "password");
}
