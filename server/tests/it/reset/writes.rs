//! The password write: the service answers `done` if and only if the password was set.

use super::world::{NEW_PASSWORD, World, name};
use app::api::refusal::Refusal;
use app::api::step::Step;
use app::policy::Violation;
use jiff::SignedDuration;
use server::ports::audit::Event;
use server::ports::directory::{Directory as _, Eligibility};
use server::test_support::directory::DirectoryOutage;

fn events(world: &World) -> Vec<Event> {
    world.audit.entries().into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn new_password_replaces_the_old_one_and_is_recorded_in_the_audit_log() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    let account = world.directory.member("A.Janssen").unwrap().account;
    let verify_password = |password: &'static str| {
        let (directory, account) = (world.directory.clone(), account.clone());
        async move {
            directory
                .verify_password(&account, &app::domain::password::Password::new(password))
                .await
                .unwrap()
        }
    };
    assert_eq!(verify_password(NEW_PASSWORD).await, Some(true));
    assert_eq!(verify_password(super::world::CURRENT_PASSWORD).await, Some(false));
    assert_eq!(name(&browser.current().await), "done");
    assert_eq!(
        events(&world),
        [Event::SessionStarted, Event::Verified, Event::AboutToSet, Event::PasswordSet]
    );
}

#[tokio::test]
async fn weak_password_is_refused_by_the_same_policy_as_in_the_browser() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    for (password, violation) in [
        ("Kort-42!", "too_short"),
        ("alleenkleineletters", "complexity"),
        ("Welkom-Janssen-42", "contains_name"),
        ("Welkom-Pantein-42", "banned_word"),
        ("Aaaaaaaaaaaaaa1", "too_guessable"),
    ] {
        let Err(Refusal::WeakPassword { violations }) = browser.password(password).await else {
            panic!("{password}")
        };
        let violations = serde_json::to_string(&violations).unwrap();
        assert!(violations.contains(violation), "{password}: {violations}");
    }
    assert!(matches!(browser.password("").await, Err(Refusal::Invalid { .. })));
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn stricter_password_policy_of_the_directory_applies() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.policy.min_length = 22);
    let mut browser = world.browser();
    let Ok(app::api::step::Step::Password { rules, .. }) = browser.reach_password(&world, "A.Janssen").await
    else {
        panic!()
    };
    assert_eq!(rules.min_length, 22);
    let refusal = browser.password(NEW_PASSWORD).await.unwrap_err();
    assert_eq!(refusal, Refusal::WeakPassword { violations: vec![Violation::TooShort { min: 22 }] });
}

#[tokio::test]
async fn password_refused_by_the_directory_can_be_replaced_by_another() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.edit("A.Janssen", |member| member.used.push(NEW_PASSWORD.into()));
    let Err(Refusal::WeakPassword { violations }) = browser.password(NEW_PASSWORD).await else { panic!() };
    assert!(matches!(violations[..], [Violation::InHistory { .. }]), "{violations:?}");
    assert_eq!(name(&browser.password("Winter-Kanaal-88?groen").await), "done");
}

#[tokio::test]
async fn password_step_allows_twenty_attempts() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    for _ in 0..20 {
        assert_eq!(name(&browser.password("kort").await), "weak_password");
    }
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "too_many");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn a26_unanswered_write_is_settled_before_the_response() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::AnswerLost));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert_eq!(world.directory.writes(), 1, "a write that is found is not repeated");
}

#[tokio::test]
async fn lost_write_is_reported_as_not_set() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::WriteLost));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable");
    assert_eq!(name(&browser.current().await), "password", "nothing was written");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn no_password_is_written_without_the_audit_log() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.audit.set_unavailable(true);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable");
    assert_eq!(world.directory.writes(), 0);
    world.audit.set_unavailable(false);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn account_disabled_after_verification_is_not_written() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.edit("A.Janssen", |member| member.account.eligibility = Eligibility::Disabled);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn unreachable_directory_keeps_the_password_step() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.current().await), "password");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn a25_write_to_a_lost_controller_is_settled_by_the_other_controller() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::ServerLost));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert_eq!(events(&world).last(), Some(&Event::PasswordSet));
    let member = world.directory.member("A.Janssen").unwrap();
    assert_eq!(member.password, NEW_PASSWORD);
}

#[tokio::test]
async fn a25_unknown_outcome_is_settled_when_a_controller_is_reachable_again() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::AllLost));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "outcome_unknown");
    assert_eq!(events(&world).last(), Some(&Event::OutcomeUnknown));
    // While the claim is valid, no new session may replace it.
    assert_eq!(name(&browser.identify("A.Janssen").await), "in_progress");
    assert_eq!(name(&browser.cancel().await), "in_progress");
    // A single controller without the replicated write cannot exclude that it was executed.
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.current().await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.current().await), "done");
}

#[tokio::test]
async fn a27_no_password_is_written_at_a_controller_that_shows_the_account_as_ineligible() {
    for eligibility in [Eligibility::Privileged, Eligibility::Disabled, Eligibility::OutOfScope] {
        let world = World::new().await;
        let mut browser = world.browser();
        browser.reach_password(&world, "A.Janssen").await.unwrap();
        world.directory.edit("A.Janssen", |member| member.second_server_eligibility = Some(eligibility));
        world.directory.set_outage(Some(DirectoryOutage::FirstServerReadOnly));
        assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable", "{eligibility:?}");
        assert_eq!(world.directory.writes(), 0, "{eligibility:?}");
        // A write to a controller that was lost is not repeated at this controller either.
        world.directory.set_outage(Some(DirectoryOutage::ServerLost));
        assert_eq!(name(&browser.password(NEW_PASSWORD).await), "outcome_unknown", "{eligibility:?}");
        assert_eq!(world.directory.writes(), 1, "{eligibility:?}");
    }
}

#[tokio::test]
async fn last_step_shows_whether_all_controllers_have_the_password() {
    let everywhere = |answer: &Result<Step, Refusal>| match answer {
        Ok(Step::Done { everywhere, .. }) => *everywhere,
        other => panic!("{other:?}"),
    };
    for (alone, behind, expected) in
        [(false, false, Some(true)), (false, true, Some(false)), (true, false, None)]
    {
        let world = World::new().await;
        world.directory.set_replication_delayed(behind);
        if alone {
            world.directory.use_single_controller();
        }
        let mut browser = world.browser();
        browser.reach_password(&world, "A.Janssen").await.unwrap();
        assert_eq!(everywhere(&browser.password(NEW_PASSWORD).await), expected, "{alone} {behind}");
        assert_eq!(everywhere(&browser.current().await), expected, "{alone} {behind}");
    }
}

#[tokio::test]
async fn last_step_is_updated_after_delayed_replication() {
    let recorder = server::telemetry::recorder::builder().unwrap().build_recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    world.directory.set_replication_delayed(true);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    browser.password(NEW_PASSWORD).await.unwrap();
    world.directory.set_replication_delayed(false);
    // Replication is checked in the background; wait until that check has run.
    while !matches!(browser.current().await, Ok(Step::Done { everywhere: Some(true), .. })) {
        tokio::task::yield_now().await;
    }
    let metrics = recorder.handle().render();
    // The first background check is two seconds after the last one in the foreground.
    for line in ["replication_wait_seconds_bucket{le=\"1\"} 0", "replication_wait_seconds_count 1"] {
        assert!(metrics.contains(line), "{metrics}");
    }
}
