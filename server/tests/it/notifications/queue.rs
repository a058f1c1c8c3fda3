//! The queue: sends messages, retries temporary failures, and gives up after a limited time.

use super::world::{ANNA, BRAM, MAIL, NUMBER, World, anna, config, mobile};
use app::domain::code::Code;
use async_trait::async_trait;
use jiff::SignedDuration;
use server::adapters::sqlite::SqliteStore;
use server::notifications::{NotificationConfig, NotificationService};
use server::ports::clock::Clock as _;
use server::ports::health_finding::{Finding, State};
use server::ports::notifier::{
    Channel, Message, NoticeKind, Notifier as _, Outbox as _, Recipients, SendError, Transport,
    TransportError,
};
use server::test_support::MemoryStore;
use server::test_support::notifier::{FakeFailure, FakeTransport};
use std::sync::Arc;

#[tokio::test]
async fn notice_is_sent_once_to_every_address() {
    let world = World::new();
    let to = Recipients {
        mail: Some(MAIL.into()),
        private_mail: Some("anna@private.example".into()),
        mobiles: vec![mobile(NUMBER), mobile("+31687654321"), mobile(NUMBER)],
    };
    world.service.notify(ANNA, NoticeKind::MobileChanged, &to, world.clock.now()).await;
    assert_eq!(world.sent_counts(), (0, 0), "stored first, sent afterwards");
    world.service.send_due().await;
    world.service.send_due().await;
    let addresses = |transport: &FakeTransport| {
        transport.sent().iter().map(|message| message.to.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&world.mail), [MAIL, "anna@private.example"]);
    assert_eq!(addresses(&world.sms), [NUMBER, "+31687654321"]);
    assert_eq!(world.mail.sent()[0].subject, "Je mobiele nummer is gewijzigd");
    assert_eq!(world.queued().await, 0);
}

#[tokio::test]
async fn channel_without_a_transport_has_no_messages() {
    let (mail, sms) = (FakeTransport::new(Channel::Mail), FakeTransport::new(Channel::Sms));
    let (mail, sms) = (Arc::new(mail), Arc::new(sms));
    let world = World::with(mail.clone(), sms, vec![mail]);
    assert!(world.service.supports(Channel::Mail) && !world.service.supports(Channel::Sms));
    world.notify_reset().await;
    assert_eq!(world.queued().await, 1);
    let code = Code::parse("012345").unwrap();
    let sent = world.service.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await;
    assert!(matches!(sent, Err(SendError::NoTransport)));
    assert_eq!(world.queued().await, 1);
}

#[tokio::test]
async fn failed_message_is_retried_with_increasing_delays() {
    let world = World::new();
    world.mail.set(FakeFailure::Unavailable);
    world.notify_reset().await;
    world.service.send_due().await;
    assert_eq!(world.sent_counts(), (0, 1), "one channel does not wait for the other");
    let hour = SignedDuration::from_hours(1);
    let delays = [
        SignedDuration::from_secs(30),
        SignedDuration::from_mins(2),
        SignedDuration::from_mins(10),
        hour,
        hour,
        hour,
    ];
    for (attempts, delay) in (1..).zip(delays) {
        assert_eq!(world.mail.attempts(), attempts);
        world.clock.advance(delay - SignedDuration::from_secs(1));
        world.service.send_due().await;
        assert_eq!(world.mail.attempts(), attempts, "not before it is due");
        world.clock.advance(SignedDuration::from_secs(1));
        world.service.send_due().await;
    }
    world.mail.set(FakeFailure::None);
    world.clock.advance(hour);
    world.service.send_due().await;
    assert_eq!((world.sent_counts(), world.queued().await), ((1, 1), 0));
}

#[tokio::test]
async fn notice_is_retried_for_two_days_after_a_changed_value_becomes_usable() {
    for (waiting_hours, end) in [(0, 72), (24, 72), (25, 73), (7 * 24, 9 * 24)] {
        let world = World::new();
        let notices = NotificationService::new(NotificationConfig {
            transports: vec![world.mail.clone()],
            waiting_time: SignedDuration::from_hours(waiting_hours),
            ..config(world.store.clone(), world.clock.clone())
        });
        world.mail.set(FakeFailure::Unavailable);
        let start = world.clock.now();
        notices.notify(ANNA, NoticeKind::MobileChanged, &anna(), start).await;
        loop {
            let next = notices.send_due().await;
            if world.queued().await == 0 {
                break;
            }
            world.clock.wait_until(next).await;
        }
        assert_eq!(world.clock.now().duration_since(start), SignedDuration::from_hours(end));
        let attempts = world.mail.attempts();
        world.mail.set(FakeFailure::None);
        world.clock.advance(SignedDuration::from_hours(48));
        notices.send_due().await;
        assert_eq!(world.mail.attempts(), attempts);
    }
}

#[tokio::test]
async fn permanently_refused_message_is_dropped_at_once() {
    let world = World::new();
    world.mail.set(FakeFailure::Permanent);
    world.notify_reset().await;
    world.service.send_due().await;
    assert_eq!((world.mail.attempts(), world.queued().await), (1, 0));
}

#[tokio::test]
async fn queued_message_is_sent_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reset.db");
    let world = World::new();
    let transports = || vec![world.mail.clone() as Arc<dyn Transport>];
    {
        let store = Arc::new(SqliteStore::open(&file).await.unwrap());
        let notices = NotificationService::new(NotificationConfig {
            transports: transports(),
            ..config(store, world.clock.clone())
        });
        notices.notify(ANNA, NoticeKind::PasswordReset, &anna(), world.clock.now()).await;
    }
    let store = Arc::new(SqliteStore::open(&file).await.unwrap());
    let notices = NotificationService::new(NotificationConfig {
        transports: transports(),
        ..config(store.clone(), world.clock.clone())
    });
    notices.send_due().await;
    assert_eq!(*world.mail.sent()[0].to, MAIL);
    assert_eq!(store.queued_count().await.unwrap(), 0);
}

/// Sends a message, and makes the store unavailable before the service can record that.
struct StoreFailsAfterSend(Arc<FakeTransport>, Arc<MemoryStore>);

#[async_trait]
impl Transport for StoreFailsAfterSend {
    fn channel(&self) -> Channel {
        Channel::Mail
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        self.1.set_unavailable(true);
        self.0.send(message).await
    }

    async fn check(&self) -> Vec<Finding> {
        vec![]
    }
}

#[tokio::test]
async fn message_is_sent_twice_rather_than_lost() {
    let world = World::new();
    let transport = StoreFailsAfterSend(world.mail.clone(), world.store.clone());
    let first = NotificationService::new(NotificationConfig {
        transports: vec![Arc::new(transport)],
        ..config(world.store.clone(), world.clock.clone())
    });
    let to = Recipients { mail: Some(MAIL.into()), ..Recipients::default() };
    first.notify(ANNA, NoticeKind::PasswordReset, &to, world.clock.now()).await;
    first.send_due().await;
    assert_eq!(world.sent_counts(), (1, 0));
    world.store.set_unavailable(false);
    // It belongs to the first service until the claim ends.
    world.service.send_due().await;
    assert_eq!(world.sent_counts(), (1, 0));
    world.clock.advance(SignedDuration::from_mins(2));
    world.service.send_due().await;
    world.service.send_due().await;
    assert_eq!((world.sent_counts(), world.queued().await), ((2, 0), 0));
}

#[tokio::test]
async fn queued_message_cannot_be_moved_to_another_account_or_channel() {
    let world = World::new();
    world.notify_reset().await;
    let now = world.clock.now();
    let mails = world.store.due(Channel::Mail, now, 9).await.unwrap();
    let texts = world.store.due(Channel::Sms, now, 9).await.unwrap();
    let sealed = [(Channel::Mail, mails[0].sealed.clone()), (Channel::Sms, texts[0].sealed.clone())];
    world.store.remove_messages_of(ANNA).await.unwrap();
    world.store.put(BRAM, &sealed, now).await.unwrap();
    // The channels are exchanged as well.
    let [(mail, by_mail), (sms, by_sms)] = sealed;
    world.store.put(ANNA, &[(sms, by_mail), (mail, by_sms)], now).await.unwrap();
    world.service.send_due().await;
    assert_eq!((world.sent_counts(), world.queued().await), ((0, 0), 0));
}

#[tokio::test]
async fn a36_queue_is_polled_at_least_every_thirty_seconds() {
    let world = World::new();
    let is_soon =
        |next: jiff::Timestamp| next.duration_since(world.clock.now()) <= SignedDuration::from_secs(30);
    assert!(is_soon(world.service.send_due().await), "an empty queue");
    world.mail.set(FakeFailure::Unavailable);
    world.notify_reset().await;
    for _ in 0..6 {
        let next = world.service.send_due().await;
        assert!(is_soon(next), "a queue whose next message is due later");
        world.clock.wait_until(next).await;
    }
    world.store.set_unavailable(true);
    assert!(is_soon(world.service.send_due().await), "an unavailable store");
}

#[tokio::test]
async fn check_reports_each_transport_and_the_queue() {
    let world = World::new();
    world.notify_reset().await;
    let rows = world.service.check().await;
    assert_eq!(rows.iter().filter(|row| row.part == "fake").count(), 2);
    assert_eq!(world.service.check_queue().await.detail, "2 waiting");
    world.mail.set(FakeFailure::Unavailable);
    assert!(world.service.check().await.iter().any(|row| row.state == State::Bad));
    let without_transports = NotificationService::new(config(world.store.clone(), world.clock.clone()));
    assert!(
        without_transports
            .check()
            .await
            .iter()
            .any(|row| row.what == "mail.url" && row.detail.contains("not set"))
    );
}
