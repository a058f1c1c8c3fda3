//! What the file says of each person, brought to one value of a kind. Pure: no store, no directory.
//!
//! One person may stand on several lines, one per employment. For each of the two values by itself: an empty
//! cell says nothing; lines that agree are one; where they differ, the one with the latest date in the `since`
//! column counts. That needs a date on every line with a value, and the latest one on no two that differ; else
//! all lines with the value are refused. A number that the file gives to two persons is nobody's.

use super::person::{Line, Person};
use super::report::{Outcome, Reason};
use crate::ports::directory::AccountId;
use std::collections::HashMap;

/// Everything that the file says.
#[derive(Debug, Default)]
pub(super) struct Plan {
    persons: HashMap<AccountId, Vec<Line>>,
    refused: Vec<(u64, Outcome)>,
}

impl Plan {
    pub(super) fn add(&mut self, account: AccountId, line: Line) {
        let lines = self.persons.entry(account).or_default();
        // Most persons stand on one line.
        lines.reserve_exact(usize::from(lines.is_empty()));
        lines.push(line);
    }

    pub(super) fn refuse(&mut self, line: u64, reason: Reason) {
        self.refused.push((line, Outcome::Refused(reason)));
    }

    /// The persons in the order of their accounts, and the lines that were refused by themselves.
    pub(super) fn settle(self) -> (Vec<Person>, Vec<(u64, Outcome)>) {
        let mut persons: Vec<_> =
            self.persons.into_iter().map(|(account, lines)| Person::of(account, lines)).collect();
        persons.sort_unstable_by_key(|person| person.account.0);
        refuse_shared(&mut persons);
        (persons, self.refused)
    }
}

/// Refuses a number that the file gives to two persons, for each of them.
fn refuse_shared(persons: &mut [Person]) {
    let mut of_number: HashMap<&str, (usize, u64)> = HashMap::with_capacity(persons.len());
    let mut shared = Vec::new();
    for (place, person) in persons.iter().enumerate() {
        let Some((mobile, line)) = person.mobile().zip(person.mobile_line()) else { continue };
        if let Some((other, other_line)) = of_number.insert(mobile.expose(), (place, line)) {
            shared.extend([(place, other_line), (other, line)]);
        }
    }
    for (place, line) in shared {
        if let Some(person) = persons.get_mut(place) {
            person.refuse_mobile(Reason::SharedWith(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::person::Done;
    use super::*;
    use crate::enrollment::record::Change;
    use crate::mobile::Mobile;
    use app::domain::birthdate::Birthdate;
    use uuid::Uuid;

    fn person(number: u128) -> AccountId {
        AccountId(Uuid::from_u128(number))
    }

    /// `since born mobile`, each `-` where it says nothing.
    fn line(number: u64, text: &str) -> Line {
        let mut cells = text.split(' ').map(|cell| (cell != "-").then_some(cell));
        let mut next = || cells.next().unwrap();
        Line {
            number,
            since: next().map(|since| jiff::civil::date(since.parse().unwrap(), 1, 1)),
            birthdate: next().map(|day| Birthdate::new(1980, 1, day.parse().unwrap()).unwrap()),
            mobile: next().map(|last| Mobile::from_e164(&format!("+3161234567{last}")).unwrap()),
        }
    }

    /// What counts of one person's lines (day, last digit), and what became of each.
    fn one(lines: &[&str]) -> (Option<u8>, Option<String>, Vec<Outcome>) {
        let mut plan = Plan::default();
        for (number, text) in (1..).zip(lines) {
            plan.add(person(1), line(number, text));
        }
        told(&plan.settle().0[0])
    }

    fn told(person: &Person) -> (Option<u8>, Option<String>, Vec<Outcome>) {
        let done = Done::Changed {
            birthdate: person.birthdate().map(|_| Change::First),
            mobile: person.mobile().map(|_| Change::Replaced),
        };
        let outcomes = person.outcomes(done).into_iter().map(|(_, outcome)| outcome).collect();
        let last = person.mobile().map(|mobile| mobile.expose()[11..].to_owned());
        (person.birthdate().map(|date| date.parts().2), last, outcomes)
    }

    const FIRST: Outcome = Outcome::Taken(Change::First);
    const REPLACED: Outcome = Outcome::Taken(Change::Replaced);

    #[test]
    fn a34_lines_that_agree_are_one() {
        assert_eq!(one(&["- 1 -", "2024 1 -"]), (Some(1), None, vec![FIRST, FIRST]));
        assert_eq!(one(&["- 1 -", "- - 2"]), (Some(1), Some("2".into()), vec![FIRST, REPLACED]));
        assert_eq!(one(&["- 1 2", "- 1 2"]), (Some(1), Some("2".into()), vec![REPLACED, REPLACED]));
    }

    #[test]
    fn a34_the_latest_employment_counts_value_by_value() {
        let (born, mobile, outcomes) = one(&["2020 1 5", "2026 2 -", "2024 3 7"]);
        assert_eq!((born, mobile.as_deref()), (Some(2), Some("7")));
        assert_eq!(outcomes, [Outcome::Superseded(2), FIRST, REPLACED]);
    }

    #[test]
    fn a34_without_a_date_that_decides_lines_that_differ_are_refused() {
        let differs = |line| Outcome::Refused(Reason::OtherMobile(line));
        for dates in [["-", "-"], ["-", "2026"], ["2026", "-"], ["2026", "2026"]] {
            let lines = [format!("{} 1 5", dates[0]), format!("{} - 6", dates[1]), "2020 1 -".to_owned()];
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            // The third line says nothing of the number, and still gives the birthdate.
            assert_eq!(one(&lines), (Some(1), None, vec![differs(2), differs(1), FIRST]), "{dates:?}");
        }
        let born = |line| Outcome::Refused(Reason::OtherBirthdate(line));
        let lines = ["- 1 5", "- 2 5", "- 1 5", "- 3 -"];
        assert_eq!(one(&lines), (None, None, vec![born(2), born(1), born(2), born(1)]));
    }

    #[test]
    fn a_value_is_not_taken_from_an_older_line_when_the_latest_one_is_refused() {
        // The numbers differ without a decision on the lines that decide on the birthdate.
        let lines = ["2020 1 -", "2026 2 5", "2026 2 6"];
        let refused = |line| Outcome::Refused(Reason::OtherMobile(line));
        assert_eq!(one(&lines), (None, None, vec![Outcome::Superseded(3), refused(3), refused(2)]));
    }

    #[test]
    fn a34_a_number_of_two_persons_is_nobodys() {
        let mut plan = Plan::default();
        plan.add(person(1), line(1, "2020 1 4"));
        plan.add(person(1), line(2, "2026 1 5"));
        plan.add(person(2), line(3, "- 2 5"));
        plan.add(person(3), line(4, "- 3 4"));
        let persons: Vec<_> = plan.settle().0.iter().map(told).collect();
        let shared = |line| Outcome::Refused(Reason::SharedWith(line));
        // The birthdate of the first line is the same; the number that somebody had before is free.
        assert_eq!(persons[0], (Some(1), None, vec![FIRST, shared(3)]));
        assert_eq!(persons[1], (None, None, vec![shared(2)]));
        assert_eq!(persons[2], (Some(3), Some("4".into()), vec![REPLACED]));
    }

    #[test]
    fn a_record_that_others_kept_changing_refuses_the_lines() {
        let mut plan = Plan::default();
        plan.add(person(1), line(7, "- 1 -"));
        let outcomes = plan.settle().0[0].outcomes(Done::Contended);
        assert_eq!(outcomes, [(7, Outcome::Refused(Reason::Contended))]);
    }
}
