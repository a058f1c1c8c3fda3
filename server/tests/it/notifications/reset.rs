//! A reset notifies the account owner; it neither waits for the notice nor fails because of it.

use crate::reset::world::{NEW_PASSWORD, World, name};
use crate::wire::client::TestApi;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use server::notifications::{NotificationConfig, NotificationService};
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::notifier::{Channel, NoticeKind, Outbox, Queued, Recipients, Transport};
use server::ports::records::{Records as _, RegisteredValue};
use server::ports::store::StoreError;
use server::record_values;
use server::test_support::directory::DirectoryOutage;
use server::test_support::notifier::{FakeFailure, FakeTransport, SentMessage};
use std::sync::Arc;

/// Gives A.Janssen a mail address and a registered number.
async fn add_recipients(world: &World) -> (AccountId, Recipients) {
    let mobile = super::world::mobile(super::world::NUMBER);
    world.directory.edit("A.Janssen", |member| member.account.mail = Some(super::world::MAIL.into()));
    let id = world.directory.member("A.Janssen").unwrap().account.id;
    let stored = world.store.load(id).await.unwrap().unwrap();
    let mut record = stored.record;
    let sealed = record_values::seal(&world.keys, id, &mobile).unwrap();
    record.mobile =
        Some(RegisteredValue::by(app::api::enrollment_state::Source::Employee, sealed, world.clock.now()));
    world.store.store(id, &record, Some(stored.revision)).await.unwrap();
    (id, Recipients { mail: Some(super::world::MAIL.into()), private_mail: None, mobiles: vec![mobile] })
}

#[tokio::test]
async fn owner_is_notified_of_a_reset_once_by_mail_and_sms() {
    let world = World::new().await;
    let (id, to) = add_recipients(&world).await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password("kort").await), "weak_password");
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(world.notifier.sent(), [], "nothing was set yet");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert_eq!(world.notifier.sent(), [SentMessage::NoticeKind(id, NoticeKind::PasswordReset, to)]);
}

#[tokio::test]
async fn owner_is_notified_of_a_reset_that_is_settled_later() {
    let world = World::new().await;
    let (id, to) = add_recipients(&world).await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::AllLost));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "outcome_unknown");
    assert_eq!(world.notifier.sent(), []);
    world.directory.set_outage(None);
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.current().await), "done");
    assert_eq!(world.notifier.sent(), [SentMessage::NoticeKind(id, NoticeKind::PasswordReset, to)]);
}

#[tokio::test]
async fn mobile_number_is_not_decrypted_without_an_sms_transport() {
    let world = World::new().await;
    let (id, to) = add_recipients(&world).await;
    world.notifier.set_sms(false);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    let to = Recipients { mobiles: vec![], ..to };
    assert_eq!(world.notifier.sent(), [SentMessage::NoticeKind(id, NoticeKind::PasswordReset, to)]);
}

fn notifier(
    world: &World,
    outbox: Arc<dyn Outbox>,
    transports: Vec<Arc<dyn Transport>>,
) -> Arc<NotificationService> {
    NotificationService::new(NotificationConfig {
        keys: world.keys.clone(),
        transports,
        ..super::world::config(outbox, world.clock.clone())
    })
}

/// An outbox that fails every call.
struct FailingOutbox;

fn store_error<T>() -> Result<T, StoreError> {
    Err(StoreError::new("queue a message", "as arranged"))
}

#[async_trait]
impl Outbox for FailingOutbox {
    async fn put(&self, _: AccountId, _: &[(Channel, Vec<u8>)], _: Timestamp) -> Result<(), StoreError> {
        store_error()
    }

    async fn due(&self, _: Channel, _: Timestamp, _: u32) -> Result<Vec<Queued>, StoreError> {
        store_error()
    }

    async fn claim(&self, _: i64, _: Timestamp, _: Timestamp) -> Result<bool, StoreError> {
        store_error()
    }

    async fn next_due(&self, _: Channel) -> Result<Option<Timestamp>, StoreError> {
        store_error()
    }

    async fn remove_message(&self, _: i64) -> Result<(), StoreError> {
        store_error()
    }

    async fn reschedule(&self, _: i64, _: Timestamp) -> Result<(), StoreError> {
        store_error()
    }

    async fn remove_messages_of(&self, _: AccountId) -> Result<(), StoreError> {
        store_error()
    }

    async fn queued_count(&self) -> Result<u64, StoreError> {
        store_error()
    }

    async fn oldest_queued(&self) -> Result<Option<Timestamp>, StoreError> {
        store_error()
    }
}

#[tokio::test]
async fn a33_reset_succeeds_when_its_notice_fails() {
    for (failure, outbox_fails) in
        [(FakeFailure::Unavailable, false), (FakeFailure::Permanent, false), (FakeFailure::None, true)]
    {
        let transport = Arc::new(FakeTransport::new(Channel::Mail));
        transport.set(failure);
        let api = TestApi::with_deps(|world, deps| {
            let outbox: Arc<dyn Outbox> =
                if outbox_fails { Arc::new(FailingOutbox) } else { world.store.clone() };
            deps.notifier = notifier(world, outbox, vec![transport.clone()]);
        })
        .await;
        add_recipients(&api.world).await;
        let mut client = api.client();
        client.reach_password(&api).await;
        assert_eq!(client.password(NEW_PASSWORD).await.outcome(), "done");
        assert_eq!(transport.attempts(), 0, "the response does not wait for the mail server");
        assert_eq!(api.world.store.queued_count().await.unwrap(), u64::from(!outbox_fails));
    }
}

/// Every notice has a link of its own.
fn without_link_token(text: &str) -> String {
    let path = "/dit-was-ik-niet/";
    let mut parts = text.split(path);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, after| {
        let rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        format!("{before}{path}TOKEN{rest}")
    })
}

#[tokio::test]
async fn a31_forged_host_does_not_change_a_notice() {
    let mut sent = Vec::new();
    let honest: &[(&'static str, &str)] = &[("host", "reset.example.org")];
    for forged in [
        honest,
        &[("host", "evil.example.net")],
        &[("host", "reset.example.org"), ("x-forwarded-host", "evil.example.net")],
        &[("x-forwarded-proto", "http"), ("forwarded", "host=evil.example.net;proto=http")],
        &[("x-original-url", "http://evil.example.net/"), ("referer", "https://evil.example.net/")],
    ] {
        let mail = Arc::new(FakeTransport::new(Channel::Mail));
        let sms = Arc::new(FakeTransport::new(Channel::Sms));
        let mut service = None;
        let api = TestApi::with_deps(|world, deps| {
            let notifier = notifier(world, world.store.clone(), vec![mail.clone(), sms.clone()]);
            service = Some(notifier.clone());
            deps.notifier = notifier;
        })
        .await;
        add_recipients(&api.world).await;
        let mut client =
            forged.iter().fold(api.client(), |client, (name, value)| client.with_header(name, value));
        client.reach_password(&api).await;
        assert_eq!(client.password(NEW_PASSWORD).await.outcome(), "done");
        service.unwrap().send_due().await;
        let messages = [mail.sent(), sms.sent()].concat();
        assert_eq!(messages.len(), 2);
        assert!(messages[0].text.contains("https://reset.example.org/wachtwoordreset"));
        sent.push(messages.iter().map(|message| without_link_token(&message.text)).collect::<Vec<_>>());
    }
    assert!(sent.iter().all(|messages| *messages == sent[0]), "{}", sent[0][0]);
}
