//! Sign-in: every refusal gets the same answer, and no attempt can reach the lockout threshold of the directory.

use super::world::{EnrollmentBrowser, enrollment_config, overview, world};
use crate::reset::world::{CURRENT_PASSWORD, wrong_code};
use app::api::enrollment_state::{App, Registration, Stage};
use app::api::refusal::{Reason, Refusal};
use jiff::SignedDuration;
use server::enrollment::sign_in_limits::SignInLimits;
use server::ports::audit::NotVerifiedReason;
use server::ports::clock::Clock as _;
use server::ports::directory::Eligibility;
use server::ports::rate_limits::Limit;
use server::test_support::directory::DirectoryOutage;
use std::time::Duration;

fn without_reference(outcome: Result<Registration, Refusal>) -> Result<Registration, Refusal> {
    match outcome {
        Err(Refusal::NotVerified { attempts_left, .. }) => {
            Err(Refusal::NotVerified { reference: String::new(), attempts_left })
        }
        other => other,
    }
}

#[tokio::test]
async fn a35_wrong_password_unknown_name_and_disabled_account_get_the_same_answer_in_the_same_time() {
    let mut answers = Vec::new();
    for (name, password, reason) in [
        ("A.Janssen", "Verkeerd-123!", NotVerifiedReason::NotSignedIn),
        ("N.Iemand", CURRENT_PASSWORD, NotVerifiedReason::UnknownName),
        ("C.Peters", CURRENT_PASSWORD, NotVerifiedReason::NotSignedIn),
        // Frozen: a thief who knows the password must not change the number.
        ("A.Janssen", CURRENT_PASSWORD, NotVerifiedReason::Frozen),
    ] {
        let world = world().await;
        if reason == NotVerifiedReason::Frozen {
            crate::reset::frozen::freeze(&world).await;
        }
        world.add_registered("C.Peters", "Carla Peters").await;
        world.directory.edit("C.Peters", |member| member.account.eligibility = Eligibility::Disabled);
        let (mut enrollment, before) = (EnrollmentBrowser::new(&world), world.clock.now());
        let answer = without_reference(enrollment.sign_in(name, password).await);
        assert_eq!(world.last_reason(), Some(reason), "{name}");
        let duration = world.clock.now().duration_since(before);
        answers.push((
            answer,
            duration,
            enrollment.session.clone(),
            world.directory.finds(),
            world.directory.binds(),
        ));
    }
    assert_eq!(answers[0].1, SignedDuration::from_millis(1500));
    assert!(matches!(answers[0].0, Err(Refusal::NotVerified { .. })));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn employee_without_the_app_needs_the_password_and_with_the_app_also_a_code() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    assert_eq!(enrollment.sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap().step, Stage::Overview);
    let mut enrollment = EnrollmentBrowser::new(&world);
    let signed_in = enrollment.sign_in("A.Janssen", CURRENT_PASSWORD).await.unwrap();
    assert_eq!((signed_in.step, signed_in.overview.is_none()), (Stage::Code, true));
    let before = enrollment.session.clone();
    let shown = enrollment.code(&world.code_of("A.Janssen")).await.unwrap();
    assert!(overview(&shown).may_change);
    // A07: the session id from before the code is invalid after it.
    assert_ne!(enrollment.session, before);
    let mut old = EnrollmentBrowser { session: before, ..enrollment.clone() };
    assert_eq!(old.current().await.unwrap(), Registration::sign_in());
}

#[tokio::test]
async fn a34_password_alone_changes_nothing_if_an_app_is_active() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.sign_in("A.Janssen", CURRENT_PASSWORD).await.unwrap();
    assert_eq!(enrollment.mobile("06-12345678").await, Err(Refusal::StartAgain));
    assert_eq!(enrollment.birthdate("1990-01-01").await, Err(Refusal::StartAgain));
    assert_eq!(enrollment.activate().await, Err(Refusal::StartAgain));
    for attempt in (0..5).rev() {
        let Err(Refusal::NotVerified { attempts_left, .. }) = enrollment.code(&wrong_code()).await else {
            panic!()
        };
        assert_eq!(attempts_left, attempt);
    }
    assert_eq!(enrollment.session, None);
}

#[tokio::test]
async fn a34_locked_or_unknown_app_permits_no_change() {
    for app in [App::Locked, App::Unknown] {
        let world = world().await;
        world.authenticators.set_app("E.Hendriks", app);
        let mut enrollment = EnrollmentBrowser::new(&world);
        let shown = enrollment.sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap();
        assert!(!overview(&shown).may_change);
        assert_eq!(enrollment.mobile("06-12345678").await, Err(Refusal::StartAgain));
    }
}

#[tokio::test]
async fn a34_app_activated_elsewhere_ends_a_session_without_its_code() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap();
    world.authenticators.set_app("E.Hendriks", App::Active);
    assert_eq!(enrollment.mobile("06-12345678").await, Err(Refusal::StartAgain));
    assert_eq!(enrollment.session, None);
}

#[tokio::test]
async fn a21_enrollment_sign_in_cannot_lock_an_account_in_the_directory() {
    let world = world().await;
    let off = Limit { max: 0, window: Duration::from_mins(1) };
    let sign_ins = SignInLimits { per_name_and_address: off, per_name: off, per_address: off, total: off };
    let config = super::world::EnrollmentConfig { sign_ins, ..enrollment_config() };
    let mut enrollment = EnrollmentBrowser::with_config(&world, config);
    for _ in 0..20 {
        let refused = enrollment.sign_in("A.Janssen", "Verkeerd-123!").await;
        assert!(matches!(refused, Err(Refusal::NotVerified { .. })), "{refused:?}");
    }
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::LockoutNear));
    // The fake directory locks at five failures; the margin of two is left.
    assert_eq!(world.directory.member("A.Janssen").unwrap().failed_sign_ins, 3);
}

#[tokio::test]
async fn a18_sign_in_limit_applies_before_the_directory_is_queried_and_to_unknown_names() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    for name in ["A.Janssen", "N.Iemand"] {
        let at_start = world.directory.binds();
        for _ in 0..5 {
            assert!(matches!(
                enrollment.sign_in(name, "Verkeerd-123!").await,
                Err(Refusal::NotVerified { .. })
            ));
        }
        let before = world.directory.binds();
        assert!(before > at_start);
        let refused = enrollment.sign_in(&name.to_uppercase(), CURRENT_PASSWORD).await;
        assert!(matches!(refused, Err(Refusal::TooMany { .. })), "{refused:?}");
        assert_eq!(world.directory.binds(), before);
    }
}

#[tokio::test]
async fn correct_password_does_not_count_towards_the_rate_limit() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    for _ in 0..8 {
        enrollment.sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn outage_is_reported_and_costs_no_sign_in_attempt() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    for _ in 0..6 {
        assert!(matches!(
            enrollment.sign_in("A.Janssen", CURRENT_PASSWORD).await,
            Err(Refusal::Unavailable { .. })
        ));
    }
    world.directory.set_outage(None);
    world.authenticators.set_unavailable(true);
    assert!(matches!(
        enrollment.sign_in("A.Janssen", CURRENT_PASSWORD).await,
        Err(Refusal::Unavailable { .. })
    ));
    world.authenticators.set_unavailable(false);
    enrollment.sign_in("A.Janssen", CURRENT_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn invalid_fields_are_reported_by_name() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    assert_eq!(
        enrollment.sign_in("", CURRENT_PASSWORD).await,
        Err(Refusal::invalid("username", Reason::Empty))
    );
    assert_eq!(enrollment.sign_in("A.Janssen", "").await, Err(Refusal::invalid("password", Reason::Empty)));
    let long = "x".repeat(257);
    assert_eq!(
        enrollment.sign_in("A.Janssen", &long).await,
        Err(Refusal::invalid("password", Reason::TooLong))
    );
    enrollment.reach_overview(&world, "E.Hendriks").await;
    assert_eq!(enrollment.mobile("0485-845900").await, Err(Refusal::invalid("mobile", Reason::NotMobile)));
    assert_eq!(
        enrollment.mobile("+32470123456").await,
        Err(Refusal::invalid("mobile", Reason::OtherCountry))
    );
    for (mobile, reason) in [
        ("\u{200e}\u{a0}", Reason::Empty),
        ("٠٦١٢٣٤٥٦٧٨", Reason::NotMobile),
        ("06-12345678 / 06-87654321", Reason::NotMobile),
    ] {
        assert_eq!(enrollment.mobile(mobile).await, Err(Refusal::invalid("mobile", reason)), "{mobile:?}");
    }
    for (birthdate, reason) in [
        ("2084-10-01", Reason::Future),
        ("9999-12-31", Reason::Future),
        ("2020-01-01", Reason::Implausible),
        ("1900-01-01", Reason::Implausible),
        ("1753-01-01", Reason::Implausible),
        ("1921-01-01", Reason::Implausible),
        ("\u{200b}", Reason::Empty),
    ] {
        assert_eq!(
            enrollment.birthdate(birthdate).await,
            Err(Refusal::invalid("birthdate", reason)),
            "{birthdate:?}"
        );
    }
}

#[tokio::test]
async fn session_ends_by_timeout_and_by_signing_out() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "E.Hendriks").await;
    let signed_out = enrollment.clone();
    enrollment.cancel().await.unwrap();
    assert_eq!(signed_out.clone().current().await.unwrap(), Registration::sign_in());
    enrollment.reach_overview(&world, "E.Hendriks").await;
    world.clock.advance(SignedDuration::from_mins(15));
    assert_eq!(enrollment.birthdate("1990-12-24").await, Err(Refusal::StartAgain));
}

#[tokio::test]
async fn session_ends_when_the_password_is_changed() {
    for action in ["app", "mobile", "practice", "activate"] {
        let world = world().await;
        let mut attacker = EnrollmentBrowser::new(&world);
        attacker.reach_overview(&world, "E.Hendriks").await;
        world.directory.edit("E.Hendriks", |member| member.account.password_last_set += 1);
        let refused = match action {
            "app" => attacker.app().await,
            "mobile" => attacker.mobile("06-87654321").await,
            "practice" => attacker.practice().await,
            _ => attacker.activate().await,
        };
        assert_eq!(refused, Err(Refusal::StartAgain), "{action}");
        assert_eq!(attacker.current().await.unwrap(), Registration::sign_in(), "{action}");
    }
}

#[tokio::test]
async fn a36_freeze_ends_an_open_session_before_its_next_change() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.sign_in("A.Janssen", CURRENT_PASSWORD).await.unwrap();
    enrollment.code(&world.code_of("A.Janssen")).await.unwrap();
    crate::reset::frozen::freeze(&world).await;
    assert_eq!(enrollment.mobile("0612345678").await, Err(Refusal::StartAgain));
    crate::reset::frozen::unfreeze(&world).await;
    assert_eq!(enrollment.mobile("0612345678").await, Err(Refusal::StartAgain), "the session has ended");
}
