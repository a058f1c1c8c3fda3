//! What is registered, from when it counts, and who hears of a change.

use super::world::{
    DAY, EnrollmentConfig, RequestContext, overview, ready, sent, terms, told, wizard, world,
};
use crate::reset::world::{BIRTHDATE, NEW, World, name};
use app::api::enrollment_state::{App, Readiness, Source};
use app::api::refusal::Refusal;
use jiff::SignedDuration;
use server::enrollment::values;
use server::mobile::Mobile;
use server::ports::audit::{Event, Reason};
use server::ports::clock::Clock as _;
use server::ports::notifier::NoticeKind;
use server::ports::records::{Proposal, Record, Records as _, Registered};
use server::test_support::notifier::Said;

const OLD: &str = "+31612345678";

/// A number from HR.
async fn give_number(world: &World, login: &str, number: &str) {
    let id = world.directory.member(login).unwrap().account.id;
    let kept = world.store.load(id).await.unwrap();
    let revision = kept.as_ref().map(|kept| kept.revision);
    let sealed = values::seal(&world.keys, id, &Mobile::from_e164(number).unwrap()).unwrap();
    let record = Record {
        mobile: Some(Registered::by(Source::Hr, sealed, world.clock.now())),
        ..kept.map(|kept| kept.record).unwrap_or_default()
    };
    world.store.store(id, &record, revision).await.unwrap();
}

#[tokio::test]
async fn a_first_registration_counts_at_once() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    let shown = desk.enter(&world, "E.Hendriks").await;
    assert_eq!(ready(&shown), [Readiness::Scope]);
    let shown = desk.birthdate("1990-12-24").await.unwrap();
    assert_eq!(ready(&shown), [Readiness::Scope, Readiness::Birthdate]);
    let shown = desk.mobile("06 12 34 56 78").await.unwrap();
    let mobile = overview(&shown).mobile.clone().unwrap();
    assert_eq!(
        (mobile.masked.as_str(), mobile.source, mobile.usable_in),
        ("06-•• •• •• 78", Source::Employee, 0)
    );
    assert_eq!(world.onboarding.holder("E.Hendriks").unwrap().mobile.as_deref(), Some(OLD));
    // The owner hears of the first time, and of it once.
    assert_eq!(told(&world), [NoticeKind::Registered]);
}

#[tokio::test]
async fn a34_a_changed_number_makes_the_reset_wait_and_the_owner_is_told_at_the_old_one() {
    let world = world().await;
    give_number(&world, "A.Janssen", OLD).await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    let shown = desk.mobile("06-87654321").await.unwrap();
    assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 24 * 60 * 60);
    let told = world.notices.said();
    let [Said::NoticeKind(_, NoticeKind::MobileChanged, to)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(to.mail.as_deref(), Some("a.janssen@example.org"));
    assert_eq!(to.mobiles, [Mobile::from_e164(OLD).unwrap()]);

    let mut browser = world.browser();
    let refused = browser.reach_password(&world, "A.Janssen").await;
    assert_eq!(name(&refused), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::TooNew));
    world.clock.advance(DAY);
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test]
async fn a34_a_changed_birthdate_waits_as_well() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    desk.birthdate("1990-01-01").await.unwrap();
    assert_eq!(told(&world), [NoticeKind::BirthdateChanged]);
    let mut browser = world.browser();
    browser.identify("A.Janssen").await.unwrap();
    browser.birthdate("1990-01-01").await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::TooNew));
}

#[tokio::test]
async fn a34_what_changed_within_a_visit_stops_it_too() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    assert_eq!(name(&browser.code(&crate::reset::world::wrong_code()).await), "not_verified");
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    desk.birthdate("1990-01-01").await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::TooNew));
}

#[tokio::test]
async fn registering_the_same_confirms_it_and_tells_nobody() {
    let world = world().await;
    give_number(&world, "A.Janssen", OLD).await;
    let mut desk = RequestContext::at(&world);
    let shown = desk.enter(&world, "A.Janssen").await;
    assert!(!overview(&shown).mobile.as_ref().unwrap().confirmed);
    let shown = desk.mobile("0612345678").await.unwrap();
    let mobile = overview(&shown).mobile.clone().unwrap();
    assert_eq!((mobile.confirmed, mobile.usable_in, mobile.source), (true, 0, Source::Hr));
    let shown = desk.birthdate(BIRTHDATE).await.unwrap();
    assert!(overview(&shown).birthdate.as_ref().unwrap().confirmed);
    assert!(world.notices.said().is_empty());
}

#[tokio::test]
async fn a_number_is_confirmed_by_a_code_where_codes_are_sent_to_it() {
    let world = world().await;
    let mut desk = RequestContext::under(&world, EnrollmentConfig { confirm_numbers: true, ..terms() });
    desk.enter(&world, "E.Hendriks").await;
    let shown = desk.mobile("0612345678").await.unwrap();
    assert!(overview(&shown).confirming && overview(&shown).mobile.is_none());
    let (to, code) = sent(&world);
    assert_eq!(to, Mobile::from_e164(OLD).unwrap());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert!(matches!(desk.confirm(wrong).await, Err(Refusal::NotVerified { attempts_left: 4, .. })));
    let shown = desk.confirm(&code).await.unwrap();
    assert!(overview(&shown).mobile.as_ref().unwrap().confirmed && !overview(&shown).confirming);
    // A06: the reply was lost, and the same is sent again.
    assert_eq!(desk.confirm(&code).await.unwrap(), shown);
}

#[tokio::test]
async fn a_code_for_a_number_counts_ten_minutes_and_few_are_sent() {
    let world = world().await;
    let mut desk = RequestContext::under(&world, EnrollmentConfig { confirm_numbers: true, ..terms() });
    desk.enter(&world, "E.Hendriks").await;
    desk.mobile("0612345678").await.unwrap();
    let (_, code) = sent(&world);
    world.clock.advance(SignedDuration::from_mins(10));
    let shown = desk.confirm(&code).await.unwrap();
    assert!(overview(&shown).mobile.is_none());
    for _ in 0..9 {
        desk.mobile("0612345678").await.unwrap();
    }
    assert!(matches!(desk.mobile("0612345678").await, Err(Refusal::TooMany { .. })));
    assert_eq!(world.notices.said().len(), 10);
}

#[tokio::test]
async fn a34_hrs_proposal_waits_for_the_employee_and_accepting_it_is_a_change() {
    let world = world().await;
    give_number(&world, "A.Janssen", OLD).await;
    let id = world.directory.member("A.Janssen").unwrap().account.id;
    let kept = world.store.load(id).await.unwrap().unwrap();
    let proposed = Mobile::from_e164("+31687654321").unwrap();
    let value = values::seal(&world.keys, id, &proposed).unwrap();
    let proposal = Proposal { value, since: world.clock.now(), declined: false };
    let record = Record { proposed_mobile: Some(proposal), ..kept.record };
    world.store.store(id, &record, Some(kept.revision)).await.unwrap();

    let mut declining = RequestContext::at(&world);
    let shown = declining.enter(&world, "A.Janssen").await;
    assert_eq!(overview(&shown).proposed_mobile.as_ref().unwrap().masked, "06-•• •• •• 21");
    let mut accepting = declining.clone();
    let fork = world.fork();
    accepting.registrar = RequestContext::at(&fork).registrar;
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
async fn a28_a_recreated_account_inherits_nothing() {
    let world = world().await;
    world.directory.dismiss("A.Janssen");
    world.directory.hire("A.Janssen", "Anna Janssen", crate::reset::world::FIRST);
    let mut desk = RequestContext::at(&world);
    let shown = desk.enter(&world, "A.Janssen").await;
    assert_eq!(overview(&shown).birthdate, None);
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::NotRegistered));
}

#[tokio::test]
async fn a_required_number_is_a_condition_of_a_reset() {
    let mut world = world().await;
    world.terms.require_mobile = true;
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::NoMobile));
    give_number(&world, "A.Janssen", OLD).await;
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test]
async fn a_practice_run_goes_to_the_end_and_writes_nothing() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    desk.practice().await.unwrap();
    let mut browser = wizard(&world, &desk);
    assert_eq!(name(&browser.current().await), "birthdate");
    browser.birthdate(BIRTHDATE).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "password");
    assert_eq!(name(&browser.password("kort").await), "weak_password");
    let done = browser.password(NEW).await;
    assert!(matches!(done, Ok(app::api::step::Step::Done { practice: true, .. })), "{done:?}");
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(browser.device, None);
    // The reply was lost: said again. Who comes back later begins anew.
    assert_eq!(browser.password(NEW).await, done);
    assert_eq!(name(&browser.current().await), "identify");
    assert!(world.audit.entries().iter().any(|entry| entry.event == Event::Practised));
    assert_eq!(world.onboarding.holder("A.Janssen").unwrap().app, App::Active);
}

#[tokio::test]
async fn a34_a_first_number_in_place_of_entrusts_or_the_directorys_is_a_change() {
    for in_directory in [true, false] {
        let world = world().await;
        if in_directory {
            world
                .directory
                .edit("E.Hendriks", |member| member.account.mobile = Some("06-12345678".to_owned()));
        } else {
            world.onboarding.set_number("E.Hendriks", OLD);
        }
        let mut desk = RequestContext::at(&world);
        desk.enter(&world, "E.Hendriks").await;
        let shown = desk.mobile("06-87654321").await.unwrap();
        assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 24 * 60 * 60);
        let said = world.notices.said();
        let [Said::NoticeKind(_, NoticeKind::MobileChanged, to)] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert_eq!(to.mobiles, [Mobile::from_e164(OLD).unwrap()]);
    }
}

#[tokio::test]
async fn a34_while_a_new_number_waits_the_owner_is_told_at_the_one_before_it() {
    let world = world().await;
    give_number(&world, "A.Janssen", OLD).await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    desk.mobile("06-87654321").await.unwrap();
    desk.mobile("06-11112222").await.unwrap();
    desk.birthdate("1990-01-01").await.unwrap();
    let said = world.notices.said();
    assert_eq!(
        told(&world),
        [NoticeKind::MobileChanged, NoticeKind::MobileChanged, NoticeKind::BirthdateChanged]
    );
    for said in said {
        let Said::NoticeKind(_, _, to) = said else { panic!("{said:?}") };
        assert_eq!(to.mobiles, [Mobile::from_e164(OLD).unwrap()]);
    }
}

#[tokio::test]
async fn a36_what_the_queue_could_not_take_is_told_later() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    world.notices.set_full(true);
    desk.birthdate("1990-01-01").await.unwrap();
    assert!(told(&world).is_empty());
    world.notices.set_full(false);
    desk.registrar.settle_all(false).await;
    desk.registrar.settle_all(false).await;
    assert_eq!(told(&world), [NoticeKind::BirthdateChanged]);
}
