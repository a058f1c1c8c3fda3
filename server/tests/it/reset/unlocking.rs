//! Only unlocking: after the full proof, of a locked account, where it is on offer.

use super::world::{FIRST, NEW, World, name};
use app::api::step::Step;
use app::domain::password::Password;
use server::ports::audit::Event;
use server::ports::directory::Directory as _;
use server::ports::notifier::NoticeKind;
use server::test_support::directory::Outage;
use server::test_support::notifier::Said;

/// A.Janssen, locked out.
async fn locked() -> World {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| {
        member.wrong = 5;
        member.account.locked = true;
    });
    world
}

#[tokio::test]
async fn whoever_remembers_the_password_just_unlocks() {
    let world = locked().await;
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
    assert_eq!(world.directory.verify_password(&account, &Password::new(FIRST)).await.unwrap(), Some(true));
    let events: Vec<Event> = world.audit.entries().into_iter().map(|entry| entry.event).collect();
    assert_eq!(events, [Event::VisitBegun, Event::Verified, Event::AboutToUnlock, Event::Unlocked]);
    let said = world.notices.said();
    assert!(matches!(said[..], [Said::NoticeKind(_, NoticeKind::AccountUnlocked, _)]), "{said:?}");
}

#[tokio::test]
async fn nothing_is_unlocked_that_is_not_locked_or_not_on_offer() {
    let world = World::new().await;
    let mut browser = world.browser();
    let step = browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert!(matches!(step, Step::Password { unlock: false, .. }), "{step:?}");
    assert_eq!(name(&browser.unlock().await), "start_again");
    assert_eq!(name(&browser.current().await), "password", "the step stays");
    assert_eq!(name(&browser.password(NEW).await), "done");

    let mut world = locked().await;
    world.terms.offer_unlock = false;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.unlock().await), "start_again");
    assert!(world.directory.member("A.Janssen").unwrap().account.locked);
}

#[tokio::test]
async fn an_account_that_somebody_else_unlocked_meanwhile_is_left_alone() {
    let world = locked().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.edit("A.Janssen", |member| member.account.locked = false);
    assert_eq!(name(&browser.unlock().await), "start_again");
    let step = browser.current().await.unwrap();
    assert!(matches!(step, Step::Password { unlock: false, .. }), "{step:?}");
}

#[tokio::test]
async fn an_outage_keeps_the_step_and_unlocks_nothing() {
    let world = locked().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::Unreachable));
    assert_eq!(name(&browser.unlock().await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.unlock().await), "done");
}

#[tokio::test]
async fn an_unlocking_whose_answer_is_lost_is_seen_and_told() {
    let world = locked().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::UnlockLost));
    assert_eq!(name(&browser.unlock().await), "done");
    let said = world.notices.said();
    assert!(matches!(said[..], [Said::NoticeKind(_, NoticeKind::AccountUnlocked, _)]), "{said:?}");
}

#[tokio::test]
async fn a_server_that_has_not_heard_of_the_lock_is_written_to_all_the_same() {
    let world = locked().await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_behind(true);
    world.directory.set_outage(Some(Outage::Elsewhere));
    assert_eq!(name(&browser.unlock().await), "done");
    assert!(!world.directory.member("A.Janssen").unwrap().account.locked);
}
