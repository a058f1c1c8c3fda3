//! The app: begun here, finished on the phone, told to the owner whether or not anybody watches.

use super::world::{DAY, RequestContext, overview, ready, told, world};
use crate::reset::world::name;
use app::api::enrollment_state::{App, Readiness};
use app::api::refusal::Refusal;
use server::ports::audit::Reason;
use server::ports::notifier::NoticeKind;

#[tokio::test]
async fn a_first_app_is_activated_from_here_and_can_be_used_at_once() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "E.Hendriks").await;
    let shown = desk.activate().await.unwrap();
    let activation = overview(&shown).activation.clone().unwrap();
    assert_eq!(
        (activation.link.as_str(), activation.password.as_deref()),
        ("fake:link/token-1", Some("12345678"))
    );
    assert!(activation.qr.path.starts_with('M') && activation.qr.size > 20);
    // After a reload it is still there.
    assert_eq!(overview(&desk.current().await.unwrap()).activation, Some(activation));
    assert_eq!(overview(&desk.app().await.unwrap()).app, App::Activating);
    world.onboarding.finish("E.Hendriks");
    let shown = desk.app().await.unwrap();
    assert_eq!((overview(&shown).app, overview(&shown).activation.is_none()), (App::Active, true));
    assert!(ready(&shown).contains(&Readiness::App));
    assert_eq!(told(&world), [NoticeKind::AppActivated]);
    // Whoever activated it goes on without its code.
    assert!(overview(&desk.birthdate("1990-12-24").await.unwrap()).may_change);
}

#[tokio::test]
async fn a34_an_app_in_place_of_an_earlier_one_makes_the_reset_wait() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    desk.activate().await.unwrap();
    // From its beginning: whether it is ever finished nobody may tell.
    world.clock.advance(jiff::SignedDuration::from_secs(60));
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::TooNew));
    world.onboarding.finish("A.Janssen");
    let shown = desk.app().await.unwrap();
    assert!(!ready(&shown).contains(&Readiness::App));
    assert_eq!(told(&world), [NoticeKind::AppReplaced]);
    world.clock.advance(DAY);
    assert_eq!(name(&world.browser().reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test]
async fn a34_the_owner_is_told_though_the_browser_was_closed() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "E.Hendriks").await;
    desk.activate().await.unwrap();
    desk.registrar.settle_all(false).await;
    assert!(world.notices.said().is_empty());
    world.onboarding.finish("E.Hendriks");
    desk.registrar.settle_all(false).await;
    desk.registrar.settle_all(false).await;
    desk.app().await.unwrap();
    assert_eq!(told(&world), [NoticeKind::AppActivated]);
}

#[tokio::test]
async fn without_credentials_nothing_is_activated_from_here() {
    let world = world().await;
    world.onboarding.set_without_credentials(true);
    let mut desk = RequestContext::at(&world);
    let shown = desk.enter(&world, "E.Hendriks").await;
    assert!(!overview(&shown).can_activate);
    assert_eq!(desk.activate().await.map_err(|refusal| refusal.status()), Err(422));
    // The number is kept all the same.
    assert!(overview(&desk.mobile("0612345678").await.unwrap()).mobile.is_some());
}

#[tokio::test]
async fn an_outage_of_entrust_is_said_and_the_number_can_be_given_again() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    world.onboarding.set_away(true);
    assert!(matches!(desk.mobile("0612345678").await, Err(Refusal::Unavailable { .. })));
    world.onboarding.set_away(false);
    let shown = desk.mobile("0612345678").await.unwrap();
    assert_eq!(overview(&shown).mobile.as_ref().unwrap().usable_in, 0);
    assert_eq!(world.onboarding.holder("A.Janssen").unwrap().mobile.as_deref(), Some("+31612345678"));
}

#[tokio::test]
async fn a34_an_app_that_was_finished_is_told_of_though_another_was_begun_after_it() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "A.Janssen").await;
    desk.activate().await.unwrap();
    world.onboarding.finish("A.Janssen");
    desk.activate().await.unwrap();
    assert_eq!(told(&world), [NoticeKind::AppReplaced]);
}

#[tokio::test]
async fn a34_the_owners_app_opens_no_session_but_the_owners() {
    let world = world().await;
    let (mut thief, mut owner) = (RequestContext::at(&world), RequestContext::at(&world));
    thief.enter(&world, "E.Hendriks").await;
    owner.enter(&world, "E.Hendriks").await;
    owner.activate().await.unwrap();
    world.onboarding.finish("E.Hendriks");
    assert!(!overview(&thief.app().await.unwrap()).may_change);
    let before = owner.session.clone();
    assert!(overview(&owner.app().await.unwrap()).may_change);
    // A07: another right, another id.
    assert_ne!(owner.session, before);
    assert_eq!(thief.mobile("06-87654321").await, Err(Refusal::StartAgain));
    owner.mobile("06-12345678").await.unwrap();
}

#[tokio::test]
async fn who_settles_an_activation_makes_no_difference_to_who_began_it() {
    let world = world().await;
    let mut desk = RequestContext::at(&world);
    desk.enter(&world, "E.Hendriks").await;
    desk.activate().await.unwrap();
    world.onboarding.finish("E.Hendriks");
    desk.registrar.settle_all(false).await;
    let shown = desk.app().await.unwrap();
    assert!(overview(&shown).may_change && overview(&shown).activation.is_none());
}
