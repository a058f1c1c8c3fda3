//! Abuse of the service desk, by callers and by agents.

use super::world::{
    AGENT, CALLER, DeskBrowser, LEAD, call_code_of, caller, calling, desk_config, freeze_and_lift, world,
};
use crate::reset::world::{BIRTHDATE, CURRENT_PASSWORD, NEW_PASSWORD, name, wrong_code};
use app::api::refusal::{Reason, Refusal};
use app::api::service_desk_state::DeskStage;
use app::api::step::Step;
use jiff::SignedDuration;
use server::ports::audit::{DeskSessionEnd, Event, NotVerifiedReason, SignInPage};
use server::ports::clock::Clock as _;
use server::ports::directory::Eligibility;
use server::ports::frozen_accounts::FrozenAccounts as _;
use server::service_desk::ServiceDeskConfig;
use server::test_support::directory::DirectoryOutage;

fn is_not_proven<T: std::fmt::Debug>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(Refusal::NotVerified { .. }))
}

#[tokio::test]
async fn d01_call_codes_cannot_be_tried() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    for attempt in 0..3 {
        assert!(is_not_proven(&desk.caller("AAAAAA").await), "{attempt}");
    }
    assert!(matches!(desk.caller("AAAAAA").await, Err(Refusal::TooMany { .. })));
    let code = call_code_of(&world, CALLER).await;
    assert!(matches!(desk.caller(&code).await, Err(Refusal::TooMany { .. })), "not even a right one");
    let refused =
        |entry: &server::ports::audit::AuditEntry| matches!(entry.event, Event::CallCodeRefused { .. });
    assert_eq!(world.audit.entries().iter().filter(|entry| refused(entry)).count(), 3);
}

#[tokio::test]
async fn d02_call_code_works_once_for_five_minutes_and_only_the_last_one() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let first = call_code_of(&world, CALLER).await;
    desk.caller(&first).await.unwrap();
    assert!(is_not_proven(&desk.caller(&first).await), "used");
    let replaced = call_code_of(&world, CALLER).await;
    let last = call_code_of(&world, CALLER).await;
    assert!(is_not_proven(&desk.caller(&replaced).await), "replaced by a later one");
    world.clock.advance(SignedDuration::from_mins(5));
    assert!(is_not_proven(&desk.caller(&last).await), "too old");
}

#[tokio::test]
async fn d03_agent_cannot_act_on_the_own_account_or_on_a_leads() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let own = call_code_of(&world, AGENT).await;
    let refused = Err(Refusal::invalid("call_code", Reason::NotOffered));
    assert_eq!(desk.caller(&own).await, refused);
    assert!(desk.current().await.unwrap().caller.is_none());
    // A colleague accepts it.
    let mut colleague = DeskBrowser::signed_in(&world, LEAD).await;
    assert_eq!(caller(&colleague.caller(&own).await.unwrap()).username, AGENT);
    let code = call_code_of(&world, LEAD).await;
    let shown = desk.caller(&code).await.unwrap();
    assert!(!caller(&shown).may_act);
    for action in ["unlock", "freeze", "clear", "unfreeze", "activate", "reset", ""] {
        assert!(matches!(desk.act(action).await, Err(Refusal::Invalid { .. })), "{action}");
    }
}

#[tokio::test]
async fn d04_excluded_or_privileged_caller_is_not_proven() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    for eligibility in [Eligibility::OutOfScope, Eligibility::Privileged, Eligibility::Disabled] {
        world.directory.edit(CALLER, |member| member.account.eligibility = Eligibility::Eligible);
        let code = call_code_of(&world, CALLER).await;
        world.directory.edit(CALLER, |member| member.account.eligibility = eligibility);
        world.clock.advance(SignedDuration::from_mins(1));
        assert!(is_not_proven(&desk.caller(&code).await), "{eligibility:?}");
        // The wizard gives such an account no call code either.
        let refused = calling(&world, CALLER).await.code(&world.code_of(CALLER)).await;
        assert_eq!(name(&refused), "not_verified", "{eligibility:?}");
        world.clock.advance(SignedDuration::from_hours(1));
        desk = DeskBrowser::signed_in(&world, AGENT).await;
    }
}

#[tokio::test]
async fn d05_session_that_moves_to_another_network_ends() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let mut moved = desk.clone();
    moved.address = "10.0.7.9".parse().unwrap();
    assert_eq!(moved.end_call().await, Err(Refusal::StartAgain));
    assert_eq!(desk.current().await.unwrap().step, DeskStage::SignIn, "everywhere");
    // The only sign of a stolen cookie: both networks, under the account of the agent.
    let entry = world.audit.entries().pop().unwrap();
    let from = Some("10.0.0.0/24".to_owned());
    assert_eq!(entry.event, Event::DeskSessionEnded { reason: DeskSessionEnd::Moved, from });
    let agent = world.directory.member(AGENT).unwrap().account.id;
    assert_eq!(entry.subject, world.deps().keys.account_pseudonym(agent.0.as_bytes()));
    assert_eq!((entry.network.as_str(), entry.reference.len()), ("10.0.7.0/24", 9));
}

#[tokio::test]
async fn d06_stranger_and_employee_who_is_no_agent_get_one_answer() {
    let world = world().await;
    let mut desk = DeskBrowser::new(&world);
    for (login, password, reason) in [
        ("X.Onbekend", CURRENT_PASSWORD, NotVerifiedReason::UnknownName),
        (AGENT, "wrong password", NotVerifiedReason::NotSignedIn),
        (CALLER, CURRENT_PASSWORD, NotVerifiedReason::NoAgent),
    ] {
        assert!(is_not_proven(&desk.sign_in(login, password).await), "{login}");
        assert_eq!(world.last_reason(), Some(reason));
        let event = world.audit.entries().pop().unwrap().event;
        assert_eq!(event, Event::sign_in_not_verified(SignInPage::ServiceDesk, reason, ""));
        assert!(desk.session.is_none());
    }
    // The right password without a right code opens nothing.
    assert_eq!(desk.sign_in(AGENT, CURRENT_PASSWORD).await.unwrap().step, DeskStage::Code);
    assert!(is_not_proven(&desk.code(&wrong_code()).await));
    assert_eq!(desk.caller("AAAAAA").await, Err(Refusal::StartAgain));
    assert_eq!(desk.trail("K7Q2-9F4M").await, Err(Refusal::StartAgain));
    assert_eq!(desk.act("unlock").await, Err(Refusal::StartAgain));
}

#[tokio::test]
async fn d07_agent_who_left_the_group_or_changed_the_password_is_signed_out() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    world.directory.edit(AGENT, |member| member.groups.clear());
    assert_eq!(desk.caller("AAAAAA").await, Err(Refusal::StartAgain));
    assert_eq!(desk.current().await.unwrap().step, DeskStage::SignIn);
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    // Also where the session is only shown: it may contain a caller.
    let mut shown = DeskBrowser::signed_in(&world, LEAD).await;
    world.directory.edit(LEAD, |member| member.account.eligibility = Eligibility::Disabled);
    assert_eq!(shown.current().await.unwrap().step, DeskStage::SignIn, "a disabled account");
    assert_eq!(lead.end_call().await, Err(Refusal::StartAgain));
    world.directory.edit(LEAD, |member| member.account.eligibility = Eligibility::Eligible);
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    world.directory.edit(LEAD, |member| member.account.password_last_set += 1);
    assert_eq!(lead.trail("K7Q2-9F4M").await, Err(Refusal::StartAgain));
    world.directory.edit(LEAD, |member| member.account.password_last_set -= 1);
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    let freeze = server::ports::frozen_accounts::Freeze {
        since: server::ports::clock::Clock::now(&*world.clock),
        by: server::ports::frozen_accounts::FreezeOrigin::Link,
        reference: "WWWW-0001".to_owned(),
    };
    let id = world.directory.member(LEAD).unwrap().account.id;
    server::ports::frozen_accounts::FrozenAccounts::freeze(&*world.store, id, &freeze).await.unwrap();
    assert_eq!(lead.end_call().await, Err(Refusal::StartAgain));
    // Each end is in the audit log, once.
    let ended = world.audit.entries().into_iter().filter_map(|entry| {
        if let Event::DeskSessionEnded { reason, from: None } = entry.event { Some(reason) } else { None }
    });
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [
            DeskSessionEnd::RoleChanged,
            DeskSessionEnd::Closed,
            DeskSessionEnd::Closed,
            DeskSessionEnd::PasswordChanged,
            DeskSessionEnd::Frozen
        ]
    );
}

#[tokio::test]
async fn d37_session_of_an_agent_ends_after_a_freeze_that_was_lifted_between_two_requests() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    freeze_and_lift(&world, AGENT).await;
    world.clock.advance(SignedDuration::from_mins(29));
    assert_eq!(desk.current().await.unwrap().step, DeskStage::SignIn);
    // A code that is awaited is a session too.
    let mut awaited = DeskBrowser::new(&world);
    awaited.sign_in(AGENT, CURRENT_PASSWORD).await.unwrap();
    freeze_and_lift(&world, AGENT).await;
    assert_eq!(awaited.code(&world.code_of(AGENT)).await, Err(Refusal::StartAgain));
    // However long the settings let a session last, a lifted freeze is remembered for longer.
    let days = SignedDuration::from_hours(72);
    let config = || ServiceDeskConfig { session_max: days, session_idle: days, ..desk_config() };
    for idle in [3, 24, 30, 70] {
        let mut desk = DeskBrowser::signed_in_with(&world, AGENT, config()).await;
        freeze_and_lift(&world, AGENT).await;
        world.clock.advance(SignedDuration::from_hours(idle));
        world.store.purge_links(world.clock.now()).await.unwrap();
        assert_eq!(desk.current().await.unwrap().step, DeskStage::SignIn, "{idle}");
    }
}

#[tokio::test]
async fn d08_call_code_is_useless_in_the_wizard_and_a_call_cannot_become_a_reset() {
    let world = world().await;
    let mut called = calling(&world, CALLER).await;
    let step = called.code(&world.code_of(CALLER)).await.unwrap();
    let Step::Call { call_code, .. } = step else { unreachable!("{step:?}") };
    assert_eq!(name(&called.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(name(&called.unlock().await), "start_again");
    assert_eq!(name(&called.birthdate(BIRTHDATE).await), "start_again");
    let mut reset = world.browser();
    reset.reach_code(CALLER).await.unwrap();
    assert_eq!(name(&reset.code(&call_code).await), "invalid");
    assert_eq!(world.directory.writes(), 0);
    // The desk closed: the wizard offers no calls.
    let mut closed = world.fork();
    closed.config.site.calls = false;
    let mut browser = closed.browser();
    let purpose = Some(app::domain::raw_input::RawInput::new("call"));
    let name_of = app::domain::raw_input::RawInput::new(CALLER);
    let refused = browser.run(app::api::ResetCommand::Identify(name_of, purpose)).await;
    assert_eq!(name(&refused), "invalid");
}

#[tokio::test]
async fn d09_directory_that_fails_in_the_middle_of_an_action_leaves_nothing_half_done() {
    let world = world().await;
    world.directory.edit(CALLER, |member| member.account.locked = true);
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let code = call_code_of(&world, CALLER).await;
    desk.caller(&code).await.unwrap();
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert!(matches!(desk.act("unlock").await, Err(Refusal::Unavailable { .. })));
    world.directory.set_outage(None);
    world.audit.set_unavailable(true);
    assert!(matches!(desk.act("unlock").await, Err(Refusal::Unavailable { .. })));
    assert!(world.directory.member(CALLER).unwrap().account.locked, "nothing without an audit entry");
    world.audit.set_unavailable(false);
    assert!(!caller(&desk.act("unlock").await.unwrap()).locked);
}

#[tokio::test]
async fn d10_service_desk_exists_in_its_networks_only() {
    let world = world().await;
    let desk = DeskBrowser::new(&world);
    assert!(desk.service.admits(Some("10.0.0.1".parse().unwrap())));
    assert!(!desk.service.admits(Some("192.0.2.1".parse().unwrap())) && !desk.service.admits(None));
    assert_eq!(desk_config().allowed_networks.len(), 1);
}

/// The limits that the audit log names as used up.
fn limited(world: &crate::reset::world::World) -> Vec<String> {
    let limit = |entry: server::ports::audit::AuditEntry| {
        if let Event::DeskLimited { limit, .. } = entry.event { Some(limit) } else { None }
    };
    world.audit.entries().into_iter().filter_map(limit).collect()
}

#[tokio::test]
async fn d11_agent_who_uses_up_a_limit_is_in_the_audit_log_once_per_limit_and_window() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    for _ in 0..3 {
        desk.caller("AAAAAA").await.unwrap_err();
    }
    for _ in 0..4 {
        desk.trail("K7Q2-9F4M").await.unwrap();
    }
    assert!(limited(&world).is_empty(), "used, but not exceeded");
    // Another session and another service over the same store: still one entry per limit.
    let mut second = DeskBrowser::signed_in(&world, AGENT).await;
    for browser in [&mut desk, &mut second] {
        assert!(matches!(browser.caller("AAAAAA").await, Err(Refusal::TooMany { .. })));
        assert!(matches!(browser.trail("K7Q2-9F4M").await, Err(Refusal::TooMany { .. })));
    }
    assert_eq!(limited(&world), ["desk call code", "desk look-up"]);
    let agent = world.directory.member(AGENT).unwrap().account.id;
    let pseudonym = world.deps().keys.account_pseudonym(agent.0.as_bytes());
    let entry =
        world.audit.entries().into_iter().rfind(|entry| matches!(entry.event, Event::DeskLimited { .. }));
    let entry = entry.unwrap();
    assert_eq!(entry.subject, pseudonym);
    assert!(matches!(&entry.event, Event::DeskLimited { agent, .. } if *agent == pseudonym));
    // Names that are tried for start codes.
    for _ in 0..6 {
        drop(desk.request_start_code(CALLER).await);
    }
    for _ in 0..2 {
        assert!(matches!(desk.request_start_code(CALLER).await, Err(Refusal::TooMany { .. })));
    }
    assert_eq!(limited(&world), ["desk call code", "desk look-up", "desk start code"]);
    // Another agent has limits and entries of their own; the next window has a new entry.
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    assert!(is_not_proven(&lead.caller("AAAAAA").await));
    world.clock.advance(SignedDuration::from_mins(61));
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    for _ in 0..4 {
        desk.caller("AAAAAA").await.unwrap_err();
    }
    assert_eq!(limited(&world), ["desk call code", "desk look-up", "desk start code", "desk call code"]);
}

#[tokio::test]
async fn d12_reading_the_state_is_limited_per_session_and_disturbs_no_other_session() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let mut tab = desk.clone();
    let mut other = DeskBrowser::signed_in(&world, LEAD).await;
    let before = world.directory.finds();
    let mut answered = 0;
    while desk.current().await.is_ok() {
        answered += 1;
        // Reloads, and several tabs of the same browser.
        assert!(answered > 300 || tab.current().await.is_ok(), "{answered}");
        assert!(answered < 1000);
    }
    assert!(matches!(desk.current().await, Err(Refusal::TooMany { .. })));
    let queries = world.directory.finds() - before;
    desk.current().await.unwrap_err();
    assert_eq!(world.directory.finds() - before, queries, "refused without a query of the directory");
    assert_eq!(other.current().await.unwrap().step, DeskStage::Desk);
    // The work of the session goes on.
    assert_eq!(desk.end_call().await.unwrap().step, DeskStage::Desk);
    world.clock.advance(SignedDuration::from_mins(29));
    desk.end_call().await.unwrap();
}

#[tokio::test]
async fn d16_call_code_that_a_false_service_desk_obtained_opens_nothing_but_the_real_one() {
    let world = world().await;
    let code = call_code_of(&world, CALLER).await;
    // In the wizard: neither as a code, nor in the session of the caller, nor in one of a stranger.
    let mut wizard = world.browser();
    wizard.reach_code(CALLER).await.unwrap();
    assert_eq!(name(&wizard.code(&code).await), "invalid");
    let mut called = calling(&world, CALLER).await;
    assert_eq!(name(&called.code(&code).await), "invalid");
    assert_eq!(world.directory.writes(), 0);
    // At the desk: without a session, before the code of the agent, as an employee, and outside the networks.
    let mut stranger = DeskBrowser::new(&world);
    assert_eq!(stranger.caller(&code).await, Err(Refusal::StartAgain));
    stranger.sign_in(AGENT, CURRENT_PASSWORD).await.unwrap();
    assert_eq!(stranger.caller(&code).await, Err(Refusal::StartAgain));
    assert_eq!(stranger.code(&code).await, Err(Refusal::invalid("code", Reason::NotDigits)));
    let mut employee = DeskBrowser::new(&world);
    assert!(is_not_proven(&employee.sign_in(CALLER, CURRENT_PASSWORD).await));
    assert_eq!(employee.caller(&code).await, Err(Refusal::StartAgain));
    let mut outside = DeskBrowser::signed_in(&world, AGENT).await;
    outside.address = "192.0.2.1".parse().unwrap();
    assert!(!outside.service.admits(Some(outside.address)), "the API does not exist there");
    assert_eq!(outside.caller(&code).await, Err(Refusal::StartAgain));
    // It is still unused: once, and in one session, it works at the real desk.
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    assert_eq!(caller(&desk.caller(&code).await.unwrap()).username, CALLER);
    let mut other = DeskBrowser::signed_in(&world, LEAD).await;
    assert!(is_not_proven(&other.caller(&code).await));
    assert!(other.current().await.unwrap().caller.is_none());
}
