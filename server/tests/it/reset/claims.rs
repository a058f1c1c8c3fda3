//! A4–A6, A21: parallel requests, lost responses, and claims that a crash abandoned.

use super::world::{BIRTHDATE, Browser, NEW_PASSWORD, World, name, wrong_code};
use app::api::refusal::Refusal;
use app::api::step::Step;
use jiff::SignedDuration;
use server::ports::audit::NotVerifiedReason;
use server::reset::SharedComponents;
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
    world.config.min_response_time = SignedDuration::ZERO;
    let calls = (0..200).map(|n| {
        let mut browser = world.browser();
        async move {
            browser.reach_code("A.Janssen").await.unwrap();
            browser.code(&format!("{n:08}")).await
        }
    });
    let outcomes = run_in_parallel(calls).await;
    // The requests share a clock that runs while one of them waits: for some it is too late to verify a code.
    assert!(outcomes.iter().all(|outcome| ["not_verified", "unavailable"].contains(&name(outcome))));
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
async fn a21_known_device_has_a_budget_of_its_own() {
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
    for n in 0..2 {
        assert_eq!(name(&owner.code(&format!("9000000{n}")).await), "not_verified");
        assert_eq!(world.last_reason(), Some(NotVerifiedReason::WrongCode));
    }
    // Entrust locks at five failures; the fifth is the owner's own.
    world.otp_provider.unlock("A.Janssen");
    assert_eq!(name(&owner.code("90000002").await), "not_verified");
    assert_eq!(name(&owner.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::BudgetSpent));
}

/// Three wrong codes from these addresses, each in a session of its own.
async fn spend_budget(world: &World, address: &str) {
    for n in 0..3 {
        let mut browser = Browser { address: address.parse().unwrap(), ..world.browser() };
        browser.reach_code("A.Janssen").await.unwrap();
        browser.code(&format!("91000{:02}{n}", address.len())).await.unwrap_err();
    }
}

async fn reaches_password(world: &World, address: &str, device: bool) -> bool {
    let device = device.then(|| world.directory.member("A.Janssen").unwrap().account.id);
    let mut browser = Browser { address: address.parse().unwrap(), device, ..world.browser() };
    name(&browser.reach_password(world, "A.Janssen").await) == "password"
}

#[tokio::test]
async fn a21_strangers_insiders_and_devices_cannot_spend_each_others_budget() {
    let (stranger, insider) = ("192.0.2.1", "10.1.2.3");
    for (spenders, open) in [
        (&[stranger][..], [false, true, true]),
        (&[insider][..], [true, false, true]),
        (&[stranger, insider][..], [false, false, true]),
    ] {
        let mut world = World::new().await;
        world.config.limits.own_networks = vec!["10.0.0.0/8".parse().unwrap()];
        for spender in spenders {
            spend_budget(&world, spender).await;
            world.otp_provider.unlock("A.Janssen");
        }
        for (index, (address, device)) in
            [(stranger, false), (insider, false), (stranger, true)].into_iter().enumerate()
        {
            let copy = world.fork();
            assert_eq!(
                reaches_password(&copy, address, device).await,
                open[index],
                "{spenders:?} {address} {device} {:?}",
                copy.last_reason()
            );
        }
    }
}

#[tokio::test]
async fn a21_strangers_leave_an_attempt_at_the_provider_to_own_networks_and_devices() {
    for device in [false, true] {
        let mut world = World::new().await;
        world.config.limits.own_networks = vec!["10.0.0.0/8".parse().unwrap()];
        world.config.limits.code_reserve = 2;
        spend_budget(&world, "192.0.2.1").await;
        assert!(!reaches_password(&world, "192.0.2.1", false).await);
        assert!(reaches_password(&world, if device { "192.0.2.1" } else { "10.1.2.3" }, device).await);
    }
}

#[tokio::test]
async fn a21_provider_sees_nothing_of_an_account_whose_budget_is_spent() {
    let world = World::new().await;
    spend_budget(&world, "192.0.2.1").await;
    world.otp_provider.forget_calls();
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "not_verified");
    let decoy = server::test_support::otp_provider::DECOY.to_owned();
    let call = server::test_support::otp_provider::Call::Open(decoy, app::api::step::OtpMethod::Token);
    assert_eq!(world.otp_provider.calls(), [call]);
}

/// Wrong codes, one a day, from an address or a device; the provider reports no remaining attempts and never locks.
async fn fail_daily(world: &World, days: u32, address: &str, device: bool) {
    let device = device.then(|| world.directory.member("A.Janssen").unwrap().account.id);
    for n in 0..days {
        world.otp_provider.unlock("A.Janssen");
        world.clock.advance(SignedDuration::from_hours(27));
        let mut browser = Browser { address: address.parse().unwrap(), device, ..world.browser() };
        browser.reach_code("A.Janssen").await.unwrap();
        browser.code(&format!("2{n:07}")).await.unwrap_err();
    }
    world.otp_provider.unlock("A.Janssen");
    world.clock.advance(SignedDuration::from_hours(27));
}

#[tokio::test]
async fn a22_consecutive_failures_do_not_decay_and_stop_below_one_hundred_for_everyone() {
    let mut world = World::new().await;
    world.config.limits.own_networks = vec!["10.0.0.0/8".parse().unwrap()];
    world.otp_provider.hide_attempts();
    fail_daily(&world, 70, "192.0.2.1", false).await;
    assert_eq!(world.provider_calls().1, 60, "strangers stop first");
    assert!(!reaches_password(&world.fork(), "192.0.2.1", false).await);
    fail_daily(&world, 30, "10.1.2.3", false).await;
    assert_eq!(world.provider_calls().1, 80, "then own networks");
    fail_daily(&world, 30, "192.0.2.1", true).await;
    assert_eq!(world.provider_calls().1, 99, "then known devices");
    assert!(!reaches_password(&world.fork(), "192.0.2.1", true).await);
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::BudgetSpent));
}

#[tokio::test]
async fn a22_right_code_ends_the_consecutive_failures() {
    let world = World::new().await;
    world.otp_provider.hide_attempts();
    for _ in 0..3 {
        fail_daily(&world, 50, "192.0.2.1", false).await;
        assert!(reaches_password(&world, "192.0.2.1", false).await);
    }
    assert_eq!(world.provider_calls().1, 3 * 51);
}

#[tokio::test]
async fn a22_operator_ends_the_consecutive_failures() {
    let world = World::new().await;
    world.otp_provider.hide_attempts();
    fail_daily(&world, 60, "192.0.2.1", false).await;
    assert!(!reaches_password(&world.fork(), "192.0.2.1", false).await);
    let id = world.directory.member("A.Janssen").unwrap().account.id;
    SharedComponents::new(&world.deps(), &world.config).clear_failures(id).await.unwrap();
    assert!(reaches_password(&world, "192.0.2.1", false).await);
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
