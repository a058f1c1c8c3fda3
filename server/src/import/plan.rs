//! Reduces the lines of each person to one value of each kind. Pure: no store, no directory.
//!
//! One person may have several lines, one per employment. For each of the two values separately: an empty cell is
//! ignored; lines that agree count as one; where they differ, the line with the latest date in the `since` column
//! counts. That requires a date on every line with a value, and no two different values with the latest date;
//! otherwise all lines with the value are refused. A number that the file assigns to two persons is refused for
//! both.

use super::person::{Line, Person};
use super::report::{LineOutcome, RowError};
use crate::ports::directory::AccountId;
use std::collections::HashMap;

/// All lines of a file, grouped by account.
#[derive(Debug, Default)]
pub(super) struct Plan {
    persons: HashMap<AccountId, Vec<Line>>,
    refused: Vec<(u64, LineOutcome)>,
}

impl Plan {
    pub(super) fn add(&mut self, account: AccountId, line: Line) {
        let lines = self.persons.entry(account).or_default();
        // Most persons have one line.
        lines.reserve_exact(usize::from(lines.is_empty()));
        lines.push(line);
    }

    pub(super) fn refuse(&mut self, line: u64, reason: RowError) {
        self.refused.push((line, LineOutcome::Refused(reason)));
    }

    /// Returns the persons in the order of their accounts, and the lines that were refused individually.
    pub(super) fn resolve(self) -> (Vec<Person>, Vec<(u64, LineOutcome)>) {
        let mut persons: Vec<_> =
            self.persons.into_iter().map(|(account, lines)| Person::of(account, lines)).collect();
        persons.sort_unstable_by_key(|person| person.account.0);
        refuse_shared_numbers(&mut persons);
        (persons, self.refused)
    }
}

/// Refuses a number that the file assigns to two persons, for both of them.
fn refuse_shared_numbers(persons: &mut [Person]) {
    let mut by_number: HashMap<&str, (usize, u64)> = HashMap::with_capacity(persons.len());
    let mut shared = Vec::new();
    for (index, person) in persons.iter().enumerate() {
        let Some((mobile, line)) = person.claimed_mobile() else { continue };
        if let Some((other, other_line)) = by_number.insert(mobile.expose(), (index, line)) {
            shared.extend([(index, other_line), (other, line)]);
        }
    }
    for (index, line) in shared {
        if let Some(person) = persons.get_mut(index) {
            person.refuse_mobile(RowError::SharedWith(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::person::ApplyResult;
    use super::super::row::CellValue;
    use super::*;
    use crate::enrollment::record::Change;
    use crate::mobile::Mobile;
    use app::domain::birthdate::Birthdate;
    use uuid::Uuid;

    fn person(number: u128) -> AccountId {
        AccountId(Uuid::from_u128(number))
    }

    fn cell<T>(text: Option<&str>, parse: impl FnOnce(&str) -> T) -> CellValue<T> {
        match text {
            None => CellValue::Absent,
            Some("!") => CellValue::Invalid,
            Some(text) => CellValue::Value(parse(text)),
        }
    }

    /// Parses `since birthdate mobile`; `-` means absent, `!` invalid, which refuses the line.
    fn line(number: u64, text: &str) -> Line {
        let mut cells = text.split(' ').map(|cell| (cell != "-").then_some(cell));
        let mut next = || cells.next().unwrap();
        Line {
            number,
            since: next().map(|since| jiff::civil::date(since.parse().unwrap(), 1, 1)),
            birthdate: cell(next(), |day| Birthdate::new(1980, 1, day.parse().unwrap()).unwrap()),
            mobile: cell(next(), |last| Mobile::from_e164(&format!("+3161234567{last}")).unwrap()),
            refused: text.contains('!').then_some(RowError::NoBirthdate),
        }
    }

    /// Returns the decided values of one person's lines (day, last digit) and the outcome of each line.
    fn one(lines: &[&str]) -> (Option<u8>, Option<String>, Vec<LineOutcome>) {
        let mut plan = Plan::default();
        for (number, text) in (1..).zip(lines) {
            plan.add(person(1), line(number, text));
        }
        evaluate(&plan.resolve().0[0])
    }

    fn evaluate(person: &Person) -> (Option<u8>, Option<String>, Vec<LineOutcome>) {
        let done = ApplyResult::Changed {
            birthdate: person.birthdate().map(|_| Change::First),
            mobile: person.mobile().map(|_| Change::Replaced),
        };
        let outcomes = person.outcomes(done).into_iter().map(|(_, outcome)| outcome).collect();
        let last = person.mobile().map(|mobile| mobile.expose()[11..].to_owned());
        (person.birthdate().map(|date| date.parts().2), last, outcomes)
    }

    const FIRST: LineOutcome = LineOutcome::Taken(Change::First);
    const REPLACED: LineOutcome = LineOutcome::Taken(Change::Replaced);

    #[test]
    fn a34_lines_that_agree_count_as_one() {
        assert_eq!(one(&["- 1 -", "2024 1 -"]), (Some(1), None, vec![FIRST, FIRST]));
        assert_eq!(one(&["- 1 -", "- - 2"]), (Some(1), Some("2".into()), vec![FIRST, REPLACED]));
        assert_eq!(one(&["- 1 2", "- 1 2"]), (Some(1), Some("2".into()), vec![REPLACED, REPLACED]));
    }

    #[test]
    fn a34_latest_employment_counts_for_each_value() {
        let (birthdate, mobile, outcomes) = one(&["2020 1 5", "2026 2 -", "2024 3 7"]);
        assert_eq!((birthdate, mobile.as_deref()), (Some(2), Some("7")));
        assert_eq!(outcomes, [LineOutcome::Superseded(2), FIRST, REPLACED]);
    }

    #[test]
    fn a34_differing_lines_without_a_decisive_date_are_refused() {
        let differs = |line| LineOutcome::Refused(RowError::OtherMobile(line));
        for dates in [["-", "-"], ["-", "2026"], ["2026", "-"], ["2026", "2026"]] {
            let lines = [format!("{} 1 5", dates[0]), format!("{} - 6", dates[1]), "2020 1 -".to_owned()];
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            // The third line has no number and still contributes the birthdate.
            assert_eq!(one(&lines), (Some(1), None, vec![differs(2), differs(1), FIRST]), "{dates:?}");
        }
        let birthdate = |line| LineOutcome::Refused(RowError::OtherBirthdate(line));
        let lines = ["- 1 5", "- 2 5", "- 1 5", "- 3 -"];
        assert_eq!(one(&lines), (None, None, vec![birthdate(2), birthdate(1), birthdate(2), birthdate(1)]));
    }

    #[test]
    fn older_line_does_not_replace_a_refused_latest_line() {
        // The numbers differ undecided on the lines that decide the birthdate.
        let lines = ["2020 1 -", "2026 2 5", "2026 2 6"];
        let refused = |line| LineOutcome::Refused(RowError::OtherMobile(line));
        assert_eq!(one(&lines), (None, None, vec![LineOutcome::Superseded(3), refused(3), refused(2)]));
    }

    #[test]
    fn refused_line_counts_in_the_decision() {
        let refused = LineOutcome::Refused(RowError::NoBirthdate);
        let other_birthdate = |line| LineOutcome::Refused(RowError::OtherBirthdate(line));
        // The newer line is refused: the value that it replaces must not come back.
        assert_eq!(one(&["2020 1 -", "2024 ! -"]), (None, None, vec![LineOutcome::Superseded(2), refused]));
        assert_eq!(one(&["2020 1 5", "2024 ! 6"]).0, None);
        assert_eq!(one(&["2020 1 5", "2024 ! 6"]).1, None);
        // An older refused line decides nothing.
        assert_eq!(one(&["2020 ! -", "2024 1 -"]), (Some(1), None, vec![refused, FIRST]));
        // Without dates nothing is certain.
        assert_eq!(one(&["- 1 -", "- ! -"]), (None, None, vec![other_birthdate(2), refused]));
        assert_eq!(one(&["- ! -", "- ! -"]), (None, None, vec![refused, refused]));
        // The other kind of value is not affected by a value that the refused line does not have.
        assert_eq!(one(&["- ! -", "- - 5"]), (None, Some("5".into()), vec![refused, REPLACED]));
        // The same number on a refused line is no other number.
        assert_eq!(one(&["- ! 5", "- - 5"]), (None, Some("5".into()), vec![refused, REPLACED]));
    }

    #[test]
    fn number_of_a_refused_line_is_not_free_for_another_person() {
        let mut plan = Plan::default();
        plan.add(person(1), line(1, "- ! 5"));
        plan.add(person(2), line(2, "- 2 5"));
        let persons: Vec<_> = plan.resolve().0.iter().map(evaluate).collect();
        assert_eq!(persons[0].2, [LineOutcome::Refused(RowError::NoBirthdate)]);
        assert_eq!(persons[1], (None, None, vec![LineOutcome::Refused(RowError::SharedWith(1))]));
    }

    #[test]
    fn a34_number_shared_by_two_persons_is_refused_for_both() {
        let mut plan = Plan::default();
        plan.add(person(1), line(1, "2020 1 4"));
        plan.add(person(1), line(2, "2026 1 5"));
        plan.add(person(2), line(3, "- 2 5"));
        plan.add(person(3), line(4, "- 3 4"));
        let persons: Vec<_> = plan.resolve().0.iter().map(evaluate).collect();
        let shared = |line| LineOutcome::Refused(RowError::SharedWith(line));
        // The birthdate of the first line is the same; the superseded number is free.
        assert_eq!(persons[0], (Some(1), None, vec![FIRST, shared(3)]));
        assert_eq!(persons[1], (None, None, vec![shared(2)]));
        assert_eq!(persons[2], (Some(3), Some("4".into()), vec![REPLACED]));
    }

    #[test]
    fn concurrently_changed_record_refuses_the_lines() {
        let mut plan = Plan::default();
        plan.add(person(1), line(7, "- 1 -"));
        let outcomes = plan.resolve().0[0].outcomes(ApplyResult::Contended);
        assert_eq!(outcomes, [(7, LineOutcome::Refused(RowError::Contended))]);
    }
}
