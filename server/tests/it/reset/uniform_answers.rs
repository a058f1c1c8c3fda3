//! A15, A16: every failed verification gets the same answer at the same time, after the same external calls.

use super::world::{BIRTHDATE, World, name, wrong_code};
use app::api::refusal::Refusal;
use jiff::SignedDuration;
use server::ports::audit::NotVerifiedReason;
use server::ports::clock::Clock as _;
use server::ports::directory::Eligibility;
use server::test_support::directory::DirectoryOutage;
use server::test_support::otp_provider::OtpOutage;

/// User name, birthdate, whether the code is correct, and the reason in the audit log.
pub(super) const FAILURES: [(&str, &str, bool, NotVerifiedReason); 7] = [
    ("N.Obody", BIRTHDATE, false, NotVerifiedReason::UnknownName),
    ("C.Peters", BIRTHDATE, true, NotVerifiedReason::Disabled),
    ("D.Willems", BIRTHDATE, true, NotVerifiedReason::Privileged),
    ("X.Pired", BIRTHDATE, false, NotVerifiedReason::Expired),
    ("E.Hendriks", BIRTHDATE, true, NotVerifiedReason::NotRegistered),
    ("A.Janssen", "1984-10-02", true, NotVerifiedReason::WrongBirthdate),
    ("A.Janssen", BIRTHDATE, false, NotVerifiedReason::WrongCode),
];

pub(super) async fn world() -> World {
    let world = World::new().await;
    for (login, eligibility) in [
        ("C.Peters", Eligibility::Disabled),
        ("D.Willems", Eligibility::Privileged),
        ("X.Pired", Eligibility::Expired),
    ] {
        world.add_registered(login, "Iemand Anders").await;
        world.directory.edit(login, |member| member.account.eligibility = eligibility);
    }
    world.directory.add_account("E.Hendriks", "Eva Hendriks", super::world::CURRENT_PASSWORD);
    world
}

pub(super) fn code_for(world: &World, login: &str, right: bool) -> String {
    if right { world.code_of(login) } else { wrong_code() }
}

#[tokio::test]
async fn a15_every_failure_reason_gets_the_same_answer_and_is_recorded_in_the_audit_log() {
    let world = world().await;
    for (login, birthdate, right, reason) in FAILURES {
        let mut browser = world.browser();
        assert_eq!(name(&browser.identify(login).await), "birthdate");
        assert_eq!(name(&browser.birthdate(birthdate).await), "code");
        let refusal = browser.code(&code_for(&world, login, right)).await.unwrap_err();
        let Refusal::NotVerified { reference, attempts_left } = refusal else {
            panic!("{login}: {refusal:?}")
        };
        assert_eq!(attempts_left, 4, "{login}");
        assert_eq!(world.last_reason(), Some(reason), "{login}");
        assert_eq!(world.audit.entries().last().unwrap().reference, reference);
        assert_eq!(name(&browser.current().await), "code", "{login}");
    }
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn a16_every_failure_reason_makes_the_same_calls_and_takes_the_same_time() {
    for (login, birthdate, right, _) in FAILURES {
        let world = world().await;
        let mut browser = world.browser();
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        assert_eq!(
            (world.directory.finds(), world.provider_calls()),
            (0, (0, 0)),
            "no external call before the code"
        );
        let before = world.clock.now();
        browser.code(&code_for(&world, login, right)).await.unwrap_err();
        assert_eq!(world.clock.now().duration_since(before), SignedDuration::from_millis(1500), "{login}");
        assert_eq!(world.directory.finds(), 1, "{login}");
        let (opened, verified) = world.provider_calls();
        assert_eq!(opened, 1, "{login}");
        // Only a correct birthdate leads to the third call; the minimum response time hides it.
        assert_eq!(verified, usize::from((login, birthdate) == ("A.Janssen", BIRTHDATE)), "{login}");
    }
}

/// Verifies a wrong or unusable code for every failure reason and returns how long each answer took.
async fn answer_times(prepare: impl Fn(&World)) -> Vec<(&'static str, SignedDuration)> {
    let mut times = Vec::new();
    for (login, birthdate, right, _) in FAILURES {
        let world = world().await;
        prepare(&world);
        let mut browser = world.browser();
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        let before = world.clock.now();
        let refusal = browser.code(&code_for(&world, login, right)).await.unwrap_err();
        assert!(matches!(refusal, Refusal::NotVerified { attempts_left: 4, .. }), "{login}: {refusal:?}");
        times.push((login, world.clock.now().duration_since(before)));
    }
    times
}

#[tokio::test]
async fn a16_answers_leave_at_the_same_boundary_however_long_the_last_call_takes() {
    let ms = SignedDuration::from_millis;
    for (open, boundary) in [(0, 1500), (400, 1500), (700, 3000), (1200, 3000), (5000, 10_500)] {
        for verify in [0, 600, 1600, 10_000] {
            let times =
                answer_times(|world| world.otp_provider.slow(&world.clock, ms(open), ms(verify))).await;
            // The manual clock cannot stop a call: one that is still running at the boundary ends late.
            let (last, others) = times.split_last().unwrap();
            assert!(others.iter().all(|(_, time)| *time == ms(boundary)), "{open} {verify}: {times:?}");
            assert_eq!(last.1, ms(boundary).max(ms(open + verify)), "{open} {verify}: {times:?}");
        }
        let times = answer_times(|world| {
            world.otp_provider.slow(&world.clock, ms(open), ms(0));
            world.otp_provider.verify_outage(Some(OtpOutage::Hangs));
        });
        assert!(times.await.iter().all(|(_, time)| *time == ms(boundary)), "{open}");
    }
}

#[tokio::test]
async fn a16_failure_of_the_last_call_alone_is_visible_in_no_answer_and_costs_no_code() {
    for outage in [OtpOutage::Unreachable, OtpOutage::Garbage, OtpOutage::Hangs] {
        let times = answer_times(|world| world.otp_provider.verify_outage(Some(outage))).await;
        assert!(times.iter().all(|(_, time)| *time == SignedDuration::from_millis(1500)), "{outage:?}");
    }
    for outage in [OtpOutage::Unreachable, OtpOutage::Garbage] {
        let world = world().await;
        let mut browser = world.browser();
        browser.reach_code("A.Janssen").await.unwrap();
        let code = world.code_of("A.Janssen");
        world.otp_provider.verify_outage(Some(outage));
        for _ in 0..4 {
            assert_eq!(name(&browser.code(&code).await), "not_verified", "{outage:?}");
            assert_eq!(world.last_reason(), Some(NotVerifiedReason::CodeUnanswered), "{outage:?}");
        }
        // No other request shows the failures, and the owner's budget is untouched.
        let mut other = super::world::Browser { session: None, ..browser.clone() };
        assert_eq!(name(&other.identify("N.Obody").await), "birthdate", "{outage:?}");
        world.otp_provider.verify_outage(None);
        assert_eq!(name(&browser.code(&code).await), "password", "{outage:?}");
    }
}

#[tokio::test]
async fn right_code_that_was_verified_too_late_is_accepted_when_it_is_typed_again() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let code = world.code_of("A.Janssen");
    world.otp_provider.verify_outage(Some(OtpOutage::Hangs));
    assert_eq!(name(&browser.code(&code).await), "not_verified");
    let mut other = super::world::Browser { session: None, ..browser.clone() };
    other.reach_code("A.Janssen").await.unwrap();
    // The provider has not answered yet: the same code, and the same code in another session.
    assert_eq!(name(&browser.code(&code).await), "not_verified");
    assert_eq!(name(&other.code(&code).await), "not_verified");
    world.otp_provider.verify_outage(None);
    while world.otp_provider.is_waiting() {
        tokio::task::yield_now().await;
    }
    assert_eq!(name(&other.code(&code).await), "not_verified", "the code is that of another session");
    assert_eq!(name(&browser.code(&code).await), "password");
    assert_eq!(world.provider_calls().1, 1, "one code is verified once");
}

#[tokio::test]
async fn slow_provider_is_learned_from_many_verifications_and_then_verifies_in_time() {
    let world = world().await;
    let ms = SignedDuration::from_millis;
    world.otp_provider.slow(&world.clock, ms(0), ms(2000));
    let mut browser = world.browser();
    for number in 0..7 {
        let login = format!("Medewerker.{number}");
        world.add_registered(&login, "Iemand Anders").await;
        world.otp_provider.add(&login);
        browser.session = None;
        browser.reach_code(&login).await.unwrap();
        let before = world.clock.now();
        browser.code(&wrong_code()).await.unwrap_err();
        let late = number < 6;
        assert_eq!(world.last_reason() == Some(NotVerifiedReason::CodeUnanswered), late, "{number}");
        assert_eq!(world.clock.now().duration_since(before), ms(if late { 2000 } else { 3000 }), "{number}");
    }
    browser.session = None;
    browser.reach_code("N.Obody").await.unwrap();
    let before = world.clock.now();
    browser.code(&wrong_code()).await.unwrap_err();
    assert_eq!(world.clock.now().duration_since(before), ms(3000), "the boundary rose for everyone");
}

/// A clock that copies the store whenever a request starts to wait.
struct SnapshotClock {
    clock: std::sync::Arc<server::test_support::ManualClock>,
    store: std::sync::Arc<server::test_support::MemoryStore>,
    snapshots: std::sync::Mutex<Vec<server::test_support::MemoryStore>>,
}

#[async_trait::async_trait]
impl server::ports::clock::Clock for SnapshotClock {
    fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    async fn wait_until(&self, time: jiff::Timestamp) {
        self.snapshots.lock().unwrap().push(self.store.copy());
        self.clock.wait_until(time).await;
    }
}

#[tokio::test]
async fn a16_current_step_reveals_no_result_before_the_minimum_response_time() {
    for (login, birthdate, right, _) in FAILURES {
        let world = world().await;
        let clock = std::sync::Arc::new(SnapshotClock {
            clock: world.clock.clone(),
            store: world.store.clone(),
            snapshots: std::sync::Mutex::default(),
        });
        let mut browser = world.browser();
        browser.service = world.service_with_clock(clock.clone());
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        browser.code(&code_for(&world, login, right)).await.unwrap_err();
        let snapshot = clock.snapshots.lock().unwrap().pop().expect("the request waited");
        let during_wait = World { store: std::sync::Arc::new(snapshot), ..world.clone() };
        let mut observer = super::world::Browser { service: during_wait.service(), ..browser };
        assert_eq!(name(&observer.current().await), "in_progress", "{login}");
    }
}

#[tokio::test]
async fn account_without_a_provider_user_name_is_not_verified() {
    let mut world = world().await;
    world.config.provider_user_name = server::ports::otp_provider::ProviderUserName::Mail;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    // An insider may know the code of the decoy; it must not verify any user.
    let decoy_code = world.code_of(server::test_support::otp_provider::DECOY);
    assert_eq!(name(&browser.code(&decoy_code).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::NoProviderUserName));
    assert_eq!(world.provider_calls(), (1, 0));
}

#[tokio::test]
async fn outage_is_reported_alike_for_every_failure_reason_and_costs_no_attempt() {
    for (login, birthdate, right, _) in FAILURES {
        let world = world().await;
        let mut browser = world.browser();
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        world.otp_provider.outage(Some(OtpOutage::Unreachable));
        let code = code_for(&world, login, right);
        assert_eq!(name(&browser.code(&code).await), "unavailable", "{login}");
        world.otp_provider.outage(None);
        world.directory.set_outage(Some(DirectoryOutage::Unreachable));
        assert_eq!(name(&browser.code(&code).await), "unavailable", "{login}");
        world.directory.set_outage(None);
        let refusal = browser.code(&wrong_code()).await.unwrap_err();
        assert!(matches!(refusal, Refusal::NotVerified { attempts_left: 4, .. }), "{login}: {refusal:?}");
    }
}

#[tokio::test]
async fn open_circuit_breaker_is_reported_at_the_first_step_for_known_and_unknown_users() {
    for outage in [OtpOutage::Unreachable, OtpOutage::Garbage] {
        let world = world().await;
        let mut browser = world.browser();
        browser.reach_code("A.Janssen").await.unwrap();
        world.otp_provider.outage(Some(outage));
        for _ in 0..3 {
            assert_eq!(name(&browser.code(&wrong_code()).await), "unavailable", "{outage:?}");
        }
        for login in ["A.Janssen", "N.Obody"] {
            let mut other = super::world::Browser { session: None, ..browser.clone() };
            assert_eq!(name(&other.identify(login).await), "unavailable", "{login} {outage:?}");
        }
        world.otp_provider.outage(None);
        world.clock.advance(SignedDuration::from_secs(10));
        assert_eq!(name(&browser.identify("A.Janssen").await), "birthdate", "{outage:?}");
    }
}

#[tokio::test]
async fn correcting_the_birthdate_lets_the_account_owner_continue() {
    let world = world().await;
    let mut browser = world.browser();
    browser.identify("A.Janssen").await.unwrap();
    browser.birthdate("1984-01-10").await.unwrap();
    let code = world.code_of("A.Janssen");
    assert_eq!(name(&browser.code(&code).await), "not_verified");
    assert_eq!(name(&browser.code(&code).await), "not_verified");
    assert_eq!(
        world.last_reason(),
        Some(NotVerifiedReason::WrongBirthdate),
        "the birthdate was wiped, the result of its check was not"
    );
    browser.birthdate(BIRTHDATE).await.unwrap();
    assert_eq!(name(&browser.code(&code).await), "password");
}

#[tokio::test]
async fn a28_recreated_account_of_the_same_name_inherits_no_registration() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    browser.code(&wrong_code()).await.unwrap_err();
    world.directory.remove_account("A.Janssen");
    world.directory.add_account("A.Janssen", "Anna Janssen", super::world::CURRENT_PASSWORD);
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::AnotherAccount));
    let mut fresh = world.browser();
    fresh.reach_code("A.Janssen").await.unwrap();
    assert_eq!(name(&fresh.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::NotRegistered));
}

#[tokio::test]
async fn session_is_removed_when_no_attempts_are_left() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("N.Obody").await.unwrap();
    for left in (0..5).rev() {
        let refusal = browser.code(&wrong_code()).await.unwrap_err();
        assert!(
            matches!(refusal, Refusal::NotVerified { attempts_left, .. } if attempts_left == left),
            "{refusal:?}"
        );
    }
    assert_eq!(browser.session, None);
    assert_eq!(name(&browser.current().await), "identify");
    assert_eq!(world.store.session_count(), 0);
}

#[tokio::test]
async fn stepwise_mode_refuses_a_wrong_birthdate_at_once_and_alike_for_every_reason() {
    let mut world = world().await;
    world.config.verification_mode = server::reset::VerificationMode::Stepwise;
    for (login, birthdate, _, reason) in
        FAILURES.into_iter().filter(|failure| failure.3 != NotVerifiedReason::WrongCode)
    {
        let mut browser = world.browser();
        browser.identify(login).await.unwrap();
        let before = world.clock.now();
        assert_eq!(name(&browser.birthdate(birthdate).await), "not_verified", "{login}");
        assert_eq!(world.clock.now().duration_since(before), SignedDuration::from_millis(1500), "{login}");
        assert_eq!(world.last_reason(), Some(reason), "{login}");
        assert_eq!(name(&browser.current().await), "birthdate", "{login}");
    }
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, "A.Janssen").await), "password");
}
