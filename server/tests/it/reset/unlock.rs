//! Unlocking without a new password: after full verification, for a locked account, if it is offered.

use super::world::{CURRENT_PASSWORD, NEW_PASSWORD, World, name};
use app::api::step::Step;
use app::domain::password::Password;
use server::ports::audit::Event;
use server::ports::directory::Directory as _;
use server::ports::notifier::NoticeKind;
use server::test_support::directory::DirectoryOutage;
use server::test_support::notifier::SentMessage;

/// A world in which A.Janssen is locked out.
async fn locked_world() -> World {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| {
        member.failed_sign_ins = 5;
        member.account.locked = true;
    });
    world
}

#[tokio::test]
async fn locked_account_can_be_unlocked_without_a_new_password() {
    let world = locked_world().await;
    let mut browser = world.browser();
    let step = browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert!(matches!(step, Step::Password { unlock: true, .. }), "{step:?}");
    let done = browser.unlock().await.unwrap();
    let expected = Step::Done {
        applications: vec![],
        groups: vec![],
        everywhere: None,
        unlocked: true,
        practice: false,
    };
    assert_eq!(done, expected);
    assert_eq!(browser.current().await.unwrap(), expected);
    assert_eq!(world.directory.writes(), 0);
    let account = world.directory.member("A.Janssen").unwrap().account;
    assert_eq!(
        world.directory.verify_password(&account, &Password::new(CURRENT_PASSWORD)).await.unwrap(),
        Some(true)
    );
    let events: Vec<Event> = world.audit.entries().into_iter().map(|entry| entry.event).collect();
    assert_eq!(events, [Event::SessionStarted, Event::Verified, Event::AboutToUnlock, Event::Unlocked]);
    let sent = world.notifier.sent();
    assert!(matches!(sent[..], [SentMessage::NoticeKind(_, NoticeKind::AccountUnlocked, _)]), "{sent:?}");
}

#[tokio::test]
async fn unlock_is_refused_if_the_account_is_not_locked_or_unlock_is_not_offered() {
    let world = World::new().await;
    let mut browser = world.browser();
    let step = browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert!(matches!(step, Step::Password { unlock: false, .. }), "{step:?}");
    assert_eq!(name(&browser.unlock().await), "start_again");
    assert_eq!(name(&browser.current().await), "password", "the step is unchanged");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");

    let mut world = locked_world().await;
    world.config.offer_unlock = false;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.unlock().await), "start_again");
    assert!(world.directory.member("A.Janssen").unwrap().account.locked);
}

#[tokio::test]
async fn account_unlocked_in_the_meantime_is_not_written() {
    let world = locked_world().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.edit("A.Janssen", |member| member.account.locked = false);
    assert_eq!(name(&browser.unlock().await), "start_again");
    let step = browser.current().await.unwrap();
    assert!(matches!(step, Step::Password { unlock: false, .. }), "{step:?}");
}

#[tokio::test]
async fn outage_during_unlock_keeps_the_step_and_the_lock() {
    let world = locked_world().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert_eq!(name(&browser.unlock().await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.unlock().await), "done");
}

#[tokio::test]
async fn unlock_with_a_lost_response_is_detected_and_the_owner_notified() {
    let world = locked_world().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::UnlockLost));
    assert_eq!(name(&browser.unlock().await), "done");
    let sent = world.notifier.sent();
    assert!(matches!(sent[..], [SentMessage::NoticeKind(_, NoticeKind::AccountUnlocked, _)]), "{sent:?}");
}

#[tokio::test]
async fn unlock_is_written_to_a_controller_without_the_replicated_lock() {
    let world = locked_world().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_replication_delayed(true);
    world.directory.set_outage(Some(DirectoryOutage::FirstServerReadOnly));
    assert_eq!(name(&browser.unlock().await), "done");
    assert!(!world.directory.member("A.Janssen").unwrap().account.locked);
}
