//! What is kept and what is not: codes for their time, and whoever tells learns of it.

use super::world::{ANNA, NUMBER, World, anna, config, mobile};
use app::domain::code::Code;
use server::notifications::{CODE_LIFE, NotificationService};
use server::ports::clock::Clock as _;
use server::ports::notifier::{NoticeKind, Notifier as _, Recipients, SendError};
use server::test_support::notifier::{FakeFailure, FakeNotifier};

#[tokio::test]
async fn a_code_is_not_sent_after_it_expired() {
    let world = World::new();
    let code = Code::parse("012345").unwrap();
    world.sms.set(FakeFailure::Away);
    world.notices.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
    world.notices.send_due().await;
    assert_eq!(world.sms.asked(), 1);
    world.sms.set(FakeFailure::Takes);
    world.clock.advance(CODE_LIFE);
    world.notices.send_due().await;
    assert_eq!((world.sms.asked(), world.waiting().await), (1, 0));

    world.notices.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
    world.notices.send_due().await;
    assert!(world.sms.carried()[0].text.starts_with("012345 is je code"));
}

#[tokio::test]
async fn a_code_that_cannot_be_kept_is_an_error_and_a_notice_is_none() {
    let world = World::new();
    world.store.set_away(true);
    let code = Code::parse("012345").unwrap();
    let sent = world.notices.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await;
    assert!(matches!(sent, Err(SendError::NotKept(_))));
    assert!(!world.tell().await);
    world.notices.send_due().await;
    world.store.set_away(false);
    assert_eq!((world.carried(), world.waiting().await), ((0, 0), 0));
}

#[tokio::test]
async fn whoever_tells_learns_whether_it_is_kept() {
    let world = World::new();
    assert!(world.tell().await);
    let nowhere = Recipients::default();
    world.store.set_away(true);
    assert!(!world.tell().await, "telling again may help");
    let (happened, now) = (NoticeKind::PasswordReset, world.clock.now());
    assert!(world.notices.tell(ANNA, happened, &nowhere, now).await, "telling again helps nobody");
    let without_carriers = NotificationService::new(config(world.store.clone(), world.clock.clone()));
    assert!(without_carriers.tell(ANNA, happened, &anna(), now).await);
    world.store.set_away(false);
    assert_eq!(world.waiting().await, 2);

    let fake = FakeNotifier::default();
    fake.set_full(true);
    assert!(!fake.tell(ANNA, happened, &anna(), now).await);
    let code = Code::parse("012345").unwrap();
    assert!(matches!(fake.send_code(ANNA, &mobile(NUMBER), &code, now).await, Err(SendError::NotKept(_))));
    assert_eq!(fake.said(), []);
    fake.set_full(false);
    assert!(fake.tell(ANNA, happened, &anna(), now).await);
    assert_eq!(fake.said().len(), 1);
}
