//! The events of the audit log in the terms of the service desk.

use super::{Answer, DeskClient, ServiceDeskService};
use crate::notifications::local_time::rfc3339_local;
use crate::ports::audit::{AuditEntry, Event, NotVerifiedReason};
use crate::ports::directory::Account;
use crate::reference;
use crate::reset::failure::unavailable;
use app::api::refusal::Refusal;
use app::api::service_desk_state::{DeskAction, Trail, TrailEvent, TrailKind, TrailReason};
use app::domain::raw_input::RawInput;
use app::domain::username::Username;
use jiff::SignedDuration;

/// How far back the events of a caller go, and how many there are at most.
const EVENTS_SINCE: SignedDuration = SignedDuration::from_hours(7 * 24);
const MAX_EVENTS: u32 = 50;

impl ServiceDeskService {
    /// Looks up a reference.
    pub(super) async fn trail(&self, client: &DeskClient, typed: &RawInput) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk trail").await?;
        let signed_in = open.session.signed_in()?.clone();
        let reference =
            reference::parse(typed.expose()).map_err(|reason| Refusal::invalid("reference", reason))?;
        let agent = self.agent(client, &open).await?.id;
        self.limits.count_look_up(client, agent).await?;
        let event = Event::DeskLookedUp { agent: self.pseudonym(agent), of: reference.clone() };
        self.record(client, agent, event).await?;
        let signed_in = super::session::SignedIn { reference: Some(reference), ..signed_in };
        self.finish_step(&mut open, signed_in).await
    }

    /// The events of a reference.
    pub(super) async fn show_trail(&self, reference: &str) -> Result<Trail, Refusal> {
        let entries = self.entries_with(reference).await?;
        Ok(Trail { reference: reference.to_owned(), events: shown(&entries) })
    }

    async fn entries_with(&self, reference: &str) -> Result<Vec<AuditEntry>, Refusal> {
        let Some(collected) = &self.collected else {
            let found = self.audit_log.find(reference).await;
            return found.map_err(|error| unavailable("audit trail", &error));
        };
        let found = collected.lines_with_reference(reference).await;
        let lines = found.map_err(|error| unavailable("audit trail", &error))?;
        Ok(lines.iter().filter_map(|line| serde_json::from_slice(&line.text).ok()).collect())
    }

    /// The last events of a verified account and of its user name, newest first.
    pub(super) async fn events_of(&self, account: &Account) -> Result<Vec<TrailEvent>, Refusal> {
        let Some(collected) = &self.collected else { return Ok(Vec::new()) };
        let mut subjects = vec![self.pseudonym(account.id)];
        if let Ok(name) = Username::parse(&account.login, &self.config.domains) {
            subjects.push(self.keys.name_pseudonym(&name.folded()));
        }
        let since = self.clock.now() - EVENTS_SINCE;
        let found = collected.lines_of_subjects(&subjects, since, MAX_EVENTS).await;
        let lines = found.map_err(|error| unavailable("audit trail", &error))?;
        // Newest first in the store.
        let entries = lines.iter().rev().filter_map(|line| serde_json::from_slice(&line.text).ok());
        let mut events = shown(&entries.collect::<Vec<AuditEntry>>());
        events.reverse();
        Ok(events)
    }
}

/// Entries, oldest first, as the agent sees them. Without those that concern no employee, and with one event for what two
/// entries say: an agent's action is in the log before it is done, and what it does may have an entry of its own.
fn shown(entries: &[AuditEntry]) -> Vec<TrailEvent> {
    let mut events: Vec<(TrailEvent, &Event)> = Vec::new();
    for entry in entries {
        if let Event::DeskFailed { agent, action } = &entry.event {
            let acted = Event::DeskActed { agent: agent.clone(), action: action.clone() };
            if let Some(at) = events.iter().rposition(|(_, earlier)| **earlier == acted) {
                events.remove(at);
            }
        }
        let is_repeated = matches!(entry.event, Event::ActivationStarted { .. })
            && events.last().is_some_and(|(_, last)| action_of(last) == Some(DeskAction::Activate));
        if !is_repeated && let Some(event) = event_of(entry) {
            events.push((event, &entry.event));
        }
    }
    events.into_iter().map(|(event, _)| event).collect()
}

/// An entry as the agent sees it; `None` for one that is no event of an employee.
fn event_of(entry: &AuditEntry) -> Option<TrailEvent> {
    let what = kind_of(&entry.event)?;
    let why =
        if let Event::NotVerified { reason, .. } = &entry.event { Some(reason_of(*reason)) } else { None };
    Some(TrailEvent { at: rfc3339_local(entry.at), what, why, action: action_of(&entry.event) })
}

/// What an agent did or could not do; `None` for other events, and for an action that this version does not know.
fn action_of(event: &Event) -> Option<DeskAction> {
    let (Event::DeskActed { action, .. } | Event::DeskFailed { action, .. }) = event else { return None };
    DeskAction::from_name(action)
}

fn kind_of(event: &Event) -> Option<TrailKind> {
    Some(match event {
        Event::SessionStarted => TrailKind::Started,
        Event::NotVerified { reason, .. } => refusal_kind(*reason),
        Event::Verified => TrailKind::Verified,
        Event::WaitStarted | Event::StillWaiting | Event::WaitRequired => TrailKind::Waits,
        Event::Unavailable => TrailKind::Unavailable,
        Event::Refused { .. } => TrailKind::Refused,
        Event::NotSet => TrailKind::NotSet,
        Event::PasswordSet => TrailKind::PasswordSet,
        Event::Unlocked => TrailKind::Unlocked,
        Event::NotUnlocked => TrailKind::NotUnlocked,
        Event::OutcomeUnknown => TrailKind::Unknown,
        Event::Practised => TrailKind::Practised,
        Event::SignedIn => TrailKind::SignedIn,
        Event::Registered { .. } | Event::Declined { .. } => TrailKind::Registered,
        Event::ActivationStarted { .. } => TrailKind::ActivationStarted,
        Event::Activated { .. } => TrailKind::Activated,
        Event::Frozen { .. } => TrailKind::Frozen,
        Event::Unfrozen { .. } => TrailKind::Unfrozen,
        Event::FailuresCleared => TrailKind::Cleared,
        Event::CallCodeIssued => TrailKind::CallCode,
        Event::CallerVerified { .. } => TrailKind::CallerVerified,
        Event::StartCodeShown { .. } => TrailKind::StartCode,
        Event::StartCodeUsed { .. } => TrailKind::StartCodeUsed,
        Event::DeskActed { .. } => match action_of(event) {
            Some(DeskAction::Unlock | DeskAction::Clear | DeskAction::Activate) => TrailKind::DeskActed,
            // A freeze and its end have entries of their own.
            Some(DeskAction::Freeze | DeskAction::Unfreeze) => return None,
            None => TrailKind::Administration,
        },
        Event::DeskFailed { .. } => {
            action_of(event).map_or(TrailKind::Administration, |_| TrailKind::DeskFailed)
        }
        Event::PersonExported | Event::PersonDeleted => TrailKind::Administration,
        // Announcements, whose outcome follows, and what concerns no caller.
        Event::AboutToSet
        | Event::AboutToUnlock
        | Event::BreachUnchecked
        | Event::MobileWritten
        | Event::Imported { .. }
        | Event::RetentionRun { .. }
        | Event::AuditPruned { .. }
        | Event::DeskSignedIn
        | Event::StartCodeRequested { .. }
        | Event::StartCodeApproved { .. }
        | Event::StartCodeWithdrawn { .. }
        | Event::StartCodeVoided
        | Event::StartCodeRefused { .. }
        | Event::DeskSignedOut
        | Event::DeskRevoked
        | Event::DeskSessionEnded { .. }
        | Event::DeskLimited { .. }
        | Event::CallCodeRefused { .. }
        | Event::DeskExported { .. }
        | Event::DeskLookedUp { .. } => return None,
    })
}

/// What was refused: a proof in the wizard, or a sign-in with the password at the registration or at the service desk.
const fn refusal_kind(reason: NotVerifiedReason) -> TrailKind {
    use NotVerifiedReason as Cause;
    match reason {
        Cause::NotSignedIn | Cause::LockoutNear | Cause::NoAgent => TrailKind::SignInRefused,
        Cause::WrongBirthdate
        | Cause::WrongCode
        | Cause::WrongStartCode
        | Cause::CodeReplayed
        | Cause::CodeUnanswered
        | Cause::ChallengeRefused
        | Cause::ReserveReached
        | Cause::NoProviderUserName
        | Cause::BudgetSpent
        | Cause::AnotherAttempt
        | Cause::UnknownName
        | Cause::AnotherAccount
        | Cause::Disabled
        | Cause::Expired
        | Cause::Privileged
        | Cause::SmartCard
        | Cause::OutOfScope
        | Cause::NotRegistered
        | Cause::NoMobile
        | Cause::TooNew
        | Cause::Frozen
        | Cause::NumberNotConfirmed => TrailKind::NotVerified,
    }
}

/// Never which of the details was wrong, nor what the service finds only after a right birthdate: an agent who tries birthdates
/// in the wizard could read the right one here, also by waiting for the call of that employee.
pub(super) const fn reason_of(reason: NotVerifiedReason) -> TrailReason {
    use NotVerifiedReason as Cause;
    match reason {
        Cause::WrongBirthdate
        | Cause::WrongCode
        | Cause::WrongStartCode
        | Cause::CodeReplayed
        | Cause::CodeUnanswered
        | Cause::ChallengeRefused
        | Cause::ReserveReached
        | Cause::NoProviderUserName
        | Cause::BudgetSpent
        | Cause::AnotherAttempt => TrailReason::WrongDetails,
        Cause::UnknownName | Cause::AnotherAccount => TrailReason::UnknownName,
        Cause::Disabled => TrailReason::Disabled,
        Cause::Expired => TrailReason::Expired,
        Cause::Privileged | Cause::SmartCard | Cause::OutOfScope => TrailReason::Excluded,
        Cause::NotRegistered => TrailReason::NoBirthdate,
        Cause::NoMobile => TrailReason::NoMobile,
        Cause::TooNew => TrailReason::TooNew,
        Cause::Frozen => TrailReason::Frozen,
        Cause::NotSignedIn | Cause::LockoutNear => TrailReason::WrongPassword,
        Cause::NumberNotConfirmed | Cause::NoAgent => TrailReason::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of the events that an agent sees of these, with their actions.
    fn seen(events: Vec<Event>) -> Vec<(TrailKind, Option<DeskAction>)> {
        let entry = |event| AuditEntry {
            at: jiff::Timestamp::UNIX_EPOCH,
            event,
            reference: String::new(),
            subject: String::new(),
            network: String::new(),
        };
        let entries: Vec<_> = events.into_iter().map(entry).collect();
        shown(&entries).into_iter().map(|event| (event.what, event.action)).collect()
    }

    fn acted(action: &str) -> Event {
        Event::DeskActed { agent: "a".into(), action: action.into() }
    }

    fn failed(action: &str) -> Event {
        Event::DeskFailed { agent: "a".into(), action: action.into() }
    }

    #[test]
    fn every_action_of_an_agent_is_one_event_that_says_whether_it_succeeded() {
        let by = crate::ports::frozen_accounts::FreezeOrigin::ServiceDesk;
        let started = || Event::ActivationStarted { replaces: true };
        for (events, expected) in [
            (vec![acted("unlock")], vec![(TrailKind::DeskActed, Some(DeskAction::Unlock))]),
            (vec![acted("clear")], vec![(TrailKind::DeskActed, Some(DeskAction::Clear))]),
            (vec![acted("activate"), started()], vec![(TrailKind::DeskActed, Some(DeskAction::Activate))]),
            (vec![started()], vec![(TrailKind::ActivationStarted, None)]),
            (vec![acted("freeze"), Event::Frozen { by }], vec![(TrailKind::Frozen, None)]),
            (vec![acted("unfreeze"), Event::Unfrozen { by }], vec![(TrailKind::Unfrozen, None)]),
            (
                vec![acted("unlock"), Event::Verified, failed("unlock")],
                vec![(TrailKind::Verified, None), (TrailKind::DeskFailed, Some(DeskAction::Unlock))],
            ),
            (
                vec![acted("activate"), started(), failed("activate")],
                vec![(TrailKind::DeskFailed, Some(DeskAction::Activate))],
            ),
            (
                vec![acted("clear"), acted("unlock"), failed("unlock"), acted("unlock")],
                vec![
                    (TrailKind::DeskActed, Some(DeskAction::Clear)),
                    (TrailKind::DeskFailed, Some(DeskAction::Unlock)),
                    (TrailKind::DeskActed, Some(DeskAction::Unlock)),
                ],
            ),
            (vec![acted("unknown")], vec![(TrailKind::Administration, None)]),
        ] {
            assert_eq!(seen(events), expected);
        }
    }

    #[test]
    fn refused_sign_in_does_not_look_like_a_reset() {
        for (reason, kind) in [
            (NotVerifiedReason::NotSignedIn, TrailKind::SignInRefused),
            (NotVerifiedReason::LockoutNear, TrailKind::SignInRefused),
            (NotVerifiedReason::NoAgent, TrailKind::SignInRefused),
            (NotVerifiedReason::WrongCode, TrailKind::NotVerified),
        ] {
            assert_eq!(seen(vec![Event::not_verified(reason, "")]), [(kind, None)], "{reason:?}");
        }
    }

    #[test]
    fn wrong_birthdate_looks_like_everything_that_needs_a_right_one() {
        for reason in [
            NotVerifiedReason::WrongBirthdate,
            NotVerifiedReason::WrongCode,
            NotVerifiedReason::WrongStartCode,
            NotVerifiedReason::CodeReplayed,
            NotVerifiedReason::CodeUnanswered,
            NotVerifiedReason::ChallengeRefused,
            NotVerifiedReason::BudgetSpent,
            NotVerifiedReason::AnotherAttempt,
            NotVerifiedReason::ReserveReached,
        ] {
            assert_eq!(reason_of(reason), TrailReason::WrongDetails, "{reason:?}");
        }
        assert_eq!(reason_of(NotVerifiedReason::NotRegistered), TrailReason::NoBirthdate);
    }
}
