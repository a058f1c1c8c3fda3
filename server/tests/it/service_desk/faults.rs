//! Directory, Entrust and audit log that fail in the middle: at each of their calls in turn.

use super::world::{AGENT, CALLER, DeskBrowser, LEAD, call_code_of, caller, register_number, world};

use crate::reset::world::{CURRENT_PASSWORD, World};
use app::api::enrollment_state::App;
use app::api::refusal::Refusal;
use app::api::service_desk_state::{DeskAction, DeskStage};
use server::ports::audit::Event;
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::FrozenAccounts as _;
use server::test_support::notifier::SentMessage;
use server::test_support::otp_provider::OtpOutage;

/// What fails.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    Directory,
    AuditLog,
    /// The administration of apps at the code provider.
    Authenticators,
}

/// What every step needs.
pub(crate) const PARTS: [Part; 2] = [Part::Directory, Part::AuditLog];
/// What the activation of an app needs.
pub(crate) const ACTIVATION_PARTS: [Part; 3] = [Part::Directory, Part::AuditLog, Part::Authenticators];

impl Part {
    /// Lets this many calls succeed, and all later ones fail.
    pub(crate) fn fail_after(self, world: &World, calls: usize) {
        match self {
            Self::Directory => world.directory.fail_after(calls),
            Self::AuditLog => world.audit.fail_after(calls),
            Self::Authenticators => world.authenticators.fail_after(calls),
        }
    }

    /// Ends the outage. Returns whether a call failed.
    pub(crate) fn recover(self, world: &World) -> bool {
        let has_failed = match self {
            Self::Directory => world.directory.has_failed(),
            Self::AuditLog => world.audit.has_failed(),
            Self::Authenticators => world.authenticators.has_failed(),
        };
        world.authenticators.set_unavailable(false);
        world.directory.set_outage(None);
        world.audit.set_unavailable(false);
        has_failed
    }
}

/// How many calls of a part a step makes: after how many the outage no longer touches it. A guard against a loop without end.
pub(crate) const MOST_CALLS: usize = 40;

pub(crate) fn is_unavailable<T>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(Refusal::Unavailable { .. }))
}

fn count(world: &World, is_it: impl Fn(&Event) -> bool) -> usize {
    world.audit.entries().iter().filter(|entry| is_it(&entry.event)).count()
}

#[tokio::test]
async fn d13_call_code_stays_valid_if_directory_or_audit_log_fails_and_is_never_accepted_twice() {
    for part in PARTS {
        let mut failures = 0;
        for answered in 0..MOST_CALLS {
            let world = world().await;
            let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
            let code = call_code_of(&world, CALLER).await;
            part.fail_after(&world, answered);
            let outcome = desk.caller(&code).await;
            if !part.recover(&world) {
                assert!(outcome.is_ok(), "{part:?} {answered}: {outcome:?}");
                break;
            }
            failures += 1;
            let is_accepted = desk.current().await.unwrap().caller.is_some();
            if !is_accepted {
                assert!(is_unavailable(&outcome), "{part:?} {answered}: {outcome:?}");
                // No attempt is counted for it: three wrong ones would be too many.
                for _ in 0..3 {
                    part.fail_after(&world, answered);
                    assert!(is_unavailable(&desk.caller(&code).await), "{part:?} {answered}");
                    assert!(part.recover(&world));
                }
                assert_eq!(
                    caller(&desk.caller(&code).await.unwrap()).username,
                    CALLER,
                    "{part:?} {answered}"
                );
            }
            let mut other = DeskBrowser::signed_in(&world, LEAD).await;
            let again = other.caller(&code).await;
            assert!(matches!(again, Err(Refusal::NotVerified { .. })), "{part:?} {answered}: {again:?}");
        }
        assert!(failures > 0, "{part:?}");
    }
}

#[tokio::test]
async fn d13_restored_call_code_does_not_replace_a_newer_one() {
    let world = world().await;
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    let first = call_code_of(&world, CALLER).await;
    world.audit.set_unavailable(true);
    assert!(is_unavailable(&desk.caller(&first).await));
    world.audit.set_unavailable(false);
    let second = call_code_of(&world, CALLER).await;
    assert!(matches!(desk.caller(&first).await, Err(Refusal::NotVerified { .. })));
    assert_eq!(caller(&desk.caller(&second).await.unwrap()).username, CALLER);
}

#[tokio::test]
async fn d14_sign_in_that_fails_at_any_call_opens_nothing_and_can_be_repeated_at_once() {
    for part in PARTS {
        let mut failures = 0;
        for answered in 0..MOST_CALLS {
            let world = world().await;
            let mut desk = DeskBrowser::new(&world);
            part.fail_after(&world, answered);
            let mut outcome = desk.sign_in(AGENT, CURRENT_PASSWORD).await;
            let mut is_over = true;
            if outcome.is_ok() {
                outcome = desk.code(&world.code_of(AGENT)).await;
            } else {
                assert!(desk.session.is_none(), "{part:?} {answered}");
            }
            if part.recover(&world) {
                is_over = false;
                failures += 1;
                if outcome.is_err() {
                    assert!(is_unavailable(&outcome), "{part:?} {answered}: {outcome:?}");
                    assert_eq!(
                        desk.trail("K7Q2-9F4M").await,
                        Err(Refusal::StartAgain),
                        "{part:?} {answered}"
                    );
                }
            }
            // The same browser goes on where it was, without waiting.
            if desk.current().await.unwrap().step == DeskStage::SignIn {
                desk.sign_in(AGENT, CURRENT_PASSWORD).await.unwrap();
            }
            if desk.current().await.unwrap().step == DeskStage::Code {
                desk.code(&world.code_of(AGENT)).await.unwrap();
            }
            assert_eq!(desk.trail("K7Q2-9F4M").await.unwrap().step, DeskStage::Desk, "{part:?} {answered}");
            assert_eq!(count(&world, |event| *event == Event::DeskSignedIn), 1, "{part:?} {answered}");
            if is_over {
                break;
            }
        }
        assert!(failures > 0, "{part:?}");
    }
}

#[tokio::test]
async fn d14_sign_in_goes_on_when_entrust_answers_again() {
    for outage in [OtpOutage::Unreachable, OtpOutage::Garbage, OtpOutage::AnswersLost] {
        let world = world().await;
        let mut desk = DeskBrowser::new(&world);
        desk.sign_in(AGENT, CURRENT_PASSWORD).await.unwrap();
        world.otp_provider.outage(Some(outage));
        let refused = desk.code(&world.code_of(AGENT)).await.unwrap_err();
        assert!(
            matches!(refused, Refusal::Unavailable { .. } | Refusal::NotVerified { .. }),
            "{outage:?}: {refused:?}"
        );
        assert_eq!(desk.caller("AAAAAA").await, Err(Refusal::StartAgain), "{outage:?}");
        world.otp_provider.outage(None);
        assert_eq!(desk.current().await.unwrap().step, DeskStage::Code, "{outage:?}");
        assert_eq!(desk.code(&world.code_of(AGENT)).await.unwrap().step, DeskStage::Desk, "{outage:?}");
    }
}

fn links_sent(world: &World, account: AccountId) -> usize {
    let is_link = |sent: &SentMessage| matches!(sent, SentMessage::Activation(id, ..) if *id == account);
    world.notifier.sent().iter().filter(|sent| is_link(sent)).count()
}

/// Whether an action has had its effect.
async fn is_done(world: &World, action: &str) -> bool {
    let account = world.directory.member(CALLER).unwrap().account;
    match action {
        "unlock" => !account.locked,
        "freeze" => world.store.find_freeze(account.id).await.unwrap().is_some(),
        "unfreeze" => world.store.find_freeze(account.id).await.unwrap().is_none(),
        "activate" => links_sent(world, account.id) > 0,
        _ => false,
    }
}

#[tokio::test]
async fn d15_action_that_fails_at_any_call_is_not_half_done_and_can_be_repeated() {
    for (action, parts) in [
        ("unlock", PARTS.as_slice()),
        ("freeze", &PARTS),
        ("unfreeze", &PARTS),
        ("clear", &PARTS),
        ("activate", &ACTIVATION_PARTS),
    ] {
        for part in parts.iter().copied() {
            let mut failures = 0;
            for answered in 0..MOST_CALLS {
                let world = world().await;
                world.directory.edit(CALLER, |member| member.account.locked = true);
                world.authenticators.add(CALLER, App::Active);
                register_number(&world, CALLER, "0612345678").await;
                let mut desk = DeskBrowser::signed_in(&world, LEAD).await;
                desk.caller(&call_code_of(&world, CALLER).await).await.unwrap();
                if action == "unfreeze" {
                    desk.act("freeze").await.unwrap();
                }
                let place = format!("{part:?} {action} {answered}");
                let announced =
                    |world: &World| count(world, |event| matches!(event, Event::DeskActed { .. }));
                let before = announced(&world);
                part.fail_after(&world, answered);
                let outcome = desk.act(action).await;
                if !part.recover(&world) {
                    assert!(outcome.is_ok(), "{place}: {outcome:?}");
                    break;
                }
                failures += 1;
                assert!(outcome.is_ok() || is_unavailable(&outcome), "{place}: {outcome:?}");
                if is_done(&world, action).await {
                    assert!(announced(&world) > before, "{place}: nothing without an entry");
                }
                // The page reads the state again, and the agent repeats what was not done.
                let shown = desk.current().await.unwrap();
                if caller(&shown).done.is_none_or(|done| done.name() != action) {
                    let repeated = desk.act(action).await.unwrap();
                    assert_eq!(caller(&repeated).done.map(DeskAction::name), Some(action), "{place}");
                }
                if action == "clear" {
                    assert!(!caller(&desk.current().await.unwrap()).may_clear, "{place}");
                } else {
                    assert!(is_done(&world, action).await, "{place}");
                }
            }
            assert!(failures > 0, "{part:?} {action}");
        }
    }
}

#[tokio::test]
async fn d15_look_up_and_end_of_a_call_that_fail_at_any_call_can_be_repeated() {
    for part in PARTS {
        for step in ["trail", "end_call"] {
            for answered in 0..MOST_CALLS {
                let world = world().await;
                let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
                desk.caller(&call_code_of(&world, CALLER).await).await.unwrap();
                let run = async |desk: &mut DeskBrowser| match step {
                    "trail" => desk.trail("K7Q2-9F4M").await,
                    _ => desk.end_call().await,
                };
                let place = format!("{part:?} {step} {answered}");
                part.fail_after(&world, answered);
                let outcome = run(&mut desk).await;
                if !part.recover(&world) {
                    assert!(outcome.is_ok(), "{place}: {outcome:?}");
                    break;
                }
                assert!(is_unavailable(&outcome), "{place}: {outcome:?}");
                let shown = run(&mut desk).await.unwrap();
                assert_eq!(
                    (shown.trail.is_some(), shown.caller.is_some()),
                    (step == "trail", step == "trail"),
                    "{place}"
                );
            }
        }
    }
}
