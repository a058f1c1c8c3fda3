//! A call from the code to the end.

use super::world::{AGENT, CALLER, DeskBrowser, LEAD, call_code_of, caller, calling, register_number, world};
use crate::reset::world::{BIRTHDATE, name, wrong_code};
use app::api::enrollment_state::App;
use app::api::refusal::Refusal;
use app::api::service_desk_state::{DeskAction, DeskStage, TrailKind, TrailReason};
use app::api::step::Step;
use server::adapters::audit_log::collector::parse_entry;
use server::ports::audit::{AuditEntry, Event, NotVerifiedReason};
use server::ports::clock::Clock as _;
use server::ports::collected_audit::{CollectedAudit as _, LogId};
use server::ports::frozen_accounts::{FreezeOrigin, FrozenAccounts as _};
use server::ports::records::Records as _;
use server::test_support::notifier::SentMessage;

/// Copies the audit log of the fixture to where the service desk looks.
pub(super) async fn collect(world: &crate::reset::world::World) {
    let entries = world.audit.entries();
    let lines: Vec<_> = (1..).zip(&entries).map(|(seq, entry)| parse_entry(seq, entry)).collect();
    world.store.collect(LogId([1; 16]), "node", &lines).await.unwrap();
}

fn events(world: &crate::reset::world::World) -> Vec<AuditEntry> {
    world.audit.entries()
}

#[tokio::test]
async fn caller_is_proven_by_a_call_code_and_helped() {
    let world = world().await;
    world.directory.edit(CALLER, |member| member.account.locked = true);
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let code = call_code_of(&world, CALLER).await;
    let typed = format!("{} {}", &code[..3].to_lowercase(), &code[3..]);
    let shown = desk.caller(&typed).await.unwrap();
    let proven = caller(&shown);
    assert_eq!((proven.name.as_str(), proven.username.as_str()), ("Anna Janssen", CALLER));
    assert!(proven.locked && proven.may_act && proven.may_clear && proven.frozen_since.is_none());
    let shown = desk.act("unlock").await.unwrap();
    assert_eq!(caller(&shown).done, Some(DeskAction::Unlock));
    assert!(!caller(&shown).locked && !world.directory.member(CALLER).unwrap().account.locked);
    // Once a day.
    let shown = desk.act("clear").await.unwrap();
    assert!(!caller(&shown).may_clear);
    assert!(matches!(desk.act("clear").await, Err(Refusal::TooMany { .. })));
    let shown = desk.act("freeze").await.unwrap();
    assert!(caller(&shown).frozen_since.is_some() && !shown.lead, "only a lead lifts it");
    assert!(matches!(desk.act("unfreeze").await, Err(Refusal::Invalid { .. })));
    let shown = desk.end_call().await.unwrap();
    assert!(shown.caller.is_none());
    assert!(matches!(desk.act("unlock").await, Err(Refusal::Invalid { .. })), "without a caller");
    let agent =
        world.deps().keys.account_pseudonym(world.directory.member(AGENT).unwrap().account.id.0.as_bytes());
    let acted: Vec<_> = events(&world)
        .into_iter()
        .filter_map(|entry| {
            if let Event::DeskActed { agent: by, action } = entry.event { Some((by, action)) } else { None }
        })
        .filter_map(|(by, action)| (by == agent).then_some(action))
        .collect();
    assert_eq!(acted, ["unlock", "clear", "freeze"]);
    assert_eq!(
        events(&world).iter().filter(|entry| matches!(entry.event, Event::DeskFailed { .. })).count(),
        0,
        "what the limit refuses was not announced"
    );
}

#[tokio::test]
async fn frozen_caller_is_verified_and_a_lead_lifts_the_freeze() {
    let world = world().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    agent.caller(&call_code_of(&world, CALLER).await).await.unwrap();
    agent.act("freeze").await.unwrap();
    let id = world.directory.member(CALLER).unwrap().account.id;
    assert!(world.store.find_freeze(id).await.unwrap().is_some());
    // A reset is refused, a call is not.
    let mut reset = world.browser();
    assert_eq!(name(&reset.reach_password(&world, CALLER).await), "not_verified");
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    let shown = lead.caller(&call_code_of(&world, CALLER).await).await.unwrap();
    assert!(shown.lead && caller(&shown).frozen_since.is_some());
    assert!(caller(&lead.act("unfreeze").await.unwrap()).frozen_since.is_none());
    assert!(world.store.find_freeze(id).await.unwrap().is_none());
}

#[tokio::test]
async fn nothing_about_a_frozen_caller_changes_until_a_lead_lifts_the_freeze() {
    let world = world().await;
    world.directory.edit(CALLER, |member| member.account.locked = true);
    world.authenticators.add(CALLER, App::Active);
    register_number(&world, CALLER, "0612345678").await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let shown = agent.caller(&call_code_of(&world, CALLER).await).await.unwrap();
    assert!(caller(&shown).may_activate && caller(&shown).may_clear);
    let shown = agent.act("freeze").await.unwrap();
    assert!(!caller(&shown).may_activate && !caller(&shown).may_clear);
    for action in ["unlock", "clear", "activate"] {
        assert!(matches!(agent.act(action).await, Err(Refusal::Invalid { .. })), "{action}");
    }
    assert!(world.directory.member(CALLER).unwrap().account.locked);
    let is_link = |sent: &SentMessage| matches!(sent, SentMessage::Activation(..));
    assert!(!world.notifier.sent().iter().any(is_link));
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    lead.caller(&call_code_of(&world, CALLER).await).await.unwrap();
    assert!(matches!(lead.act("activate").await, Err(Refusal::Invalid { .. })));
    let shown = lead.act("unfreeze").await.unwrap();
    assert!(caller(&shown).may_activate && caller(&shown).may_clear);
    for action in ["unlock", "clear", "activate"] {
        agent.act(action).await.unwrap();
    }
}

#[tokio::test]
async fn freeze_and_its_end_at_the_desk_are_recorded_as_those_of_the_service_desk() {
    let world = world().await;
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    lead.caller(&call_code_of(&world, CALLER).await).await.unwrap();
    lead.act("freeze").await.unwrap();
    let id = world.directory.member(CALLER).unwrap().account.id;
    let by = FreezeOrigin::ServiceDesk;
    assert_eq!(world.store.find_freeze(id).await.unwrap().map(|freeze| freeze.by), Some(by));
    lead.act("unfreeze").await.unwrap();
    let recorded: Vec<_> = events(&world).into_iter().map(|entry| entry.event).collect();
    assert!(recorded.contains(&Event::Frozen { by }) && recorded.contains(&Event::Unfrozen { by }));
    assert!(serde_json::to_string(&Event::Frozen { by }).unwrap().contains(r#""by":"service_desk""#));
}

#[tokio::test]
async fn d37_page_shows_what_went_wrong_but_never_which_detail() {
    let world = world().await;
    let mut employee = world.browser();
    employee.identify(CALLER).await.unwrap();
    employee.birthdate("1984-10-02").await.unwrap();
    let refused = employee.code(&world.code_of(CALLER)).await;
    let Err(Refusal::NotVerified { reference, .. }) = refused else { unreachable!("{refused:?}") };
    world.directory.add_account("N.Nieuw", "Nora Nieuw", "x");
    world.otp_provider.add("N.Nieuw");
    let mut unregistered = world.browser();
    unregistered.identify("N.Nieuw").await.unwrap();
    unregistered.birthdate(BIRTHDATE).await.unwrap();
    let refused = unregistered.code(&wrong_code()).await;
    let Err(Refusal::NotVerified { reference: other, .. }) = refused else { unreachable!("{refused:?}") };
    collect(&world).await;

    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let why = |shown: &app::api::service_desk_state::ServiceDesk| {
        let trail = shown.trail.clone().unwrap();
        assert_eq!(trail.events.len(), 1);
        (trail.events[0].what, trail.events[0].why)
    };
    let shown = desk.trail(&reference.to_lowercase()).await.unwrap();
    assert_eq!(why(&shown), (TrailKind::NotVerified, Some(TrailReason::WrongDetails)));
    let shown = desk.trail(&other).await.unwrap();
    assert_eq!(why(&shown), (TrailKind::NotVerified, Some(TrailReason::NoBirthdate)));
    // Also for the verified caller: an agent may have tried birthdates before the call, or do so meanwhile.
    let shown = desk.caller(&call_code_of(&world, CALLER).await).await.unwrap();
    assert!(shown.trail.is_none(), "what was looked up before may be about someone else");
    let why_of_caller: Vec<_> = caller(&shown).events.iter().filter_map(|event| event.why).collect();
    assert_eq!(why_of_caller, [TrailReason::WrongDetails]);
    let shown = desk.trail(&reference).await.unwrap();
    assert_eq!(why(&shown), (TrailKind::NotVerified, Some(TrailReason::WrongDetails)));
    // The limit of look-ups.
    desk.trail(&other).await.unwrap();
    assert!(matches!(desk.trail(&other).await, Err(Refusal::TooMany { .. })));
}

#[tokio::test]
async fn d36_reason_that_the_page_shows_does_not_depend_on_the_birthdate() {
    let mut world = world().await;
    let account = world.directory.member(CALLER).unwrap().account.id;
    let stored = world.store.load(account).await.unwrap().unwrap();
    let mut too_new = stored.record.clone();
    let birthdate = too_new.birthdate.as_mut().unwrap();
    birthdate.usable_from = world.clock.now() + jiff::SignedDuration::from_hours(1);
    for (record, require_mobile, expected) in
        [(stored.record, true, NotVerifiedReason::NoMobile), (too_new, false, NotVerifiedReason::TooNew)]
    {
        let revision = world.store.load(account).await.unwrap().unwrap().revision;
        world.store.store(account, &record, Some(revision)).await.unwrap();
        world.config.require_mobile = require_mobile;
        for birthdate in [BIRTHDATE, "1970-01-01"] {
            let mut employee = world.browser();
            employee.identify(CALLER).await.unwrap();
            employee.birthdate(birthdate).await.unwrap();
            assert_eq!(name(&employee.code(&world.code_of(CALLER)).await), "not_verified");
            assert_eq!(world.last_reason(), Some(expected), "{birthdate}");
        }
    }
}

#[tokio::test]
async fn session_of_an_agent_ends_after_half_an_hour_without_an_action_and_after_eight_hours() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    world.clock.advance(jiff::SignedDuration::from_mins(29));
    desk.end_call().await.unwrap();
    world.clock.advance(jiff::SignedDuration::from_mins(29));
    assert_eq!(desk.current().await.unwrap().step, DeskStage::Desk);
    world.clock.advance(jiff::SignedDuration::from_mins(2));
    assert_eq!(desk.current().await.unwrap().step, DeskStage::SignIn);
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    for _ in 0..16 {
        world.clock.advance(jiff::SignedDuration::from_mins(29));
        desk.end_call().await.unwrap();
    }
    world.clock.advance(jiff::SignedDuration::from_mins(29));
    assert_eq!(desk.end_call().await, Err(Refusal::StartAgain));
    desk.cancel().await.unwrap();
    assert!(events(&world).iter().any(|entry| entry.event == Event::DeskSignedIn));
}

#[tokio::test]
async fn call_code_survives_a_reload_and_a_lost_answer() {
    let world = world().await;
    let mut caller = calling(&world, CALLER).await;
    let before = caller.clone();
    let code = world.code_of(CALLER);
    let first = caller.code(&code).await.unwrap();
    assert_eq!(caller.current().await.unwrap(), first);
    // The answer was lost: the same code leads to the same call code.
    let mut again = before;
    assert_eq!(again.code(&code).await.unwrap(), first);
    world.clock.advance(jiff::SignedDuration::from_mins(6));
    assert_eq!(name(&caller.current().await), "identify");
}

#[tokio::test]
async fn caller_sees_when_the_code_was_used_or_replaced() {
    let world = world().await;
    let mut caller = calling(&world, CALLER).await;
    let is_used = |step: &Step| matches!(step, Step::Call { used: true, .. });
    let Ok(Step::Call { call_code, until, used: false, .. }) = caller.code(&world.code_of(CALLER)).await
    else {
        unreachable!("the code is right");
    };
    assert!(until.ends_with("+01:00") || until.ends_with("+02:00"), "{until}");
    assert!(!is_used(&caller.current().await.unwrap()));
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    desk.caller(&call_code).await.unwrap();
    assert!(is_used(&caller.current().await.unwrap()));

    // The next code replaces it.
    world.clock.advance(jiff::SignedDuration::from_mins(1));
    let mut first = calling(&world, CALLER).await;
    first.code(&world.code_of(CALLER)).await.unwrap();
    assert!(!is_used(&first.current().await.unwrap()));
    call_code_of(&world, CALLER).await;
    assert!(is_used(&first.current().await.unwrap()));
}

#[tokio::test]
async fn link_of_an_activation_goes_to_the_registered_number_and_not_to_the_agent() {
    let world = world().await;
    world.authenticators.add(CALLER, App::Active);
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let shown = desk.caller(&call_code_of(&world, CALLER).await).await.unwrap();
    assert!(!caller(&shown).may_activate, "without a number");
    assert!(matches!(desk.act("activate").await, Err(Refusal::Invalid { .. })));

    let id = world.directory.member(CALLER).unwrap().account.id;
    let number = register_number(&world, CALLER, "0612345678").await;
    world.notifier.set_full(true);
    assert!(matches!(desk.act("activate").await, Err(Refusal::Unavailable { .. })));
    world.notifier.set_full(false);
    let shown = desk.act("activate").await.unwrap();
    assert_eq!(caller(&shown).done, Some(DeskAction::Activate));
    let sent = world.notifier.sent();
    let Some(SentMessage::Activation(account, to, link)) = sent.last() else { unreachable!("{sent:?}") };
    assert!(*account == id && *to == number && !link.is_empty(), "{link}");
    assert!(!serde_json::to_string(&shown).unwrap().contains(link.as_str()));
    // Another app: resets wait.
    assert_eq!(name(&world.browser().reach_password(&world, CALLER).await), "not_verified");
    world.notifier.set_sms(false);
    assert!(matches!(desk.act("activate").await, Err(Refusal::Invalid { .. })));
}
