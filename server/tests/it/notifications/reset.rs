//! A reset tells its owner, and never waits for that, nor fails by it.

use crate::reset::world::{NEW, World, name};
use crate::wire::client::Wire;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use server::enrollment::values;
use server::notifications::{NotificationConfig, NotificationService};
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::notifier::{Channel, NoticeKind, Outbox, Queued, Recipients, Transport};
use server::ports::records::{Records as _, Registered};
use server::ports::store::StoreError;
use server::test_support::directory::Outage;
use server::test_support::notifier::{FakeFailure, FakeTransport, Said};
use std::sync::Arc;

/// A.Janssen gets a mail address and a registered number.
async fn reachable(world: &World) -> (AccountId, Recipients) {
    let mobile = super::world::mobile(super::world::NUMBER);
    world.directory.edit("A.Janssen", |member| member.account.mail = Some(super::world::MAIL.into()));
    let id = world.directory.member("A.Janssen").unwrap().account.id;
    let kept = world.store.load(id).await.unwrap().unwrap();
    let mut record = kept.record;
    let sealed = values::seal(&world.keys, id, &mobile).unwrap();
    record.mobile =
        Some(Registered::by(app::api::enrollment_state::Source::Employee, sealed, world.clock.now()));
    world.store.store(id, &record, Some(kept.revision)).await.unwrap();
    (id, Recipients { mail: Some(super::world::MAIL.into()), mobiles: vec![mobile] })
}

#[tokio::test]
async fn a_reset_is_told_once_by_mail_and_at_the_registered_number() {
    let world = World::new().await;
    let (id, to) = reachable(&world).await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password("kort").await), "weak_password");
    world.directory.set_outage(Some(Outage::Unreachable));
    assert_eq!(name(&browser.password(NEW).await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(world.notices.said(), [], "nothing was set yet");
    assert_eq!(name(&browser.password(NEW).await), "done");
    assert_eq!(name(&browser.password(NEW).await), "done");
    assert_eq!(world.notices.said(), [Said::NoticeKind(id, NoticeKind::PasswordReset, to)]);
}

#[tokio::test]
async fn a_reset_that_turns_out_later_is_told_as_well() {
    let world = World::new().await;
    let (id, to) = reachable(&world).await;
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.directory.set_outage(Some(Outage::AllLost));
    assert_eq!(name(&browser.password(NEW).await), "outcome_unknown");
    assert_eq!(world.notices.said(), []);
    world.directory.set_outage(None);
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.current().await), "done");
    assert_eq!(world.notices.said(), [Said::NoticeKind(id, NoticeKind::PasswordReset, to)]);
}

#[tokio::test]
async fn without_a_way_for_sms_no_number_is_opened() {
    let world = World::new().await;
    let (id, to) = reachable(&world).await;
    world.notices.set_sms(false);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password(NEW).await), "done");
    let to = Recipients { mobiles: vec![], ..to };
    assert_eq!(world.notices.said(), [Said::NoticeKind(id, NoticeKind::PasswordReset, to)]);
}

fn notices(
    world: &World,
    outbox: Arc<dyn Outbox>,
    carriers: Vec<Arc<dyn Transport>>,
) -> Arc<NotificationService> {
    NotificationService::new(NotificationConfig {
        keys: world.keys.clone(),
        carriers,
        ..super::world::config(outbox, world.clock.clone())
    })
}

/// Keeps nothing.
struct Broken;

fn away<T>() -> Result<T, StoreError> {
    Err(StoreError::new("queue a message", "as arranged"))
}

#[async_trait]
impl Outbox for Broken {
    async fn put(&self, _: AccountId, _: &[(Channel, Vec<u8>)], _: Timestamp) -> Result<(), StoreError> {
        away()
    }

    async fn due(&self, _: Channel, _: Timestamp, _: u32) -> Result<Vec<Queued>, StoreError> {
        away()
    }

    async fn next_due(&self, _: Channel) -> Result<Option<Timestamp>, StoreError> {
        away()
    }

    async fn done(&self, _: i64) -> Result<(), StoreError> {
        away()
    }

    async fn again_at(&self, _: i64, _: Timestamp) -> Result<(), StoreError> {
        away()
    }

    async fn forget(&self, _: AccountId) -> Result<(), StoreError> {
        away()
    }

    async fn waiting(&self) -> Result<u64, StoreError> {
        away()
    }
}

#[tokio::test]
async fn a33_a_reset_succeeds_whatever_becomes_of_its_notice() {
    for (mood, broken) in
        [(FakeFailure::Away, false), (FakeFailure::Refuses, false), (FakeFailure::Takes, true)]
    {
        let carrier = Arc::new(FakeTransport::new(Channel::Mail));
        carrier.set(mood);
        let wire = Wire::over(|world, parts| {
            let outbox: Arc<dyn Outbox> = if broken { Arc::new(Broken) } else { world.store.clone() };
            parts.notices = notices(world, outbox, vec![carrier.clone()]);
        })
        .await;
        reachable(&wire.world).await;
        let mut client = wire.client();
        client.reach_password(&wire).await;
        assert_eq!(client.password(NEW).await.named(), "done");
        assert_eq!(carrier.asked(), 0, "the answer waits for no mail server");
        assert_eq!(wire.world.store.waiting().await.unwrap(), u64::from(!broken));
    }
}

#[tokio::test]
async fn a31_a_forged_host_changes_no_word_of_a_notice() {
    let mut told = Vec::new();
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
        let mut sent = None;
        let wire = Wire::over(|world, parts| {
            let notices = notices(world, world.store.clone(), vec![mail.clone(), sms.clone()]);
            sent = Some(notices.clone());
            parts.notices = notices;
        })
        .await;
        reachable(&wire.world).await;
        let mut client = forged.iter().fold(wire.client(), |client, (name, value)| client.with(name, value));
        client.reach_password(&wire).await;
        assert_eq!(client.password(NEW).await.named(), "done");
        sent.unwrap().send_due().await;
        let messages = [mail.carried(), sms.carried()].concat();
        assert_eq!(messages.len(), 2);
        assert!(messages[0].text.contains("https://reset.example.org/wachtwoordreset"));
        told.push(messages);
    }
    assert!(told.iter().all(|messages| *messages == told[0]), "{}", *told[0][0].text);
}
