//! The queue: what is in it is sent, again where it must be, and not for ever.

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
async fn what_happened_is_told_once_at_every_address() {
    let world = World::new();
    let to = Recipients {
        mail: Some(MAIL.into()),
        mobiles: vec![mobile(NUMBER), mobile("+31687654321"), mobile(NUMBER)],
    };
    world.notices.tell(ANNA, NoticeKind::MobileChanged, &to, world.clock.now()).await;
    assert_eq!(world.carried(), (0, 0), "kept first, sent afterwards");
    world.notices.send_due().await;
    world.notices.send_due().await;
    let addresses = |carrier: &FakeTransport| {
        carrier.carried().iter().map(|message| message.to.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&world.mail), [MAIL]);
    assert_eq!(addresses(&world.sms), [NUMBER, "+31687654321"]);
    assert_eq!(world.mail.carried()[0].subject, "Je mobiele nummer is gewijzigd");
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn a_channel_without_a_carrier_has_no_messages() {
    let (mail, sms) = (FakeTransport::new(Channel::Mail), FakeTransport::new(Channel::Sms));
    let (mail, sms) = (Arc::new(mail), Arc::new(sms));
    let world = World::with(mail.clone(), sms, vec![mail]);
    assert!(world.notices.can(Channel::Mail) && !world.notices.can(Channel::Sms));
    world.tell().await;
    assert_eq!(world.waiting().await, 1);
    let code = Code::parse("012345").unwrap();
    let sent = world.notices.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await;
    assert!(matches!(sent, Err(SendError::NoWay)));
    assert_eq!(world.waiting().await, 1);
}

#[tokio::test]
async fn a_message_is_tried_again_with_growing_pauses() {
    let world = World::new();
    world.mail.set(FakeFailure::Away);
    world.tell().await;
    world.notices.send_due().await;
    assert_eq!(world.carried(), (0, 1), "one channel does not wait for the other");
    let hour = SignedDuration::from_hours(1);
    let pauses = [
        SignedDuration::from_secs(30),
        SignedDuration::from_mins(2),
        SignedDuration::from_mins(10),
        hour,
        hour,
        hour,
    ];
    for (asked, pause) in (1..).zip(pauses) {
        assert_eq!(world.mail.asked(), asked);
        world.clock.advance(pause - SignedDuration::from_secs(1));
        world.notices.send_due().await;
        assert_eq!(world.mail.asked(), asked, "not before its time");
        world.clock.advance(SignedDuration::from_secs(1));
        world.notices.send_due().await;
    }
    world.mail.set(FakeFailure::Takes);
    world.clock.advance(hour);
    world.notices.send_due().await;
    assert_eq!((world.carried(), world.waiting().await), ((1, 1), 0));
}

#[tokio::test]
async fn a_notice_is_tried_for_two_days_after_a_changed_value_can_be_used() {
    for (waiting_hours, end) in [(0, 72), (24, 72), (25, 73), (7 * 24, 9 * 24)] {
        let world = World::new();
        let notices = NotificationService::new(NotificationConfig {
            carriers: vec![world.mail.clone()],
            waiting_time: SignedDuration::from_hours(waiting_hours),
            ..config(world.store.clone(), world.clock.clone())
        });
        world.mail.set(FakeFailure::Away);
        let begin = world.clock.now();
        notices.tell(ANNA, NoticeKind::MobileChanged, &anna(), begin).await;
        loop {
            let next = notices.send_due().await;
            if world.waiting().await == 0 {
                break;
            }
            world.clock.wait_until(next).await;
        }
        assert_eq!(world.clock.now().duration_since(begin), SignedDuration::from_hours(end));
        let asked = world.mail.asked();
        world.mail.set(FakeFailure::Takes);
        world.clock.advance(SignedDuration::from_hours(48));
        notices.send_due().await;
        assert_eq!(world.mail.asked(), asked);
    }
}

#[tokio::test]
async fn a_message_that_is_refused_for_good_is_given_up_at_once() {
    let world = World::new();
    world.mail.set(FakeFailure::Refuses);
    world.tell().await;
    world.notices.send_due().await;
    assert_eq!((world.mail.asked(), world.waiting().await), (1, 0));
}

#[tokio::test]
async fn what_was_kept_before_a_crash_is_sent_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reset.db");
    let world = World::new();
    let carriers = || vec![world.mail.clone() as Arc<dyn Transport>];
    {
        let store = Arc::new(SqliteStore::open(&file).await.unwrap());
        let notices = NotificationService::new(NotificationConfig {
            carriers: carriers(),
            ..config(store, world.clock.clone())
        });
        notices.tell(ANNA, NoticeKind::PasswordReset, &anna(), world.clock.now()).await;
    }
    let store = Arc::new(SqliteStore::open(&file).await.unwrap());
    let notices = NotificationService::new(NotificationConfig {
        carriers: carriers(),
        ..config(store.clone(), world.clock.clone())
    });
    notices.send_due().await;
    assert_eq!(*world.mail.carried()[0].to, MAIL);
    assert_eq!(store.waiting().await.unwrap(), 0);
}

/// Takes a message, and the store is gone before that can be written down.
struct ThenTheStoreIsAway(Arc<FakeTransport>, Arc<MemoryStore>);

#[async_trait]
impl Transport for ThenTheStoreIsAway {
    fn channel(&self) -> Channel {
        Channel::Mail
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        self.1.set_away(true);
        self.0.send(message).await
    }

    async fn check(&self) -> Vec<Finding> {
        vec![]
    }
}

#[tokio::test]
async fn a_message_goes_twice_rather_than_never() {
    let world = World::new();
    let carrier = ThenTheStoreIsAway(world.mail.clone(), world.store.clone());
    let first = NotificationService::new(NotificationConfig {
        carriers: vec![Arc::new(carrier)],
        ..config(world.store.clone(), world.clock.clone())
    });
    let to = Recipients { mail: Some(MAIL.into()), mobiles: vec![] };
    first.tell(ANNA, NoticeKind::PasswordReset, &to, world.clock.now()).await;
    first.send_due().await;
    assert_eq!(world.carried(), (1, 0));
    world.store.set_away(false);
    world.notices.send_due().await;
    world.notices.send_due().await;
    assert_eq!((world.carried(), world.waiting().await), ((2, 0), 0));
}

#[tokio::test]
async fn a_message_cannot_be_moved_to_another_account() {
    let world = World::new();
    world.tell().await;
    let now = world.clock.now();
    let mails = world.store.due(Channel::Mail, now, 9).await.unwrap();
    let texts = world.store.due(Channel::Sms, now, 9).await.unwrap();
    let sealed = [(Channel::Mail, mails[0].sealed.clone()), (Channel::Sms, texts[0].sealed.clone())];
    world.store.forget(ANNA).await.unwrap();
    world.store.put(BRAM, &sealed, now).await.unwrap();
    // Nor to the other channel.
    let [(mail, by_mail), (sms, by_sms)] = sealed;
    world.store.put(ANNA, &[(sms, by_mail), (mail, by_sms)], now).await.unwrap();
    world.notices.send_due().await;
    assert_eq!((world.carried(), world.waiting().await), ((0, 0), 0));
}

#[tokio::test]
async fn a36_the_queue_is_looked_at_every_half_minute_whoever_fills_it() {
    let world = World::new();
    let within =
        |next: jiff::Timestamp| next.duration_since(world.clock.now()) <= SignedDuration::from_secs(30);
    assert!(within(world.notices.send_due().await), "an empty queue");
    world.mail.set(FakeFailure::Away);
    world.tell().await;
    for _ in 0..6 {
        let next = world.notices.send_due().await;
        assert!(within(next), "a queue with something far away in it");
        world.clock.wait_until(next).await;
    }
    world.store.set_away(true);
    assert!(within(world.notices.send_due().await), "a store that is away");
}

#[tokio::test]
async fn a_check_tells_of_each_way_and_of_the_queue() {
    let world = World::new();
    world.tell().await;
    let rows = world.notices.check().await;
    assert_eq!(rows.iter().filter(|row| row.part == "fake").count(), 2);
    assert!(rows.iter().any(|row| row.what == "queue" && row.detail == "2 waiting"));
    world.mail.set(FakeFailure::Away);
    assert!(world.notices.check().await.iter().any(|row| row.state == State::Bad));
    let nothing = NotificationService::new(config(world.store.clone(), world.clock.clone()));
    assert!(nothing.check().await.iter().any(|row| row.what == "mail.url" && row.detail.contains("not set")));
}
