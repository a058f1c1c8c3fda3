//! A1: compares every sequence of up to six calls with a model of the session.

use super::world::{BIRTHDATE, Browser, NEW_PASSWORD, World, name, wrong_code};
use app::api::step::Step;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Identify,
    RightBirthdate,
    WrongBirthdate,
    RightCode,
    WrongCode,
    Password,
    Unlock,
    Extend,
    Cancel,
}

const CALLS: [Call; 9] = [
    Call::Identify,
    Call::RightBirthdate,
    Call::WrongBirthdate,
    Call::RightCode,
    Call::WrongCode,
    Call::Password,
    Call::Unlock,
    Call::Extend,
    Call::Cancel,
];

/// The expected state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    NoSession,
    Birthdate,
    Code { right: bool, left: u32 },
    Password,
    Done,
}

impl Model {
    /// Returns the model after a call, and the name of the expected answer.
    fn after(self, call: Call) -> (Self, &'static str) {
        match (self, call) {
            (_, Call::Identify) => (Self::Birthdate, "birthdate"),
            (_, Call::Cancel) => (Self::NoSession, "identify"),
            (Self::NoSession, _) => (self, "start_again"),
            (_, Call::Extend) => (self, self.name()),
            (Self::Birthdate, Call::RightBirthdate | Call::WrongBirthdate) => {
                (Self::Code { right: call == Call::RightBirthdate, left: 5 }, "code")
            }
            (Self::Code { left, .. }, Call::RightBirthdate | Call::WrongBirthdate) => {
                (Self::Code { right: call == Call::RightBirthdate, left }, "code")
            }
            (Self::Code { right: true, .. }, Call::RightCode) => (Self::Password, "password"),
            (Self::Code { left: 1, .. }, Call::RightCode | Call::WrongCode) => {
                (Self::NoSession, "not_verified")
            }
            (Self::Code { right, left }, Call::RightCode | Call::WrongCode) => {
                (Self::Code { right, left: left - 1 }, "not_verified")
            }
            (Self::Password | Self::Done, Call::Password) => (Self::Done, "done"),
            (
                Self::Birthdate | Self::Code { .. } | Self::Password | Self::Done,
                Call::RightBirthdate
                | Call::WrongBirthdate
                | Call::RightCode
                | Call::WrongCode
                | Call::Password
                | Call::Unlock,
            ) => (self, "start_again"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::NoSession => "identify",
            Self::Birthdate => "birthdate",
            Self::Code { .. } => "code",
            Self::Password => "password",
            Self::Done => "done",
        }
    }
}

async fn make(world: &World, browser: &mut Browser, call: Call) -> &'static str {
    let outcome = match call {
        Call::Identify => browser.identify("A.Janssen").await,
        Call::RightBirthdate => browser.birthdate(BIRTHDATE).await,
        Call::WrongBirthdate => browser.birthdate("1984-10-02").await,
        Call::RightCode => browser.code(&world.code_of("A.Janssen")).await,
        Call::WrongCode => browser.code(&wrong_code()).await,
        Call::Password => browser.password(NEW_PASSWORD).await,
        Call::Unlock => browser.unlock().await,
        Call::Extend => browser.extend().await,
        Call::Cancel => browser.cancel().await,
    };
    name(&outcome)
}

/// Checks every continuation of a path; each branch has a separate copy of the store.
async fn check_continuations(
    world: &World,
    session: Option<server::ports::sessions::SessionId>,
    model: Model,
    path: &mut Vec<Call>,
) {
    if path.len() == 6 {
        return;
    }
    for call in CALLS {
        let world = world.fork();
        let mut browser = Browser { session: session.clone(), ..world.browser() };
        path.push(call);
        let (after, expected) = model.after(call);
        assert_eq!(make(&world, &mut browser, call).await, expected, "{path:?}");
        // Checks the stored effect of the call as well.
        let current = browser.current().await;
        assert_eq!(name(&current), after.name(), "{path:?}");
        Box::pin(check_continuations(&world, browser.session.clone(), after, path)).await;
        path.pop();
    }
}

#[tokio::test]
async fn a01_every_sequence_of_six_calls_matches_the_model() {
    let mut world = World::new().await;
    // The account budget spans sessions; it would refuse every code after three wrong ones.
    world.config.limits.account_failures.max = 0;
    world.directory.edit("A.Janssen", |member| member.policy.history = None);
    check_continuations(&world, None, Model::NoSession, &mut Vec::new()).await;
}

#[tokio::test]
async fn reading_the_current_step_does_not_extend_the_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let Ok(Step::Code { expires_in: before, .. }) = browser.current().await else { panic!() };
    world.clock.advance(jiff::SignedDuration::from_secs(60));
    let Ok(Step::Code { expires_in: after, .. }) = browser.current().await else { panic!() };
    assert_eq!(after, before - 60);
    let Ok(Step::Code { expires_in, .. }) = browser.extend().await else { panic!() };
    assert_eq!(expires_in, 900);
}

#[tokio::test]
async fn a07_session_expires_when_idle_or_after_an_hour_and_a_proof_after_fifteen_minutes() {
    use jiff::SignedDuration as Time;
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    world.clock.advance(Time::from_mins(15));
    assert_eq!(name(&browser.code(&world.code_of("A.Janssen")).await), "start_again");

    browser.reach_code("A.Janssen").await.unwrap();
    for _ in 0..5 {
        world.clock.advance(Time::from_mins(11));
        assert_eq!(name(&browser.extend().await), "code");
    }
    world.clock.advance(Time::from_mins(5));
    assert_eq!(name(&browser.extend().await), "start_again");

    browser.reach_password(&world, "A.Janssen").await.unwrap();
    world.clock.advance(Time::from_mins(14));
    assert_eq!(name(&browser.extend().await), "password");
    world.clock.advance(Time::from_mins(1));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn reset_finished_near_the_session_limit_still_shows_done() {
    use jiff::SignedDuration as Time;
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    for _ in 0..5 {
        world.clock.advance(Time::from_mins(10));
        browser.extend().await.unwrap();
    }
    browser.code(&world.code_of("A.Janssen")).await.unwrap();
    world.clock.advance(Time::from_mins(14));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert_eq!(name(&browser.current().await), "done");
}

#[tokio::test]
async fn a07_session_id_is_renewed_after_verification_and_the_old_one_is_invalid() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let mut attacker = browser.clone();
    browser.code(&world.code_of("A.Janssen")).await.unwrap();
    assert_ne!(browser.session, attacker.session);
    assert_eq!(name(&attacker.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(name(&attacker.code(&wrong_code()).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}
