//! Changes of registered values: when they become usable, and which notices they send.

use super::world::{
    DAY, EnrollmentBrowser, EnrollmentConfig, enrollment_config, first_code, overview, practice_browser,
    ready_points, sent_notices, world,
};
use crate::reset::world::{BIRTHDATE, NEW_PASSWORD, World, name};
use app::api::enrollment_state::{App, Readiness, Source};
use app::api::refusal::Refusal;
use jiff::SignedDuration;
use server::mobile::Mobile;
use server::ports::audit::{Event, NotVerifiedReason};
use server::ports::clock::Clock as _;
use server::ports::notifier::NoticeKind;
use server::ports::records::{Proposal, Record, Records as _, RegisteredValue};
use server::record_values;
use server::test_support::notifier::SentMessage;

const OLD_NUMBER: &str = "+31612345678";

/// Registers a mobile number from HR.
pub(super) async fn register_hr_number(world: &World, login: &str, number: &str) {
    let id = world.directory.member(login).unwrap().account.id;
    let stored = world.store.load(id).await.unwrap();
    let revision = stored.as_ref().map(|stored| stored.revision);
    let sealed = record_values::seal(&world.keys, id, &Mobile::from_e164(number).unwrap()).unwrap();
    let record = Record {
        mobile: Some(RegisteredValue::by(Source::Hr, sealed, world.clock.now())),
        ..stored.map(|stored| stored.record).unwrap_or_default()
    };
    world.store.store(id, &record, revision).await.unwrap();
}

#[tokio::test]
async fn first_registration_is_usable_at_once() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    let shown = enrollment.reach_overview(&world, "E.Hendriks").await;
    assert_eq!(ready_points(&shown), [Readiness::Scope]);
    let shown = enrollment.birthdate("1990-12-24").await.unwrap();
    assert_eq!(ready_points(&shown), [Readiness::Scope, Readiness::Birthdate]);
    let shown = enrollment.mobile("06 12 34 56 78").await.unwrap();
    let mobile = overview(&shown).mobile.clone().unwrap();
    assert_eq!(
        (mobile.masked.as_str(), mobile.source, mobile.usable_in),
        ("06-•• •• •• 78", Source::Employee, 0)
    );
    assert_eq!(world.authenticators.user("E.Hendriks").unwrap().mobile.as_deref(), Some(OLD_NUMBER));
    // The owner is notified of the first registration, once.
    assert_eq!(sent_notices(&world), [NoticeKind::Registered]);
}

#[tokio::test]
async fn a34_changed_number_starts_the_waiting_time_and_the_old_number_is_notified() {
    let world = world().await;
    register_hr_number(&world, "A.Janssen", OLD_NUMBER).await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    let shown = enrollment.mobile("06-87654321").await.unwrap();
    assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 24 * 60 * 60);
    let sent = world.notifier.sent();
    let [SentMessage::NoticeKind(_, NoticeKind::MobileChanged, to)] = sent.as_slice() else {
        panic!("{sent:?}")
    };
    assert_eq!(to.mail.as_deref(), Some("a.janssen@example.org"));
    assert_eq!(to.mobiles, [Mobile::from_e164(OLD_NUMBER).unwrap()]);

    let mut browser = world.browser();
    let refused = browser.reach_password(&world, "A.Janssen").await;
    assert_eq!(name(&refused), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::TooNew));
    world.clock.advance(DAY);
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test]
async fn a34_changed_birthdate_starts_the_waiting_time() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    enrollment.birthdate("1990-01-01").await.unwrap();
    assert_eq!(sent_notices(&world), [NoticeKind::BirthdateChanged]);
    let mut browser = world.browser();
    browser.identify("A.Janssen").await.unwrap();
    browser.birthdate("1990-01-01").await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::TooNew));
}

#[tokio::test]
async fn a34_change_during_a_reset_session_stops_the_reset() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    assert_eq!(name(&browser.code(&crate::reset::world::wrong_code()).await), "not_verified");
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    enrollment.birthdate("1990-01-01").await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::TooNew));
}

#[tokio::test]
async fn registering_the_same_value_confirms_it_without_a_notice() {
    let world = world().await;
    register_hr_number(&world, "A.Janssen", OLD_NUMBER).await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    let shown = enrollment.reach_overview(&world, "A.Janssen").await;
    assert!(!overview(&shown).mobile.as_ref().unwrap().confirmed);
    let shown = enrollment.mobile("0612345678").await.unwrap();
    let mobile = overview(&shown).mobile.clone().unwrap();
    assert_eq!((mobile.confirmed, mobile.usable_in, mobile.source), (true, 0, Source::Hr));
    let shown = enrollment.birthdate(BIRTHDATE).await.unwrap();
    assert!(overview(&shown).birthdate.as_ref().unwrap().confirmed);
    assert!(world.notifier.sent().is_empty());
}

#[tokio::test]
async fn number_is_confirmed_by_a_code_if_codes_are_sent_by_sms() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::with_config(
        &world,
        EnrollmentConfig { confirm_numbers: true, ..enrollment_config() },
    );
    enrollment.reach_overview(&world, "E.Hendriks").await;
    let shown = enrollment.mobile("0612345678").await.unwrap();
    assert!(overview(&shown).confirming && overview(&shown).mobile.is_none());
    let (to, code) = first_code(&world);
    assert_eq!(to, Mobile::from_e164(OLD_NUMBER).unwrap());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert!(matches!(enrollment.confirm(wrong).await, Err(Refusal::NotVerified { attempts_left: 4, .. })));
    let shown = enrollment.confirm(&code).await.unwrap();
    assert!(overview(&shown).mobile.as_ref().unwrap().confirmed && !overview(&shown).confirming);
    // A06: the response was lost, and the same code is sent again.
    assert_eq!(enrollment.confirm(&code).await.unwrap(), shown);
}

#[tokio::test]
async fn number_that_cannot_be_confirmed_is_refused_if_codes_are_sent_to_it() {
    let world = world().await;
    world.notifier.set_sms(false);
    let mut enrollment = EnrollmentBrowser::with_config(
        &world,
        EnrollmentConfig { confirm_numbers: true, ..enrollment_config() },
    );
    enrollment.reach_overview(&world, "E.Hendriks").await;
    let refusal = enrollment.mobile("0612345678").await.unwrap_err();
    assert_eq!(refusal, Refusal::invalid("mobile", app::api::refusal::Reason::NotOffered));
    assert!(world.notifier.sent().is_empty());
}

#[tokio::test]
async fn confirmation_code_expires_after_ten_minutes_and_is_rate_limited() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::with_config(
        &world,
        EnrollmentConfig { confirm_numbers: true, ..enrollment_config() },
    );
    enrollment.reach_overview(&world, "E.Hendriks").await;
    enrollment.mobile("0612345678").await.unwrap();
    let (_, code) = first_code(&world);
    world.clock.advance(SignedDuration::from_mins(10));
    let shown = enrollment.confirm(&code).await.unwrap();
    assert!(overview(&shown).mobile.is_none());
    for _ in 0..9 {
        enrollment.mobile("0612345678").await.unwrap();
    }
    assert!(matches!(enrollment.mobile("0612345678").await, Err(Refusal::TooMany { .. })));
    assert_eq!(world.notifier.sent().len(), 10);
}

#[tokio::test]
async fn a34_hr_proposal_waits_for_the_employee_and_accepting_it_is_a_change() {
    let world = world().await;
    register_hr_number(&world, "A.Janssen", OLD_NUMBER).await;
    let id = world.directory.member("A.Janssen").unwrap().account.id;
    let stored = world.store.load(id).await.unwrap().unwrap();
    let proposed = Mobile::from_e164("+31687654321").unwrap();
    let value = record_values::seal(&world.keys, id, &proposed).unwrap();
    let proposal = Proposal { value, since: world.clock.now(), declined: false };
    let record = Record { proposed_mobile: Some(proposal), ..stored.record };
    world.store.store(id, &record, Some(stored.revision)).await.unwrap();

    let mut declining = EnrollmentBrowser::new(&world);
    let shown = declining.reach_overview(&world, "A.Janssen").await;
    assert_eq!(overview(&shown).proposed_mobile.as_ref().unwrap().masked, "06-•• •• •• 21");
    let mut accepting = declining.clone();
    let fork = world.fork();
    accepting.service = EnrollmentBrowser::new(&fork).service;
    let shown = declining.proposal("mobile", "no").await.unwrap();
    assert_eq!(
        (overview(&shown).proposed_mobile.as_ref(), overview(&shown).mobile.as_ref().unwrap().usable_in),
        (None, 0)
    );
    assert_eq!(declining.proposal("shoe_size", "no").await.map_err(|r| r.status()), Err(422));

    let shown = accepting.proposal("mobile", "yes").await.unwrap();
    let mobile = overview(&shown).mobile.clone().unwrap();
    assert_eq!((mobile.masked.as_str(), mobile.usable_in), ("06-•• •• •• 21", 24 * 60 * 60));
    assert!(world.audit.entries().iter().any(|entry| matches!(entry.event, Event::Declined { .. })));
}

#[tokio::test]
async fn a28_recreated_account_inherits_no_registered_values() {
    let world = world().await;
    world.directory.remove_account("A.Janssen");
    world.directory.add_account("A.Janssen", "Anna Janssen", crate::reset::world::CURRENT_PASSWORD);
    let mut enrollment = EnrollmentBrowser::new(&world);
    let shown = enrollment.reach_overview(&world, "A.Janssen").await;
    assert_eq!(overview(&shown).birthdate, None);
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::NotRegistered));
}

#[tokio::test]
async fn reset_is_refused_without_a_required_number() {
    let mut world = world().await;
    world.config.require_mobile = true;
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::NoMobile));
    register_hr_number(&world, "A.Janssen", OLD_NUMBER).await;
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test]
async fn practice_run_completes_and_writes_nothing() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    enrollment.practice().await.unwrap();
    let mut browser = practice_browser(&world, &enrollment);
    assert_eq!(name(&browser.current().await), "birthdate");
    browser.birthdate(BIRTHDATE).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "password");
    assert_eq!(name(&browser.password("kort").await), "weak_password");
    let done = browser.password(NEW_PASSWORD).await;
    assert!(matches!(done, Ok(app::api::step::Step::Done { practice: true, .. })), "{done:?}");
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(browser.device, None);
    // The response was lost: a repeated call gets it again. After that, the session has ended.
    assert_eq!(browser.password(NEW_PASSWORD).await, done);
    assert_eq!(name(&browser.current().await), "identify");
    assert!(world.audit.entries().iter().any(|entry| entry.event == Event::Practised));
    assert_eq!(world.authenticators.user("A.Janssen").unwrap().app, App::Active);
}

#[tokio::test]
async fn a34_first_number_that_replaces_a_provider_or_directory_number_is_a_change() {
    for in_directory in [true, false] {
        let world = world().await;
        if in_directory {
            world
                .directory
                .edit("E.Hendriks", |member| member.account.mobile = Some("06-12345678".to_owned()));
        } else {
            world.authenticators.set_number("E.Hendriks", OLD_NUMBER);
        }
        let mut enrollment = EnrollmentBrowser::new(&world);
        enrollment.reach_overview(&world, "E.Hendriks").await;
        let shown = enrollment.mobile("06-87654321").await.unwrap();
        assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 24 * 60 * 60);
        let sent = world.notifier.sent();
        let [SentMessage::NoticeKind(_, NoticeKind::MobileChanged, to)] = sent.as_slice() else {
            panic!("{sent:?}")
        };
        assert_eq!(to.mobiles, [Mobile::from_e164(OLD_NUMBER).unwrap()]);
    }
}

#[tokio::test]
async fn a34_during_the_waiting_time_notices_go_to_the_previous_number() {
    let world = world().await;
    register_hr_number(&world, "A.Janssen", OLD_NUMBER).await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    enrollment.mobile("06-87654321").await.unwrap();
    enrollment.mobile("06-11112222").await.unwrap();
    enrollment.birthdate("1990-01-01").await.unwrap();
    let sent = world.notifier.sent();
    assert_eq!(
        sent_notices(&world),
        [NoticeKind::MobileChanged, NoticeKind::MobileChanged, NoticeKind::BirthdateChanged]
    );
    for notice in sent {
        let SentMessage::NoticeKind(_, _, to) = notice else { panic!("{notice:?}") };
        assert_eq!(to.mobiles, [Mobile::from_e164(OLD_NUMBER).unwrap()]);
    }
}

#[tokio::test]
async fn a36_notice_refused_by_a_full_queue_is_queued_later() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    world.notifier.set_full(true);
    enrollment.birthdate("1990-01-01").await.unwrap();
    assert!(sent_notices(&world).is_empty());
    world.notifier.set_full(false);
    enrollment.service.settle_all(false).await;
    enrollment.service.settle_all(false).await;
    assert_eq!(sent_notices(&world), [NoticeKind::BirthdateChanged]);
}
