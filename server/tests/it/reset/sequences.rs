//! A1: every call at every stage, in every order up to six calls long, against a model.

use super::world::{BIRTHDATE, Browser, NEW, World, name, wrong_code};
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

/// What a visit should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    Nothing,
    Birthdate,
    Code { right: bool, left: u32 },
    Password,
    Done,
}

impl Model {
    /// The model after a call, and the name of the answer.
    fn after(self, call: Call) -> (Self, &'static str) {
        match (self, call) {
            (_, Call::Identify) => (Self::Birthdate, "birthdate"),
            (_, Call::Cancel) => (Self::Nothing, "identify"),
            (Self::Nothing, _) => (self, "start_again"),
            (_, Call::Extend) => (self, self.name()),
            (Self::Birthdate, Call::RightBirthdate | Call::WrongBirthdate) => {
                (Self::Code { right: call == Call::RightBirthdate, left: 5 }, "code")
            }
            (Self::Code { left, .. }, Call::RightBirthdate | Call::WrongBirthdate) => {
                (Self::Code { right: call == Call::RightBirthdate, left }, "code")
            }
            (Self::Code { right: true, .. }, Call::RightCode) => (Self::Password, "password"),
            (Self::Code { left: 1, .. }, Call::RightCode | Call::WrongCode) => {
                (Self::Nothing, "not_verified")
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
            Self::Nothing => "identify",
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
        Call::Password => browser.password(NEW).await,
        Call::Unlock => browser.unlock().await,
        Call::Extend => browser.extend().await,
        Call::Cancel => browser.cancel().await,
    };
    name(&outcome)
}

/// Walks every continuation of a path; each branch goes on in a store of its own.
async fn walk(
    world: &World,
    visit: Option<server::ports::sessions::SessionId>,
    model: Model,
    path: &mut Vec<Call>,
) {
    if path.len() == 6 {
        return;
    }
    for call in CALLS {
        let world = world.fork();
        let mut browser = Browser { workflow: world.workflow(), visit: visit.clone(), device: None };
        path.push(call);
        let (after, expected) = model.after(call);
        assert_eq!(make(&world, &mut browser, call).await, expected, "{path:?}");
        // The last call's effect is looked at too.
        let current = browser.current().await;
        assert_eq!(name(&current), after.name(), "{path:?}");
        Box::pin(walk(&world, browser.visit.clone(), after, path)).await;
        path.pop();
    }
}

#[tokio::test]
async fn a01_every_sequence_of_six_calls_does_what_the_model_says() {
    let mut world = World::new().await;
    // The account's budget spans visits and would end them all after three wrong codes.
    world.terms.limits.account_failures.most = 0;
    world.directory.edit("A.Janssen", |member| member.policy.history = None);
    walk(&world, None, Model::Nothing, &mut Vec::new()).await;
}

#[tokio::test]
async fn current_changes_nothing_and_extends_nothing() {
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
async fn a07_a_visit_ends_when_idle_after_an_hour_at_most_and_a_proof_after_a_quarter() {
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
    assert_eq!(name(&browser.password(NEW).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn who_finished_late_in_the_hour_still_reads_done() {
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
    assert_eq!(name(&browser.password(NEW).await), "done");
    assert_eq!(name(&browser.current().await), "done");
}

#[tokio::test]
async fn a07_the_visits_id_is_another_after_the_proof_and_the_old_one_is_worth_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    let mut thief = browser.clone();
    browser.code(&world.code_of("A.Janssen")).await.unwrap();
    assert_ne!(browser.visit, thief.visit);
    assert_eq!(name(&thief.password(NEW).await), "start_again");
    assert_eq!(name(&thief.code(&wrong_code()).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}
