//! Writes of a registered number to the code provider and the directory: at once, after the waiting time, never.

use super::changes::register_hr_number;
use super::world::{
    DAY, EnrollmentBrowser, EnrollmentConfig, enrollment_config, overview, sent_notices, world,
};
use crate::reset::world::World;
use jiff::SignedDuration;
use server::enrollment::mobile_write;
use server::freeze::pending_changes;
use server::mobile::Mobile;
use server::ports::audit::Event;
use server::ports::clock::Clock as _;
use server::ports::directory::{AccountId, Eligibility};
use server::ports::health_finding::{Finding, State};
use server::ports::notifier::NoticeKind;
use server::ports::records::{Record, Records as _};
use server::record_values;
use server::test_support::directory::DirectoryOutage;
use server::test_support::notifier::SentMessage;

const OLD_NUMBER: &str = "+31612345678";
const NEW_NUMBER: &str = "+31687654321";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A browser at a service that also writes numbers to the directory.
fn browser(world: &World) -> EnrollmentBrowser {
    EnrollmentBrowser::with_config(world, EnrollmentConfig { write_mobile: true, ..enrollment_config() })
}

/// The numbers at the code provider and in the directory.
fn outside(world: &World, login: &str) -> (Option<String>, Option<String>) {
    let in_directory = world.directory.member(login).unwrap().account.mobile;
    (world.authenticators.user(login).unwrap().mobile, in_directory)
}

fn both(number: &str) -> (Option<String>, Option<String>) {
    (Some(number.to_owned()), Some(number.to_owned()))
}

/// The number of writes to other systems so far.
fn writes(world: &World) -> usize {
    world.audit.entries().iter().filter(|entry| entry.event == Event::MobileWritten).count()
}

async fn record(world: &World, login: &str) -> Record {
    let id = world.directory.member(login).unwrap().account.id;
    world.store.load(id).await.unwrap().unwrap().record
}

/// Withdraws what is pending for an account, as a freeze does.
async fn cancel(world: &World, id: AccountId) -> bool {
    pending_changes::cancel(&*world.store, id, world.clock.now()).await.unwrap()
}

async fn finding(world: &World) -> Finding {
    mobile_write::finding(&*world.store, world.clock.now()).await
}

/// Registers the old number as the first one of E.Hendriks, who has no app, and replaces it with the password alone.
async fn replaced(world: &World) -> EnrollmentBrowser {
    let mut owner = browser(world);
    owner.reach_overview(world, "E.Hendriks").await;
    owner.mobile(OLD_NUMBER).await.unwrap();
    let mut thief = browser(world);
    thief.reach_overview(world, "E.Hendriks").await;
    let shown = thief.mobile(NEW_NUMBER).await.unwrap();
    assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 24 * 60 * 60);
    thief
}

#[tokio::test]
async fn a34_replaced_number_is_written_to_other_systems_only_after_the_waiting_time() {
    let world = world().await;
    let mut thief = replaced(&world).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(OLD_NUMBER));
    // To enter it again neither writes it nor ends the waiting time.
    thief.mobile(NEW_NUMBER).await.unwrap();
    world.clock.advance(DAY - MINUTE);
    thief.service.settle_all(true).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(OLD_NUMBER));
    assert_eq!(finding(&world).await.detail, "1 in their waiting time");
    world.clock.advance(MINUTE);
    thief.service.settle_all(true).await;
    thief.service.settle_all(true).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(NEW_NUMBER));
    assert_eq!((writes(&world), record(&world, "E.Hendriks").await.pending_mobile_write), (2, None));
    assert_eq!(sent_notices(&world), [NoticeKind::Registered, NoticeKind::MobileChanged]);
}

#[tokio::test]
async fn a34_of_two_changes_only_the_last_is_written_after_its_own_waiting_time() {
    let world = world().await;
    let mut browser = replaced(&world).await;
    world.clock.advance(DAY - MINUTE);
    browser.session = None;
    browser.reach_overview(&world, "E.Hendriks").await;
    browser.mobile("06-11112222").await.unwrap();
    world.clock.advance(DAY - MINUTE);
    browser.service.settle_all(true).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(OLD_NUMBER));
    world.clock.advance(MINUTE);
    browser.service.settle_all(true).await;
    assert_eq!(outside(&world, "E.Hendriks"), both("+31611112222"));
}

#[tokio::test]
async fn a34_number_that_hr_supplied_replaces_another_number_outside_only_after_the_waiting_time() {
    for in_directory in [false, true] {
        // A thief enters a number on the page of HR, and then here.
        let world = world().await;
        register_hr_number(&world, "E.Hendriks", NEW_NUMBER).await;
        if in_directory {
            world.directory.edit("E.Hendriks", |member| member.account.mobile = Some(OLD_NUMBER.to_owned()));
        } else {
            world.authenticators.set_number("E.Hendriks", OLD_NUMBER);
        }
        let before = outside(&world, "E.Hendriks");
        let mut thief = browser(&world);
        thief.reach_overview(&world, "E.Hendriks").await;
        let shown = thief.mobile(NEW_NUMBER).await.unwrap();
        assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 24 * 60 * 60);
        assert_eq!(outside(&world, "E.Hendriks"), before);
        let sent = world.notifier.sent();
        let [SentMessage::NoticeKind(_, NoticeKind::MobileChanged, to)] = sent.as_slice() else {
            panic!("{sent:?}")
        };
        assert_eq!(to.mobiles, [Mobile::from_e164(OLD_NUMBER).unwrap()]);
        world.clock.advance(DAY);
        thief.service.settle_all(false).await;
        assert_eq!(outside(&world, "E.Hendriks"), both(NEW_NUMBER));
    }
}

#[tokio::test]
async fn a34_number_outside_that_is_not_accepted_here_is_replaced_only_after_the_waiting_time() {
    let world = world().await;
    world.authenticators.set_number("E.Hendriks", "+32470123456");
    let mut browser = browser(&world);
    browser.reach_overview(&world, "E.Hendriks").await;
    browser.mobile(NEW_NUMBER).await.unwrap();
    assert_eq!(outside(&world, "E.Hendriks"), (Some("+32470123456".to_owned()), None));
    assert_eq!(sent_notices(&world), [NoticeKind::MobileChanged]);
}

#[tokio::test]
async fn write_that_fails_is_retried_with_a_bounded_delay_and_reported() {
    let world = world().await;
    let browser = replaced(&world).await;
    world.clock.advance(DAY);
    world.authenticators.set_unavailable(true);
    // Every minute for six hours: after 2, 4, 8, 16, 32 minutes and then every hour.
    for _ in 0..360 {
        browser.service.settle_all(false).await;
        world.clock.advance(MINUTE);
    }
    assert_eq!(record(&world, "E.Hendriks").await.pending_mobile_write.unwrap().attempts, 10);
    assert_eq!(finding(&world).await.state, State::Warning);
    world.authenticators.set_unavailable(false);
    world.clock.advance(SignedDuration::from_hours(1));
    browser.service.settle_all(false).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(NEW_NUMBER));
    assert_eq!(finding(&world).await.state, State::Good);
}

#[tokio::test]
async fn outage_of_the_directory_between_the_two_writes_repeats_both() {
    let world = world().await;
    let browser = replaced(&world).await;
    world.clock.advance(DAY);
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    browser.service.settle_all(false).await;
    world.directory.set_outage(None);
    // What a crash between the writes leaves behind.
    world.authenticators.set_number("E.Hendriks", NEW_NUMBER);
    browser.service.settle_all(false).await;
    assert_eq!(outside(&world, "E.Hendriks"), (Some(NEW_NUMBER.to_owned()), Some(OLD_NUMBER.to_owned())));
    world.clock.advance(MINUTE + MINUTE);
    browser.service.settle_all(false).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(NEW_NUMBER));
}

#[tokio::test]
async fn of_several_processes_one_writes_a_due_number() {
    let world = world().await;
    let first = replaced(&world).await;
    let second = browser(&world);
    world.clock.advance(DAY);
    tokio::join!(first.service.settle_all(false), second.service.settle_all(false));
    assert_eq!((outside(&world, "E.Hendriks"), writes(&world)), (both(NEW_NUMBER), 2));
}

#[tokio::test]
async fn a34_withdrawn_change_is_never_written_and_the_previous_number_is_registered_again() {
    let world = world().await;
    let browser = replaced(&world).await;
    let id = world.directory.member("E.Hendriks").unwrap().account.id;
    assert!(cancel(&world, id).await);
    assert!(!cancel(&world, id).await);
    world.clock.advance(DAY);
    browser.service.settle_all(true).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(OLD_NUMBER));
    let registered = record(&world, "E.Hendriks").await.mobile.unwrap();
    let number = record_values::open(&world.keys, id, &registered.value);
    assert_eq!(number, Mobile::from_e164(OLD_NUMBER));
    assert!(registered.confirmed && registered.usable_from <= world.clock.now());
}

#[tokio::test]
async fn number_of_a_disabled_or_deleted_account_is_not_written() {
    let world = world().await;
    let browser = replaced(&world).await;
    world.clock.advance(DAY);
    world.directory.edit("E.Hendriks", |member| member.account.eligibility = Eligibility::Disabled);
    browser.service.settle_all(false).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(OLD_NUMBER));
    assert_eq!(finding(&world).await.state, State::Good);
    // Enabled again.
    world.directory.edit("E.Hendriks", |member| member.account.eligibility = Eligibility::Eligible);
    world.clock.advance(SignedDuration::from_hours(1));
    browser.service.settle_all(false).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(NEW_NUMBER));

    let other = super::world::world().await;
    let browser = replaced(&other).await;
    other.directory.remove_account("E.Hendriks");
    other.clock.advance(DAY);
    browser.service.settle_all(false).await;
    assert_eq!(other.authenticators.user("E.Hendriks").unwrap().mobile.as_deref(), Some(OLD_NUMBER));
}

#[tokio::test]
async fn removed_record_is_not_written_and_not_created_again() {
    let world = world().await;
    let browser = replaced(&world).await;
    let id = world.directory.member("E.Hendriks").unwrap().account.id;
    world.store.remove(id).await.unwrap();
    world.clock.advance(DAY);
    browser.service.settle_all(false).await;
    assert_eq!(outside(&world, "E.Hendriks"), both(OLD_NUMBER));
    assert!(!cancel(&world, id).await);
    assert_eq!(world.store.load(id).await.unwrap(), None);
}
