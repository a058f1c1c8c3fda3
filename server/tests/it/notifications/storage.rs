//! Storing messages in the queue: expiry of codes, and errors of the store.

use super::world::{ANNA, NUMBER, World, anna, config, mobile};
use app::domain::code::Code;
use server::notifications::{CODE_LIFETIME, NotificationService};
use server::ports::clock::Clock as _;
use server::ports::notifier::{NoticeKind, Notifier as _, Recipients, SendError};
use server::test_support::notifier::{FakeFailure, FakeNotifier};

#[tokio::test]
async fn expired_code_is_not_sent() {
    let world = World::new();
    let code = Code::parse("012345").unwrap();
    world.sms.set(FakeFailure::Unavailable);
    world.service.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
    world.service.send_due().await;
    assert_eq!(world.sms.attempts(), 1);
    world.sms.set(FakeFailure::None);
    world.clock.advance(CODE_LIFETIME);
    world.service.send_due().await;
    assert_eq!((world.sms.attempts(), world.queued().await), (1, 0));

    world.service.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
    world.service.send_due().await;
    assert!(world.sms.sent()[0].text.starts_with("012345 is je code"));
}

#[tokio::test]
async fn code_that_cannot_be_queued_is_an_error_and_a_notice_is_not() {
    let world = World::new();
    world.store.set_unavailable(true);
    let code = Code::parse("012345").unwrap();
    let sent = world.service.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await;
    assert!(matches!(sent, Err(SendError::NotQueued(_))));
    assert!(!world.notify_reset().await);
    world.service.send_due().await;
    world.store.set_unavailable(false);
    assert_eq!((world.sent_counts(), world.queued().await), ((0, 0), 0));
}

#[tokio::test]
async fn notify_returns_whether_the_notice_was_queued() {
    let world = World::new();
    assert!(world.notify_reset().await);
    let no_recipients = Recipients::default();
    world.store.set_unavailable(true);
    assert!(!world.notify_reset().await, "a repeated call may succeed");
    let (kind, now) = (NoticeKind::PasswordReset, world.clock.now());
    assert!(world.service.notify(ANNA, kind, &no_recipients, now).await, "a repeated call would not help");
    let without_transports = NotificationService::new(config(world.store.clone(), world.clock.clone()));
    assert!(without_transports.notify(ANNA, kind, &anna(), now).await);
    world.store.set_unavailable(false);
    assert_eq!(world.queued().await, 2);

    let fake = FakeNotifier::default();
    fake.set_full(true);
    assert!(!fake.notify(ANNA, kind, &anna(), now).await);
    let code = Code::parse("012345").unwrap();
    assert!(matches!(fake.send_code(ANNA, &mobile(NUMBER), &code, now).await, Err(SendError::NotQueued(_))));
    assert_eq!(fake.sent(), []);
    fake.set_full(false);
    assert!(fake.notify(ANNA, kind, &anna(), now).await);
    assert_eq!(fake.sent().len(), 1);
}
