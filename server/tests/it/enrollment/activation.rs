//! App activation: started in the browser, finished on the phone; the owner is notified in any case.

use super::world::{DAY, EnrollmentBrowser, overview, ready_points, sent_notices, world};
use crate::reset::world::{World, name};
use app::api::enrollment_state::{App, Readiness};
use app::api::refusal::Refusal;
use jiff::SignedDuration;
use server::freeze::{FreezeOutcome, FreezeService};
use server::ports::audit::NotVerifiedReason;
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::FreezeOrigin;
use server::ports::notifier::NoticeKind;
use server::ports::records::Records as _;

#[tokio::test]
async fn first_app_activation_is_usable_at_once() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "E.Hendriks").await;
    let shown = enrollment.activate().await.unwrap();
    let activation = overview(&shown).activation.clone().unwrap();
    assert_eq!(
        (activation.link.as_str(), activation.password.as_deref()),
        ("fake:link/token-1", Some("12345678"))
    );
    assert!(activation.qr.path.starts_with('M') && activation.qr.size > 20);
    // The activation survives a reload.
    assert_eq!(overview(&enrollment.current().await.unwrap()).activation, Some(activation));
    assert_eq!(overview(&enrollment.app().await.unwrap()).app, App::Activating);
    world.authenticators.finish("E.Hendriks");
    let shown = enrollment.app().await.unwrap();
    assert_eq!((overview(&shown).app, overview(&shown).activation.is_none()), (App::Active, true));
    assert!(ready_points(&shown).contains(&Readiness::App));
    assert_eq!(sent_notices(&world), [NoticeKind::AppActivated]);
    // The session that activated the app needs no code from it.
    assert!(overview(&enrollment.birthdate("1990-12-24").await.unwrap()).may_change);
}

#[tokio::test]
async fn a34_replaced_app_starts_the_waiting_time() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    enrollment.activate().await.unwrap();
    // The waiting time starts with the activation, because its end may never be observed.
    world.clock.advance(jiff::SignedDuration::from_secs(60));
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::TooNew));
    world.authenticators.finish("A.Janssen");
    let shown = enrollment.app().await.unwrap();
    assert!(!ready_points(&shown).contains(&Readiness::App));
    assert_eq!(sent_notices(&world), [NoticeKind::AppReplaced]);
    world.clock.advance(DAY);
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test]
async fn a34_owner_is_notified_of_an_activation_after_the_browser_was_closed() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "E.Hendriks").await;
    enrollment.activate().await.unwrap();
    enrollment.service.settle_all(false).await;
    assert!(world.notifier.sent().is_empty());
    world.authenticators.finish("E.Hendriks");
    enrollment.service.settle_all(false).await;
    enrollment.service.settle_all(false).await;
    enrollment.app().await.unwrap();
    assert_eq!(sent_notices(&world), [NoticeKind::AppActivated]);
}

#[tokio::test]
async fn abandoned_activation_is_removed_from_the_record_after_a_month() {
    let world = world().await;
    let id = world.directory.member("A.Janssen").unwrap().account.id;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    enrollment.activate().await.unwrap();
    let count = async || world.store.load(id).await.unwrap().unwrap().record.activations.len();
    world.clock.advance(DAY * 29);
    enrollment.service.settle_all(true).await;
    assert_eq!(count().await, 1);
    world.clock.advance(DAY);
    enrollment.service.settle_all(true).await;
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn activation_completed_on_the_last_day_is_recorded() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "E.Hendriks").await;
    enrollment.activate().await.unwrap();
    world.authenticators.finish("E.Hendriks");
    world.clock.advance(DAY * 30);
    enrollment.service.settle_all(true).await;
    assert_eq!(sent_notices(&world), [NoticeKind::AppActivated]);
}

#[tokio::test]
async fn app_cannot_be_activated_without_provider_credentials() {
    let world = world().await;
    world.authenticators.set_without_credentials(true);
    let mut enrollment = EnrollmentBrowser::new(&world);
    let shown = enrollment.reach_overview(&world, "E.Hendriks").await;
    assert!(!overview(&shown).can_activate);
    assert_eq!(enrollment.activate().await.map_err(|refusal| refusal.status()), Err(422));
    // The number can still be registered.
    assert!(overview(&enrollment.mobile("0612345678").await.unwrap()).mobile.is_some());
}

#[tokio::test]
async fn provider_outage_is_reported_and_the_number_can_be_submitted_again() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    world.authenticators.set_unavailable(true);
    assert!(matches!(enrollment.mobile("0612345678").await, Err(Refusal::Unavailable { .. })));
    world.authenticators.set_unavailable(false);
    let shown = enrollment.mobile("0612345678").await.unwrap();
    assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 0);
    assert_eq!(world.authenticators.user("A.Janssen").unwrap().mobile.as_deref(), Some("+31612345678"));
}

#[tokio::test]
async fn a34_owner_is_notified_of_a_finished_activation_when_another_is_started() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    enrollment.activate().await.unwrap();
    world.authenticators.finish("A.Janssen");
    enrollment.activate().await.unwrap();
    assert_eq!(sent_notices(&world), [NoticeKind::AppReplaced]);
}

#[tokio::test]
async fn a34_activation_authorizes_only_the_session_that_started_it() {
    let world = world().await;
    let (mut attacker, mut owner) = (EnrollmentBrowser::new(&world), EnrollmentBrowser::new(&world));
    attacker.reach_overview(&world, "E.Hendriks").await;
    owner.reach_overview(&world, "E.Hendriks").await;
    owner.activate().await.unwrap();
    world.authenticators.finish("E.Hendriks");
    assert!(!overview(&attacker.app().await.unwrap()).may_change);
    let before = owner.session.clone();
    assert!(overview(&owner.app().await.unwrap()).may_change);
    // A07: a session with more rights gets a new id.
    assert_ne!(owner.session, before);
    assert_eq!(attacker.mobile("06-87654321").await, Err(Refusal::StartAgain));
    owner.mobile("06-12345678").await.unwrap();
}

#[tokio::test]
async fn activation_settled_by_the_background_job_authorizes_the_session_that_started_it() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "E.Hendriks").await;
    enrollment.activate().await.unwrap();
    world.authenticators.finish("E.Hendriks");
    enrollment.service.settle_all(false).await;
    let shown = enrollment.app().await.unwrap();
    assert!(overview(&shown).may_change && overview(&shown).activation.is_none());
}

fn account_of(world: &World, login: &str) -> AccountId {
    world.directory.member(login).unwrap().account.id
}

async fn freeze(world: &World, login: &str) {
    let service = FreezeService::new(&world.deps());
    let outcome = service
        .freeze(account_of(world, login), FreezeOrigin::Command, "FFFF-0001".into(), "freeze")
        .await
        .unwrap();
    assert!(matches!(outcome, FreezeOutcome::Frozen(_)));
}

async fn unfreeze(world: &World, login: &str) {
    let service = FreezeService::new(&world.deps());
    assert!(service.unfreeze(account_of(world, login), "FFFF-0002", "unfreeze").await.unwrap().is_some());
}

#[tokio::test]
async fn a36_activation_from_before_a_freeze_cannot_be_completed_after_it() {
    // The freeze may be lifted before the next run.
    for is_lifted in [false, true] {
        let world = world().await;
        let mut thief = EnrollmentBrowser::new(&world);
        thief.reach_overview(&world, "E.Hendriks").await;
        thief.activate().await.unwrap();
        world.clock.advance(SignedDuration::from_hours(2));
        freeze(&world, "E.Hendriks").await;
        if is_lifted {
            unfreeze(&world, "E.Hendriks").await;
        }
        // An outage delays the withdrawal.
        world.authenticators.set_unavailable(true);
        thief.service.settle_all(false).await;
        world.authenticators.set_unavailable(false);
        thief.service.settle_all(false).await;
        world.authenticators.finish("E.Hendriks");
        let user = world.authenticators.user("E.Hendriks").unwrap();
        assert_eq!((user.app, user.started), (App::Activating, vec![("token-1".to_owned(), false)]));
        let record = world.store.load(account_of(&world, "E.Hendriks")).await.unwrap().unwrap().record;
        assert_eq!(record.activations, []);
        // The owner starts another one afterwards, which nothing withdraws.
        if is_lifted {
            world.clock.advance(SignedDuration::from_mins(1));
            let mut owner = EnrollmentBrowser::new(&world);
            owner.reach_overview(&world, "E.Hendriks").await;
            owner.activate().await.unwrap();
            owner.service.settle_all(true).await;
            world.authenticators.finish("E.Hendriks");
            assert_eq!(overview(&owner.app().await.unwrap()).app, App::Active);
        }
    }
}

#[tokio::test]
async fn a36_first_app_that_was_activated_in_spite_of_a_freeze_waits_and_the_owner_is_notified() {
    let world = world().await;
    let mut thief = EnrollmentBrowser::new(&world);
    thief.reach_overview(&world, "E.Hendriks").await;
    thief.activate().await.unwrap();
    world.clock.advance(SignedDuration::from_mins(1));
    // The phone is faster than the withdrawal.
    freeze(&world, "E.Hendriks").await;
    world.authenticators.finish("E.Hendriks");
    thief.service.settle_all(false).await;
    let record = world.store.load(account_of(&world, "E.Hendriks")).await.unwrap().unwrap().record;
    assert_eq!(record.activations, []);
    assert!(record.usable_from() > world.clock.now() + SignedDuration::from_hours(23));
    assert_eq!(sent_notices(&world), [NoticeKind::AppReplaced]);
}
