//! Directory, code provider and audit log that fail in the middle of a start code: at each of their calls in turn.

use super::super::faults::{ACTIVATION_PARTS, MOST_CALLS, PARTS, Part, is_unavailable};
use super::*;

/// Longer than the circuit breaker of the directory stays open.
const OUTAGE: SignedDuration = SignedDuration::from_secs(31);

/// A step of the two agents.
#[derive(Debug, Clone, Copy)]
enum AgentStep {
    Request,
    Approve,
    Show,
    Withdraw,
}

struct Agents {
    first: DeskBrowser,
    lead: DeskBrowser,
}

impl Agents {
    async fn signed_in(world: &World) -> Self {
        Self {
            first: DeskBrowser::signed_in(world, AGENT).await,
            lead: DeskBrowser::signed_in(world, LEAD).await,
        }
    }

    async fn run(&mut self, step: AgentStep) -> Result<ServiceDesk, Refusal> {
        match step {
            AgentStep::Request => self.first.request_start_code(CALLER).await,
            AgentStep::Approve => self.lead.approve_start_code(CALLER, None).await,
            AgentStep::Show => self.first.show_start_code(CALLER).await,
            AgentStep::Withdraw => self.first.withdraw_start_code(CALLER).await,
        }
    }

    /// The steps before this one.
    async fn prepare(&mut self, step: AgentStep) {
        let before: &[AgentStep] = match step {
            AgentStep::Request => &[],
            AgentStep::Approve => &[AgentStep::Request],
            AgentStep::Show => &[AgentStep::Request, AgentStep::Approve],
            AgentStep::Withdraw => &[AgentStep::Request, AgentStep::Approve, AgentStep::Show],
        };
        for earlier in before {
            self.run(*earlier).await.unwrap();
        }
    }

    /// Whether the step has had its effect, as the first agent's page shows it.
    async fn is_done(&mut self, step: AgentStep) -> bool {
        let shown = self.first.current().await.unwrap();
        let request = shown.start_codes.first();
        match step {
            AgentStep::Request => request.is_some(),
            AgentStep::Approve => request.is_some_and(|request| request.approved),
            AgentStep::Show => request.is_some_and(|request| request.code.is_some()),
            AgentStep::Withdraw => request.is_none(),
        }
    }
}

/// The entry that comes before the effect of a step.
fn is_announced(world: &World, step: AgentStep) -> bool {
    let is_of_step = |event: &Event| match step {
        AgentStep::Request => matches!(event, Event::StartCodeRequested { .. }),
        AgentStep::Approve => matches!(event, Event::StartCodeApproved { .. }),
        AgentStep::Show => matches!(event, Event::StartCodeShown { .. }),
        AgentStep::Withdraw => matches!(event, Event::StartCodeWithdrawn { .. }),
    };
    world.audit.entries().iter().any(|entry| is_of_step(&entry.event))
}

#[tokio::test]
async fn d33_step_of_the_agents_that_fails_at_any_call_is_not_half_done_and_can_be_repeated() {
    for step in [AgentStep::Request, AgentStep::Approve, AgentStep::Show, AgentStep::Withdraw] {
        for part in PARTS {
            let mut failures = 0;
            for answered in 0..MOST_CALLS {
                let world = lost_phone().await;
                let mut agents = Agents::signed_in(&world).await;
                agents.prepare(step).await;
                let place = format!("{step:?} {part:?} {answered}");
                part.fail_after(&world, answered);
                let outcome = agents.run(step).await;
                if !part.recover(&world) {
                    assert!(outcome.is_ok(), "{place}: {outcome:?}");
                    break;
                }
                failures += 1;
                assert!(is_unavailable(&outcome), "{place}: {outcome:?}");
                if agents.is_done(step).await {
                    assert!(is_announced(&world, step), "{place}: nothing without an entry");
                } else {
                    agents.run(step).await.unwrap();
                }
                assert!(agents.is_done(step).await, "{place}");
                if matches!(step, AgentStep::Show) {
                    let shown = agents.first.current().await.unwrap();
                    let code = only(&shown).code.clone().unwrap();
                    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
                    assert_eq!(
                        name(&browser.code(&code).await),
                        "new_app",
                        "{place}: the code on screen works"
                    );
                    assert!(notices(&world).contains(&NoticeKind::StartCodeIssued), "{place}");
                }
            }
            assert!(failures > 0, "{step:?} {part:?}");
        }
    }
}

/// A step of the employee.
#[derive(Debug, Clone, Copy)]
enum EmployeeStep {
    Code,
    Activate,
    /// The poll that finds the app active.
    App,
}

#[tokio::test]
async fn d34_step_of_the_employee_that_fails_at_any_call_can_be_repeated_with_the_same_code() {
    for (step, parts) in [
        (EmployeeStep::Code, PARTS.as_slice()),
        (EmployeeStep::Activate, &ACTIVATION_PARTS),
        (EmployeeStep::App, &ACTIVATION_PARTS),
    ] {
        for part in parts.iter().copied() {
            let mut failures = 0;
            for answered in 0..MOST_CALLS {
                let world = lost_phone().await;
                let code = start_code(&world, None).await;
                let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
                if !matches!(step, EmployeeStep::Code) {
                    browser.code(&code).await.unwrap();
                }
                if matches!(step, EmployeeStep::App) {
                    run(&mut browser, ResetCommand::Activate).await.unwrap();
                    world.authenticators.finish(CALLER);
                }
                let repeated = async |browser: &mut Browser| match step {
                    EmployeeStep::Code => browser.code(&code).await,
                    EmployeeStep::Activate => run(browser, ResetCommand::Activate).await,
                    EmployeeStep::App => run(browser, ResetCommand::App).await,
                };
                let place = format!("{step:?} {part:?} {answered}");
                part.fail_after(&world, answered);
                let outcome = repeated(&mut browser).await;
                if !part.recover(&world) {
                    assert!(outcome.is_ok(), "{place}: {outcome:?}");
                    break;
                }
                failures += 1;
                // An entry about what has happened already does not stop the employee.
                let may_go_on =
                    matches!((step, part), (EmployeeStep::Activate | EmployeeStep::App, Part::AuditLog));
                assert!(is_unavailable(&outcome) || (may_go_on && outcome.is_ok()), "{place}: {outcome:?}");
                world.clock.advance(OUTAGE);
                repeated(&mut browser).await.unwrap_or_else(|refusal| unreachable!("{place}: {refusal:?}"));
                if matches!(step, EmployeeStep::Code) {
                    let used = |event: &Event| matches!(event, Event::StartCodeUsed { .. });
                    assert!(world.audit.entries().iter().any(|entry| used(&entry.event)), "{place}");
                }
                let linked = if matches!(step, EmployeeStep::App) {
                    run(&mut browser, ResetCommand::App).await.unwrap()
                } else {
                    activate_and_finish(&world, &mut browser).await
                };
                assert!(
                    matches!(&linked, Step::NewApp { linked: true, from: Some(_), .. }),
                    "{place} {linked:?}"
                );
                let replaced =
                    notices(&world).iter().filter(|kind| **kind == NoticeKind::AppReplaced).count();
                assert_eq!(replaced, 1, "{place}");
                assert_eq!(
                    name(&world.browser().reach_password(&world, CALLER).await),
                    "not_verified",
                    "{place}"
                );
            }
            assert!(failures > 0, "{step:?} {part:?}");
        }
    }
}
