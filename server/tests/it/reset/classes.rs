//! A15, A16: whoever is not verified gets one answer, at one moment, after the same outside calls.

use super::world::{BIRTHDATE, World, name, wrong_code};
use app::api::refusal::Refusal;
use jiff::SignedDuration;
use server::ports::audit::Reason;
use server::ports::clock::Clock as _;
use server::ports::directory::Eligibility;
use server::test_support::directory::Outage as DirectoryOutage;
use server::test_support::otp_provider::Outage as CodesOutage;

/// Name, birthdate, whether the code is right, and the true reason.
const CLASSES: [(&str, &str, bool, Reason); 7] = [
    ("N.Obody", BIRTHDATE, false, Reason::UnknownName),
    ("C.Peters", BIRTHDATE, true, Reason::Disabled),
    ("D.Willems", BIRTHDATE, true, Reason::Privileged),
    ("X.Pired", BIRTHDATE, false, Reason::Expired),
    ("E.Hendriks", BIRTHDATE, true, Reason::NotRegistered),
    ("A.Janssen", "1984-10-02", true, Reason::WrongBirthdate),
    ("A.Janssen", BIRTHDATE, false, Reason::WrongCode),
];

async fn world() -> World {
    let world = World::new().await;
    for (login, eligibility) in [
        ("C.Peters", Eligibility::Disabled),
        ("D.Willems", Eligibility::Privileged),
        ("X.Pired", Eligibility::Expired),
    ] {
        world.hire(login, "Iemand Anders").await;
        world.directory.edit(login, |member| member.account.eligibility = eligibility);
    }
    world.directory.hire("E.Hendriks", "Eva Hendriks", super::world::FIRST);
    world
}

fn code_for(world: &World, login: &str, right: bool) -> String {
    if right { world.code_of(login) } else { wrong_code() }
}

#[tokio::test]
async fn a15_every_class_gets_the_same_answer_and_the_trail_knows_why() {
    let world = world().await;
    for (login, birthdate, right, reason) in CLASSES {
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
async fn a16_every_class_makes_the_same_calls_and_is_released_at_the_same_moment() {
    for (login, birthdate, right, _) in CLASSES {
        let world = world().await;
        let mut browser = world.browser();
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        assert_eq!(
            (world.directory.finds(), world.code_calls()),
            (0, (0, 0)),
            "nobody is asked before the code"
        );
        let before = world.clock.now();
        browser.code(&code_for(&world, login, right)).await.unwrap_err();
        assert_eq!(world.clock.now().duration_since(before), SignedDuration::from_millis(1500), "{login}");
        assert_eq!(world.directory.finds(), 1, "{login}");
        let (opened, verified) = world.code_calls();
        assert_eq!(opened, 1, "{login}");
        // The third call is for a right birthdate only, and is hidden by the envelope.
        assert_eq!(verified, usize::from((login, birthdate) == ("A.Janssen", BIRTHDATE)), "{login}");
    }
}

/// A clock that keeps what the store held whenever somebody waited.
struct WatchingClock {
    clock: std::sync::Arc<server::test_support::ManualClock>,
    store: std::sync::Arc<server::test_support::MemoryStore>,
    seen: std::sync::Mutex<Vec<server::test_support::MemoryStore>>,
}

#[async_trait::async_trait]
impl server::ports::clock::Clock for WatchingClock {
    fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    async fn wait_until(&self, moment: jiff::Timestamp) {
        self.seen.lock().unwrap().push(self.store.copy());
        self.clock.wait_until(moment).await;
    }
}

#[tokio::test]
async fn a16_who_asks_while_a_code_is_judged_learns_nothing_before_the_envelope_ends() {
    for (login, birthdate, right, _) in CLASSES {
        let world = world().await;
        let clock = std::sync::Arc::new(WatchingClock {
            clock: world.clock.clone(),
            store: world.store.clone(),
            seen: std::sync::Mutex::default(),
        });
        let mut browser = world.browser();
        browser.workflow = world.workflow_with(clock.clone());
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        browser.code(&code_for(&world, login, right)).await.unwrap_err();
        let then = clock.seen.lock().unwrap().pop().expect("somebody waited");
        let then = World { store: std::sync::Arc::new(then), ..world.clone() };
        let mut asking = super::world::Browser { workflow: then.workflow(), ..browser };
        assert_eq!(name(&asking.current().await), "in_progress", "{login}");
    }
}

#[tokio::test]
async fn an_account_without_the_name_that_entrust_knows_is_nobody() {
    let mut world = world().await;
    world.terms.holder_name = server::reset::ProviderUserName::Mail;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    // The decoy's own code, which an insider may know, proves nothing for anybody.
    let decoys = world.code_of(server::test_support::otp_provider::DECOY);
    assert_eq!(name(&browser.code(&decoys).await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::NoHolderName));
    assert_eq!(world.code_calls(), (1, 0));
}

#[tokio::test]
async fn an_outage_is_told_to_every_class_alike_and_costs_nothing() {
    for (login, birthdate, right, _) in CLASSES {
        let world = world().await;
        let mut browser = world.browser();
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        world.codes.outage(Some(CodesOutage::Away));
        let code = code_for(&world, login, right);
        assert_eq!(name(&browser.code(&code).await), "unavailable", "{login}");
        world.codes.outage(None);
        world.directory.set_outage(Some(DirectoryOutage::Unreachable));
        assert_eq!(name(&browser.code(&code).await), "unavailable", "{login}");
        world.directory.set_outage(None);
        let refusal = browser.code(&wrong_code()).await.unwrap_err();
        assert!(matches!(refusal, Refusal::NotVerified { attempts_left: 4, .. }), "{login}: {refusal:?}");
    }
}

#[tokio::test]
async fn while_something_is_known_to_be_away_the_first_screen_says_so_to_everybody() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    world.codes.outage(Some(CodesOutage::Away));
    for _ in 0..3 {
        assert_eq!(name(&browser.code(&wrong_code()).await), "unavailable");
    }
    for login in ["A.Janssen", "N.Obody"] {
        let mut other = super::world::Browser { visit: None, ..browser.clone() };
        assert_eq!(name(&other.identify(login).await), "unavailable", "{login}");
    }
    world.codes.outage(None);
    world.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(name(&browser.identify("A.Janssen").await), "birthdate");
}

#[tokio::test]
async fn a_correction_of_the_birthdate_brings_the_right_person_on() {
    let world = world().await;
    let mut browser = world.browser();
    browser.identify("A.Janssen").await.unwrap();
    browser.birthdate("1984-01-10").await.unwrap();
    let code = world.code_of("A.Janssen");
    assert_eq!(name(&browser.code(&code).await), "not_verified");
    assert_eq!(name(&browser.code(&code).await), "not_verified");
    assert_eq!(
        world.last_reason(),
        Some(Reason::WrongBirthdate),
        "the date was wiped, its judgement was not"
    );
    browser.birthdate(BIRTHDATE).await.unwrap();
    assert_eq!(name(&browser.code(&code).await), "password");
}

#[tokio::test]
async fn a28_a_deleted_and_recreated_name_inherits_nothing() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    browser.code(&wrong_code()).await.unwrap_err();
    world.directory.dismiss("A.Janssen");
    world.directory.hire("A.Janssen", "Anna Janssen", super::world::FIRST);
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::AnotherAccount));
    let mut fresh = world.browser();
    fresh.reach_code("A.Janssen").await.unwrap();
    assert_eq!(name(&fresh.code(&world.code_of("A.Janssen")).await), "not_verified");
    assert_eq!(world.last_reason(), Some(Reason::NotRegistered));
}

#[tokio::test]
async fn at_no_attempts_left_the_visit_has_ended() {
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
    assert_eq!(browser.visit, None);
    assert_eq!(name(&browser.current().await), "identify");
    assert_eq!(world.store.visits(), 0);
}

#[tokio::test]
async fn stepwise_refuses_a_wrong_birthdate_at_once_and_to_everybody_alike() {
    let mut world = world().await;
    world.terms.judgement = server::reset::VerificationMode::Stepwise;
    for (login, birthdate, _, reason) in CLASSES.into_iter().filter(|class| class.3 != Reason::WrongCode) {
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
