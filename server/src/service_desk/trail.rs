//! The events of the audit log in the terms of the service desk.

use super::{Answer, DeskClient, ServiceDeskService};
use crate::notifications::local_time::rfc3339_local;
use crate::ports::audit::{AuditEntry, Event, NotVerifiedReason};
use crate::ports::directory::Account;
use crate::reference;
use crate::reset::failure::unavailable;
use app::api::refusal::Refusal;
use app::api::service_desk_state::{Trail, TrailEvent, TrailKind, TrailReason};
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
        Ok(Trail { reference: reference.to_owned(), events: entries.iter().filter_map(shown).collect() })
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
        let entries = lines.iter().filter_map(|line| serde_json::from_slice(&line.text).ok());
        Ok(entries.filter_map(|entry: AuditEntry| shown(&entry)).collect())
    }
}

/// An entry as the agent sees it; `None` for one that is no event of an employee.
fn shown(entry: &AuditEntry) -> Option<TrailEvent> {
    let what = kind_of(&entry.event)?;
    let why =
        if let Event::NotVerified { reason, .. } = &entry.event { Some(reason_of(*reason)) } else { None };
    Some(TrailEvent { at: rfc3339_local(entry.at), what, why })
}

fn kind_of(event: &Event) -> Option<TrailKind> {
    Some(match event {
        Event::SessionStarted => TrailKind::Started,
        Event::NotVerified { .. } => TrailKind::NotVerified,
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
        Event::PersonExported | Event::PersonDeleted | Event::DeskActed { .. } | Event::DeskFailed { .. } => {
            TrailKind::Administration
        }
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
