//! A4–A6: many requests at once, lost replies, and claims that a crash left behind.

use super::world::{BIRTHDATE, Browser, NEW, World, name, wrong_code};
use app::api::refusal::Refusal;
use app::api::step::Step;
use jiff::SignedDuration;
use server::ports::audit::Reason;
use server::test_support::otp_provider::Outage;

async fn all_at_once<F>(calls: impl Iterator<Item = F>) -> Vec<Result<Step, Refusal>>
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
async fn a04_fifty_posts_of_one_right_code_are_one_call_and_one_success() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    let calls = (0..50).map(|_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        async move { browser.code(&code).await }
    });
    let outcomes = all_at_once(calls).await;
    assert_eq!(world.code_calls(), (1, 1));
    // A late one may find the proof already given, and gets it by the same code.
    assert!(outcomes.iter().any(|outcome| name(outcome) == "password"));
    assert!(
        outcomes.iter().all(|outcome| ["password", "in_progress"].contains(&name(outcome))),
        "{outcomes:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a21_two_hundred_wrong_codes_cost_the_owner_no_more_than_the_hidden_budget() {
    let mut world = World::new().await;
    // Each wait would move the one stopped clock for all the others.
    world.terms.min_response_time = SignedDuration::ZERO;
    let calls = (0..200).map(|n| {
        let mut browser = world.browser();
        async move {
            browser.reach_code("A.Janssen").await.unwrap();
            browser.code(&format!("{n:08}")).await
        }
    });
    let outcomes = all_at_once(calls).await;
    assert!(outcomes.iter().all(|outcome| name(outcome) == "not_verified"));
    let (opened, verified) = world.code_calls();
    // Those that were side by side had no turn; whoever comes alone later finds what is left.
    assert!(opened == 200 && (1..=3).contains(&verified), "{opened} {verified}");
    for n in 200..204 {
        let mut browser = world.browser();
        browser.reach_code("A.Janssen").await.unwrap();
        browser.code(&format!("{n:08}")).await.unwrap_err();
    }
    assert_eq!(world.code_calls().1, 3);
    assert_eq!(world.last_reason(), Some(Reason::BudgetSpent));
    // And the day after the owner is as free as before.
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a21_attempts_side_by_side_never_use_up_what_entrust_keeps_for_the_owner() {
    let mut world = World::new().await;
    world.terms.min_response_time = SignedDuration::ZERO;
    world.terms.limits.code_reserve = 2;
    world.terms.limits.account_failures.most = 0;
    // Two failures of the owner's own: the service locks at five and so has three left.
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
    all_at_once(calls).await;
    assert_eq!(world.code_calls().1, 3, "two of the owner's, and one more");
}

#[tokio::test]
async fn a21_a_spent_budget_leaves_the_owners_own_browser_one_more() {
    let world = World::new().await;
    let mut owner = world.browser();
    owner.reach_password(&world, "A.Janssen").await.unwrap();
    owner.password(NEW).await.unwrap();
    for n in 0..3 {
        let mut stranger = world.browser();
        stranger.reach_code("A.Janssen").await.unwrap();
        stranger.code(&format!("{n:08}")).await.unwrap_err();
    }
    let mut stranger = world.browser();
    assert_eq!(name(&stranger.reach_password(&world, "A.Janssen").await), "not_verified");
    owner.reach_code("A.Janssen").await.unwrap();
    assert_eq!(name(&owner.code("00000009").await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::WrongCode));
    assert_eq!(name(&owner.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::BudgetSpent));
}

#[tokio::test]
async fn a05_a_code_that_was_used_is_dead_in_every_other_visit() {
    let world = World::new().await;
    let (mut one, mut other) = (world.browser(), world.browser());
    one.reach_code("A.Janssen").await.unwrap();
    other.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    assert_eq!(name(&one.code(&code).await), "password");
    assert_eq!(name(&other.code(&code).await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::CodeReplayed));
    assert_eq!(world.code_calls().1, 1, "nobody was asked again");
}

#[tokio::test]
async fn a06_a_lost_reply_to_the_proof_is_no_dead_end() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    let mut lost = browser.clone();
    lost.code(&code).await.unwrap();
    // This browser never heard; it asks where it stands, and posts the code again.
    assert_eq!(name(&browser.current().await), "code");
    assert_eq!(name(&browser.code(&code).await), "password");
    assert_eq!(browser.visit, lost.visit);
    assert_eq!(world.code_calls(), (1, 1));
    assert_eq!(name(&browser.password(NEW).await), "done");

    // After half a minute the old id is worth nothing.
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
async fn a06_a_double_click_writes_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    let calls = (0..20).map(|_| {
        let mut browser = browser.clone();
        async move { browser.password(NEW).await }
    });
    let outcomes = all_at_once(calls).await;
    assert_eq!(world.directory.writes(), 1);
    assert!(outcomes.iter().any(|outcome| name(outcome) == "done"));
    assert!(outcomes.iter().all(|outcome| ["done", "in_progress"].contains(&name(outcome))), "{outcomes:?}");
    assert_eq!(name(&browser.password("Een-Ander-Wachtwoord-9").await), "done");
    assert_eq!(world.directory.writes(), 1, "a finished visit writes nothing");
}

/// Runs a call until it hangs at the code service, and then drops it: as `kill -9` leaves it.
async fn killed_while_checking(world: &World, browser: &Browser, code: &str) {
    world.codes.outage(Some(Outage::Hangs));
    let (mut killed, code) = (browser.clone(), code.to_owned());
    let running = tokio::spawn(async move { killed.code(&code).await });
    while world.code_calls().0 == 0 {
        tokio::task::yield_now().await;
    }
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    world.codes.outage(None);
}

#[tokio::test]
async fn a_judgement_that_a_crash_cut_short_can_be_repeated_and_counts_as_an_attempt() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    killed_while_checking(&world, &browser, &code).await;
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
async fn a_code_that_entrust_never_answered_can_be_used_again() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    world.codes.outage(Some(Outage::Away));
    assert_eq!(name(&browser.code(&code).await), "unavailable");
    world.codes.outage(None);
    assert_eq!(name(&browser.code(&code).await), "password");
}
