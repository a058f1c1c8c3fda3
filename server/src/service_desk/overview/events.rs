//! Counts of the audit log as the overview shows them. Pure.

use crate::notifications::local_time::rfc3339_local;
use crate::ports::audit::NotVerifiedReason;
use crate::ports::collected_audit::LineCount;
use crate::service_desk::trail::reason_of;
use app::static_pages::overview::{HourCounts, Today};
use jiff::Timestamp;
use serde::Deserialize as _;
use serde::de::IntoDeserializer;
use serde::de::value::Error;
use std::cmp::Reverse;

/// The events of a day whose hours start at these times. The clock of the Netherlands differs from UTC by whole hours, so the
/// hours of the counts are hours of the day.
pub(super) fn today(hours: &[Timestamp], counts: &[LineCount]) -> Today {
    let mut today = Today::default();
    for start in hours {
        let mut hour = HourCounts { from: rfc3339_local(*start), ..HourCounts::default() };
        for count in counts.iter().filter(|count| count.hour == *start) {
            add(&mut hour, count);
        }
        today.hours.push(hour);
    }
    for count in counts.iter().filter(|count| count.event == "not_verified") {
        let Some(reason) = reason(count) else { continue };
        let why = reason_of(reason);
        match today.refusals.iter_mut().find(|(known, _)| *known == why) {
            Some((_, times)) => *times += count.lines,
            None => today.refusals.push((why, count.lines)),
        }
    }
    today.refusals.sort_by_key(|(_, times)| Reverse(*times));
    today
}

fn add(hour: &mut HourCounts, count: &LineCount) {
    let number = match count.event.as_str() {
        "password_set" | "unlocked" => &mut hour.done,
        "not_verified" if reason(count).is_some_and(is_of_a_reset) => &mut hour.not_verified,
        "refused" | "not_set" | "not_unlocked" => &mut hour.refused,
        "wait_started" => &mut hour.waits,
        "unavailable" | "outcome_unknown" => &mut hour.outages,
        _ => return,
    };
    *number += count.lines;
}

fn reason(count: &LineCount) -> Option<NotVerifiedReason> {
    NotVerifiedReason::deserialize(IntoDeserializer::<Error>::into_deserializer(count.reason.as_str())).ok()
}

/// Whether a reset can be refused for this reason; the others are those of a sign-in to the registration or the service desk.
const fn is_of_a_reset(reason: NotVerifiedReason) -> bool {
    match reason {
        NotVerifiedReason::NotSignedIn
        | NotVerifiedReason::NoAgent
        | NotVerifiedReason::LockoutNear
        | NotVerifiedReason::NumberNotConfirmed => false,
        NotVerifiedReason::UnknownName
        | NotVerifiedReason::Disabled
        | NotVerifiedReason::Expired
        | NotVerifiedReason::Privileged
        | NotVerifiedReason::SmartCard
        | NotVerifiedReason::OutOfScope
        | NotVerifiedReason::NotRegistered
        | NotVerifiedReason::WrongBirthdate
        | NotVerifiedReason::NoMobile
        | NotVerifiedReason::TooNew
        | NotVerifiedReason::Frozen
        | NotVerifiedReason::AnotherAccount
        | NotVerifiedReason::NoProviderUserName
        | NotVerifiedReason::AnotherAttempt
        | NotVerifiedReason::BudgetSpent
        | NotVerifiedReason::ReserveReached
        | NotVerifiedReason::CodeReplayed
        | NotVerifiedReason::ChallengeRefused
        | NotVerifiedReason::WrongCode
        | NotVerifiedReason::WrongStartCode
        | NotVerifiedReason::CodeUnanswered => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::local_time::hours_of_local_day;
    use crate::ports::audit::{Event, RefusalDiagnostic};
    use app::api::service_desk_state::TrailReason;

    fn line(hour: &str, event: &Event, lines: u64) -> LineCount {
        let event = serde_json::to_value(event).unwrap();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        LineCount { hour: hour.parse().unwrap(), event: text("event"), reason: text("reason"), lines }
    }

    #[test]
    fn events_are_counted_by_outcome_in_the_hours_of_the_dutch_day() {
        let (hours, _) = hours_of_local_day("2026-11-28T13:00:00Z".parse().unwrap());
        let not_verified = |reason| Event::not_verified(reason, "");
        let refused = Event::Refused { diagnostic: RefusalDiagnostic::DirectoryRefused, code: None };
        let today = today(
            &hours,
            &[
                line("2026-11-27T23:00:00Z", &Event::PasswordSet, 1),
                line("2026-11-28T08:00:00Z", &Event::PasswordSet, 3),
                line("2026-11-28T08:00:00Z", &Event::Unlocked, 1),
                line("2026-11-28T08:00:00Z", &Event::AboutToSet, 9),
                line("2026-11-28T08:00:00Z", &not_verified(NotVerifiedReason::WrongCode), 2),
                line("2026-11-28T08:00:00Z", &not_verified(NotVerifiedReason::NotSignedIn), 4),
                line("2026-11-28T09:00:00Z", &refused, 1),
                line("2026-11-28T09:00:00Z", &Event::NotSet, 1),
                line("2026-11-28T09:00:00Z", &Event::NotUnlocked, 1),
                line("2026-11-28T09:00:00Z", &Event::WaitStarted, 1),
                line("2026-11-28T22:00:00Z", &Event::Unavailable, 1),
                line("2026-11-28T22:00:00Z", &Event::OutcomeUnknown, 1),
            ],
        );
        assert_eq!(today.hours.len(), 24);
        let of = |hour: usize| (today.hours[hour].from.as_str(), today.hours[hour].counts());
        assert_eq!(of(0), ("2026-11-28T00:00:00+01:00", [1, 0, 0, 0, 0]));
        assert_eq!(of(9), ("2026-11-28T09:00:00+01:00", [4, 2, 0, 0, 0]));
        assert_eq!(of(10), ("2026-11-28T10:00:00+01:00", [0, 0, 3, 1, 0]));
        assert_eq!(of(23), ("2026-11-28T23:00:00+01:00", [0, 0, 0, 0, 2]));
        assert_eq!(today.refusals, [(TrailReason::WrongPassword, 4), (TrailReason::WrongDetails, 2)]);
    }

    #[test]
    fn numbers_do_not_show_whether_the_birthdate_or_the_code_was_wrong() {
        let (hours, _) = hours_of_local_day("2026-11-28T13:00:00Z".parse().unwrap());
        let of = |reason| today(&hours, &[line("2026-11-28T08:00:00Z", &Event::not_verified(reason, ""), 1)]);
        assert_eq!(of(NotVerifiedReason::WrongBirthdate), of(NotVerifiedReason::WrongCode));
        assert_eq!(of(NotVerifiedReason::WrongBirthdate), of(NotVerifiedReason::CodeReplayed));
        assert_eq!(of(NotVerifiedReason::WrongBirthdate), of(NotVerifiedReason::BudgetSpent));
        assert_ne!(of(NotVerifiedReason::WrongBirthdate), of(NotVerifiedReason::Disabled));
    }

    #[test]
    fn each_of_the_two_hours_of_one_name_has_its_own_counts() {
        let (hours, _) = hours_of_local_day("2026-10-25T12:00:00Z".parse().unwrap());
        let counts = [
            line("2026-10-25T00:00:00Z", &Event::PasswordSet, 1),
            line("2026-10-25T01:00:00Z", &Event::PasswordSet, 2),
            // The day before.
            line("2026-10-24T21:00:00Z", &Event::PasswordSet, 8),
        ];
        let today = today(&hours, &counts);
        let done: Vec<_> = today.hours.iter().map(|hour| hour.done).collect();
        assert_eq!((done.len(), &done[..5]), (25, &[0, 0, 1, 2, 0][..]));
    }
}
