//! The write: the screen says «done» only when it is, and says so when it is.

use super::world::{NEW, World, name};
use app::api::refusal::Refusal;
use app::api::step::Step;
use app::policy::Violation;
use jiff::SignedDuration;
use server::ports::audit::Event;
use server::ports::directory::{Directory as _, Eligibility};
use server::test_support::directory::Outage;

fn events(world: &World) -> Vec<Event> {
    world.audit.entries().into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn the_new_password_counts_the_old_one_does_not_and_the_trail_tells() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password(NEW).await), "done");
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
    assert_eq!(verify_password(NEW).await, Some(true));
    assert_eq!(verify_password(super::world::FIRST).await, Some(false));
    assert_eq!(name(&browser.current().await), "done");
    assert_eq!(events(&world), [Event::VisitBegun, Event::Verified, Event::AboutToSet, Event::PasswordSet]);
}

#[tokio::test]
async fn a_weak_password_is_refused_by_the_same_judge_as_in_the_browser() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    for (password, breach) in [
        ("Kort-42!", "too_short"),
        ("alleenkleineletters", "complexity"),
        ("Welkom-Janssen-42", "contains_name"),
        ("Welkom-Pantein-42", "banned_word"),
        ("Aaaaaaaaaaaaaa1", "too_guessable"),
    ] {
        let Err(Refusal::WeakPassword { breaches }) = browser.password(password).await else {
            panic!("{password}")
        };
        let named = serde_json::to_string(&breaches).unwrap();
        assert!(named.contains(breach), "{password}: {named}");
    }
    assert!(matches!(browser.password("").await, Err(Refusal::Invalid { .. })));
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(name(&browser.password(NEW).await), "done");
}

#[tokio::test]
async fn the_directorys_own_rules_are_never_undercut() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.policy.min_length = 22);
    let mut browser = world.browser();
    let Ok(app::api::step::Step::Password { rules, .. }) = browser.reach_password(&world, "A.Janssen").await
    else {
        panic!()
    };
    assert_eq!(rules.min_length, 22);
    let refusal = browser.password(NEW).await.unwrap_err();
    assert_eq!(refusal, Refusal::WeakPassword { breaches: vec![Violation::TooShort { min: 22 }] });
}

#[tokio::test]
async fn the_directorys_no_leaves_the_step_open() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.edit("A.Janssen", |member| member.used.push(NEW.into()));
    let Err(Refusal::WeakPassword { breaches }) = browser.password(NEW).await else { panic!() };
    assert!(matches!(breaches[..], [Violation::InHistory { .. }]), "{breaches:?}");
    assert_eq!(name(&browser.password("Winter-Kanaal-88?groen").await), "done");
}

#[tokio::test]
async fn a_password_may_be_tried_twenty_times() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    for _ in 0..20 {
        assert_eq!(name(&browser.password("kort").await), "weak_password");
    }
    assert_eq!(name(&browser.password(NEW).await), "too_many");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn an_unanswered_write_is_looked_after_until_it_is_certain() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::AnswerLost));
    assert_eq!(name(&browser.password(NEW).await), "done");
    assert_eq!(world.directory.writes(), 1, "what is found is not repeated");
}

#[tokio::test]
async fn a_write_that_servers_swallow_is_not_set_as_long_as_they_say_so() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::WriteLost));
    assert_eq!(name(&browser.password(NEW).await), "unavailable");
    assert_eq!(name(&browser.current().await), "password", "nothing was written");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.password(NEW).await), "done");
}

#[tokio::test]
async fn nothing_is_written_when_the_trail_cannot_be() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.audit.set_away(true);
    assert_eq!(name(&browser.password(NEW).await), "unavailable");
    assert_eq!(world.directory.writes(), 0);
    world.audit.set_away(false);
    assert_eq!(name(&browser.password(NEW).await), "done");
}

#[tokio::test]
async fn an_account_that_was_disabled_since_the_proof_is_not_written() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.edit("A.Janssen", |member| member.account.eligibility = Eligibility::Disabled);
    assert_eq!(name(&browser.password(NEW).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn a_directory_that_is_away_keeps_the_step() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::Unreachable));
    assert_eq!(name(&browser.password(NEW).await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.current().await), "password");
    assert_eq!(name(&browser.password(NEW).await), "done");
}

#[tokio::test]
async fn a25_when_the_server_that_wrote_is_gone_the_other_one_makes_it_certain() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::ServerLost));
    assert_eq!(name(&browser.password(NEW).await), "done");
    assert_eq!(events(&world).last(), Some(&Event::PasswordSet));
    let member = world.directory.member("A.Janssen").unwrap();
    assert_eq!(member.password, NEW);
}

#[tokio::test]
async fn a25_what_nobody_can_be_asked_of_is_settled_as_soon_as_somebody_can() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::AllLost));
    assert_eq!(name(&browser.password(NEW).await), "outcome_unknown");
    assert_eq!(events(&world).last(), Some(&Event::OutcomeUnknown));
    // As long as the claim lives nobody may begin a new visit over it.
    assert_eq!(name(&browser.identify("A.Janssen").await), "in_progress");
    assert_eq!(name(&browser.cancel().await), "in_progress");
    // One server alone, which has not heard of it, cannot say that nothing was written.
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.current().await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.current().await), "done");
}

#[tokio::test]
async fn a27_nothing_is_written_at_a_server_by_which_the_account_may_not() {
    for eligibility in [Eligibility::Privileged, Eligibility::Disabled, Eligibility::OutOfScope] {
        let world = World::new().await;
        let mut browser = world.browser();
        browser.reach_password(&world, "A.Janssen").await.unwrap();
        world.directory.edit("A.Janssen", |member| member.elsewhere = Some(eligibility));
        world.directory.set_outage(Some(Outage::Elsewhere));
        assert_eq!(name(&browser.password(NEW).await), "unavailable", "{eligibility:?}");
        assert_eq!(world.directory.writes(), 0, "{eligibility:?}");
        // Nor is a write repeated there whose first server is gone.
        world.directory.set_outage(Some(Outage::ServerLost));
        assert_eq!(name(&browser.password(NEW).await), "outcome_unknown", "{eligibility:?}");
        assert_eq!(world.directory.writes(), 1, "{eligibility:?}");
    }
}

#[tokio::test]
async fn the_last_screen_says_whether_all_servers_know_the_password() {
    let everywhere = |answer: &Result<Step, Refusal>| match answer {
        Ok(Step::Done { everywhere, .. }) => *everywhere,
        other => panic!("{other:?}"),
    };
    for (alone, behind, expected) in
        [(false, false, Some(true)), (false, true, Some(false)), (true, false, None)]
    {
        let world = World::new().await;
        world.directory.set_behind(behind);
        if alone {
            world.directory.stand_alone();
        }
        let mut browser = world.browser();
        browser.reach_password(&world, "A.Janssen").await.unwrap();
        assert_eq!(everywhere(&browser.password(NEW).await), expected, "{alone} {behind}");
        assert_eq!(everywhere(&browser.current().await), expected, "{alone} {behind}");
    }
}

#[tokio::test]
async fn a_password_that_arrives_later_is_everywhere_later() {
    let world = World::new().await;
    world.directory.set_behind(true);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    browser.password(NEW).await.unwrap();
    world.directory.set_behind(false);
    // The look in the background is awaited, however it is scheduled.
    while !matches!(browser.current().await, Ok(Step::Done { everywhere: Some(true), .. })) {
        tokio::task::yield_now().await;
    }
}
