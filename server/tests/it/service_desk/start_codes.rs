//! Start codes: two agents issue one for an employee who lost the phone, who activates the app on another one.

mod abuse;
mod bounds;
mod faults;

use super::world::{AGENT, CALLER, DeskBrowser, LEAD, freeze_and_lift, world};
use crate::reset::world::{BIRTHDATE, Browser, World, name};
use app::api::ResetCommand;
use app::api::enrollment_state::App;
use app::api::refusal::{Reason, Refusal};
use app::api::service_desk_state::{ServiceDesk, StartCodeState};
use app::api::step::Step;
use app::domain::raw_input::RawInput;
use jiff::SignedDuration;
use server::ports::audit::Event;
use server::ports::clock::Clock as _;
use server::ports::notifier::NoticeKind;
use server::ports::records::Records as _;
use server::test_support::directory::DirectoryOutage;
use server::test_support::notifier::SentMessage;

const SECOND_AGENT: &str = "T.Tweede";

/// Two agents, a lead, and a caller whose app is active on a lost phone.
async fn lost_phone() -> World {
    let world = world().await;
    world.add_registered(SECOND_AGENT, "Tim Tweede").await;
    world.otp_provider.add(SECOND_AGENT);
    let groups = world.directory.member(AGENT).unwrap().groups;
    world.directory.edit(SECOND_AGENT, |member| member.groups.clone_from(&groups));
    world.authenticators.add(CALLER, App::Active);
    world.directory.edit(CALLER, |member| member.account.mail = Some("anna@example.org".to_owned()));
    world
}

fn only(desk: &ServiceDesk) -> &StartCodeState {
    let [only] = desk.start_codes.as_slice() else { unreachable!("{:?}", desk.start_codes) };
    only
}

/// A start code that an agent requested and a lead approved; `identity` by the lead.
async fn start_code(world: &World, identity: Option<&str>) -> String {
    let (mut agent, mut lead) =
        (DeskBrowser::signed_in(world, AGENT).await, DeskBrowser::signed_in(world, LEAD).await);
    agent.request_start_code(CALLER).await.unwrap();
    lead.approve_start_code(CALLER, identity).await.unwrap();
    only(&agent.show_start_code(CALLER).await.unwrap()).code.clone().unwrap()
}

async fn run(browser: &mut Browser, command: ResetCommand) -> Result<Step, Refusal> {
    browser.run(command).await
}

/// An employee at the code step, with a start code.
async fn at_code(world: &World, name: &str, birthdate: &str) -> Browser {
    let mut browser = world.browser();
    let purpose = Some(RawInput::new("new_app"));
    run(&mut browser, ResetCommand::Identify(RawInput::new(name), purpose)).await.unwrap();
    browser.birthdate(birthdate).await.unwrap();
    browser
}

async fn activate_and_finish(world: &World, browser: &mut Browser) -> Step {
    let started = run(browser, ResetCommand::Activate).await.unwrap();
    assert!(matches!(&started, Step::NewApp { activation: Some(_), linked: false, .. }), "{started:?}");
    let waiting = run(browser, ResetCommand::App).await.unwrap();
    assert!(matches!(&waiting, Step::NewApp { activation: Some(_), linked: false, .. }), "{waiting:?}");
    world.authenticators.finish(CALLER);
    run(browser, ResetCommand::App).await.unwrap()
}

fn notices(world: &World) -> Vec<NoticeKind> {
    let id = world.directory.member(CALLER).unwrap().account.id;
    let of_caller = |sent| match sent {
        SentMessage::NoticeKind(account, kind, _) if account == id => Some(kind),
        SentMessage::NoticeKind(..) | SentMessage::Code(..) | SentMessage::Activation(..) => None,
    };
    world.notifier.sent().into_iter().filter_map(of_caller).collect()
}

fn not_offered<T>(outcome: Result<T, Refusal>, field: &str) {
    assert_eq!(outcome.err(), Some(Refusal::invalid(field, Reason::NotOffered)));
}

#[tokio::test]
async fn start_code_of_two_agents_activates_the_app_and_resets_wait() {
    let world = lost_phone().await;
    let code = start_code(&world, None).await;
    assert_eq!(code.len(), 8);
    assert_eq!(notices(&world), [NoticeKind::StartCodeIssued]);
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    let typed = format!("{} {}", &code[..4].to_lowercase(), &code[4..]);
    let verified = browser.code(&typed).await.unwrap();
    assert!(matches!(verified, Step::NewApp { activation: None, linked: false, .. }), "{verified:?}");
    let linked = activate_and_finish(&world, &mut browser).await;
    assert!(
        matches!(&linked, Step::NewApp { linked: true, from: Some(_), activation: None, .. }),
        "{linked:?}"
    );
    assert_eq!(notices(&world), [NoticeKind::StartCodeIssued, NoticeKind::AppReplaced]);
    assert_eq!(name(&world.browser().reach_password(&world, CALLER).await), "not_verified");
    world.clock.advance(SignedDuration::from_hours(24) + SignedDuration::from_mins(1));
    assert_eq!(name(&world.browser().reach_password(&world, CALLER).await), "password");
}

#[tokio::test]
async fn identity_that_a_lead_has_seen_ends_the_wait_only_for_that_app() {
    let world = lost_phone().await;
    let code = start_code(&world, Some("seen")).await;
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    browser.code(&code).await.unwrap();
    let linked = activate_and_finish(&world, &mut browser).await;
    assert!(matches!(&linked, Step::NewApp { linked: true, from: None, .. }), "{linked:?}");
    assert_eq!(name(&world.browser().reach_password(&world, CALLER).await), "password");
    let used = |event: &Event| matches!(event, Event::StartCodeUsed { identity_seen: true });
    assert_eq!(world.audit.entries().iter().filter(|entry| used(&entry.event)).count(), 1);
}

#[tokio::test]
async fn start_code_survives_a_lost_answer_and_a_new_app_that_waits_already() {
    let world = lost_phone().await;
    let code = start_code(&world, None).await;
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    let mut lost = browser.clone();
    assert_eq!(name(&lost.code(&code).await), "new_app");
    assert_eq!(name(&browser.code(&code).await), "new_app", "the old cookie with the same code");
    run(&mut browser, ResetCommand::Activate).await.unwrap();
    let id = world.directory.member(CALLER).unwrap().account.id;
    assert!(world.store.load(id).await.unwrap().unwrap().record.app_usable_from.is_some());
    // The tab was closed before the app was active: another start code leads there again.
    let another = start_code(&world, None).await;
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    assert_eq!(name(&browser.code(&another).await), "new_app");
}

#[tokio::test]
async fn start_code_without_a_session_starts_again() {
    let world = lost_phone().await;
    assert_eq!(name(&world.browser().code("K7Q2 9F4P").await), "start_again");
    assert_eq!(name(&world.browser().code("?").await), "invalid");
}

#[tokio::test]
async fn code_on_screen_stays_when_the_agent_helps_another_employee() {
    let world = lost_phone().await;
    world.add_registered("B.Smits", "Bram Smits").await;
    world.directory.edit("B.Smits", |member| member.account.mail = Some("bram@example.org".to_owned()));
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    agent.request_start_code(CALLER).await.unwrap();
    lead.approve_start_code(CALLER, None).await.unwrap();
    let code = only(&agent.show_start_code(CALLER).await.unwrap()).code.clone();
    let shown = agent.request_start_code("B.Smits").await.unwrap();
    let of_caller = |desk: &ServiceDesk| {
        desk.start_codes.iter().find(|code| code.username == CALLER).and_then(|shown| shown.code.clone())
    };
    assert!(code.is_some() && of_caller(&shown) == code);
    let shown = agent.withdraw_start_code("B.Smits").await.unwrap();
    assert_eq!(of_caller(&shown), code);
}
