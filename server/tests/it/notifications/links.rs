//! The link in a notice freezes the account that the notice is about.

use super::world::{ANNA, BRAM, ORIGIN, World, config};
use jiff::SignedDuration;
use server::freeze::link::LinkToken;
use server::notifications::{NotificationConfig, NotificationService};
use server::ports::clock::Clock as _;
use server::ports::frozen_accounts::{Freeze, FreezeOrigin, FrozenAccounts as _, LinkUse};
use server::ports::notifier::{NoticeKind, Notifier as _, Recipients};
use server::test_support::MemoryStore;
use std::sync::Arc;

/// A world whose notices create links in `links`.
fn world() -> (World, Arc<MemoryStore>, Arc<NotificationService>) {
    let (world, links) = (World::new(), Arc::new(MemoryStore::default()));
    let service = NotificationService::new(NotificationConfig {
        frozen: links.clone(),
        transports: vec![world.mail.clone(), world.sms.clone()],
        ..config(world.store.clone(), world.clock.clone())
    });
    (world, links, service)
}

/// The tokens of all links in a text.
fn tokens(text: &str) -> Vec<&str> {
    let links = text.split("https://reset.example.org/dit-was-ik-niet/").skip(1);
    links.map(|rest| rest.split_whitespace().next().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a36_every_message_of_a_notice_has_the_same_link_and_it_freezes_the_account() {
    let (world, links, service) = world();
    for (account, kind) in [
        (ANNA, NoticeKind::PasswordReset),
        (BRAM, NoticeKind::AccountUnlocked),
        (ANNA, NoticeKind::MobileChanged),
        (BRAM, NoticeKind::AppActivated),
        (ANNA, NoticeKind::ResetRequested { opens: world.clock.now() + SignedDuration::from_hours(24) }),
    ] {
        let before = (world.mail.sent().len(), world.sms.sent().len());
        service.notify(account, kind, &super::world::anna(), world.clock.now()).await;
        service.send_due().await;
        let (mails, texts) = (world.mail.sent(), world.sms.sent());
        let (mail, sms) = (&mails[before.0].text, &texts[before.1].text);
        let found = [tokens(mail), tokens(sms)].concat();
        // The mail in two languages, and the text message.
        assert_eq!(found.len(), 3, "{kind:?}: {}\n{}", **mail, **sms);
        assert!(found.iter().all(|token| token == &found[0]), "{found:?}");
        assert!(sms.ends_with(found[0]), "{}", **sms);
        let digest = LinkToken::parse(found[0]).unwrap().digest();
        let link = links.find_link(digest, world.clock.now()).await.unwrap().unwrap();
        assert_eq!((link.account, link.used), (account, false));
        assert_eq!(link.expires, world.clock.now() + SignedDuration::from_hours(7 * 24));
        let freeze =
            Freeze { since: world.clock.now(), by: FreezeOrigin::Link, reference: "AAAA-0001".into() };
        let used = links.freeze_by_link(digest, &freeze).await.unwrap();
        assert!(matches!(used, LinkUse::Frozen(frozen) if frozen == account), "{kind:?}: {used:?}");
        links.lift_freeze(account, world.clock.now()).await.unwrap();
    }
    assert!(world.mail.sent()[0].text.contains(ORIGIN));
}

#[tokio::test]
async fn notice_is_sent_without_a_link_if_the_link_cannot_be_stored() {
    let (world, links, service) = world();
    links.set_unavailable(true);
    assert!(service.notify(ANNA, NoticeKind::PasswordReset, &super::world::anna(), world.clock.now()).await);
    service.send_due().await;
    assert_eq!(world.sent_counts(), (1, 1));
    let (mail, sms) = (&world.mail.sent()[0].text, &world.sms.sent()[0].text);
    assert!(!mail.contains("dit-was-ik-niet") && mail.contains("Bel dan meteen"), "{}", **mail);
    assert!(!sms.contains("https://") && sms.contains("Bel dan meteen"), "{}", **sms);
}

#[tokio::test]
async fn alert_to_the_service_desk_contains_the_reference_only() {
    let world = World::new();
    let service = NotificationService::new(NotificationConfig {
        alert_address: Some("servicedesk@example.org".into()),
        transports: vec![world.mail.clone()],
        ..config(world.store.clone(), world.clock.clone())
    });
    service.alert_service_desk(ANNA, "K7Q2-9F4M", world.clock.now()).await;
    // Without an address nothing is sent.
    world.service.alert_service_desk(ANNA, "K7Q2-9F4M", world.clock.now()).await;
    service.send_due().await;
    let [alert] = &world.mail.sent()[..] else { panic!("{:?}", world.mail.sent()) };
    assert_eq!(*alert.to, "servicedesk@example.org");
    assert_eq!(alert.subject, "Account geblokkeerd: K7Q2-9F4M");
    assert!(alert.text.contains("K7Q2-9F4M") && !alert.text.contains(['{', '}']), "{}", *alert.text);
    assert!(!alert.text.contains(&ANNA.0.to_string()), "{}", *alert.text);
}

#[tokio::test]
async fn no_link_is_created_for_an_owner_whom_no_notice_reaches() {
    let (world, links, service) = world();
    assert!(service.notify(ANNA, NoticeKind::PasswordReset, &Recipients::default(), world.clock.now()).await);
    assert_eq!(links.links_of(ANNA).await.unwrap(), []);
}
