//! What the file says of each person, brought to one value of a kind. Pure: no store, no directory.
//!
//! One person may stand on several lines, one per employment. For each of the two values by itself: an empty
//! cell says nothing; lines that agree are one; where they differ, the one with the latest date in the `since`
//! column counts. That needs a date on every line with a value, and the latest one on no two that differ; else
//! all lines with the value are refused. A number that the file gives to two persons is nobody's.

use super::report::{Outcome, Reason};
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::registration::record::Change;
use app::birthdate::Birthdate;
use jiff::civil::Date;
use std::collections::HashMap;

/// What one line says.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) since: Option<Date>,
    pub(super) birthdate: Option<Birthdate>,
    pub(super) mobile: Option<Mobile>,
}

/// What the file says of one person.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) account: AccountId,
    lines: Vec<Line>,
    /// The place of the line whose value counts, and why it is not taken all the same.
    birthdate: Said,
    mobile: Said,
}

/// What became of the lines' values of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// No line has one.
    Nothing,
    /// The one on the line at this place counts.
    At(usize),
    /// Lines differ and nothing decides: the first, and the first that differs from it.
    Undecided(usize, usize),
    /// The one on the line at this place would count, but is refused.
    Refused(usize, Reason),
}

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

impl Person {
    fn of(account: AccountId, lines: Vec<Line>) -> Self {
        let birthdate = decide(&lines, |line| line.birthdate.as_ref());
        let mobile = decide(&lines, |line| line.mobile.as_ref());
        Self { account, lines, birthdate, mobile }
    }

    /// The birthdate to take.
    pub(super) fn birthdate(&self) -> Option<&Birthdate> {
        self.value(self.birthdate, |line| line.birthdate.as_ref())
    }

    /// The number to take.
    pub(super) fn mobile(&self) -> Option<&Mobile> {
        self.value(self.mobile, |line| line.mobile.as_ref())
    }

    /// The number belongs to somebody else.
    pub(super) fn refuse_mobile(&mut self, reason: Reason) {
        if let Said::At(place) = self.mobile {
            self.mobile = Said::Refused(place, reason);
        }
    }

    /// A value counts where a line says it that is not refused for its other value.
    fn value<'a, T: PartialEq>(
        &'a self,
        said: Said,
        of: impl Fn(&'a Line) -> Option<&'a T>,
    ) -> Option<&'a T> {
        let value = match said {
            Said::At(place) => self.lines.get(place).and_then(&of)?,
            Said::Nothing | Said::Undecided(..) | Said::Refused(..) => return None,
        };
        let says = |line: &'a Line| of(line) == Some(value) && self.refused(line).is_none();
        self.lines.iter().any(says).then_some(value)
    }

    fn refused(&self, line: &Line) -> Option<Reason> {
        if let (Said::Undecided(first, other), Some(_)) = (self.birthdate, &line.birthdate) {
            let as_first = self.lines.get(first).is_some_and(|first| first.birthdate == line.birthdate);
            return Some(Reason::OtherBirthdate(self.number_of(if as_first { other } else { first })));
        }
        let Some(mobile) = &line.mobile else { return None };
        let is_of =
            |place: usize| self.lines.get(place).is_some_and(|line| line.mobile.as_ref() == Some(mobile));
        match self.mobile {
            Said::Undecided(first, other) => {
                Some(Reason::OtherMobile(self.number_of(if is_of(first) { other } else { first })))
            }
            Said::Refused(place, reason) => is_of(place).then_some(reason),
            Said::Nothing | Said::At(_) => None,
        }
    }

    fn number_of(&self, place: usize) -> u64 {
        self.lines.get(place).map_or(0, |line| line.number)
    }

    /// What became of each line, by what became of the values that were taken.
    pub(super) fn outcomes(&self, done: &Done) -> Vec<(u64, Outcome)> {
        let (born, mobile) = (self.birthdate(), self.mobile());
        let taken = |line: &Line| {
            let Done::Changed { birthdate, mobile: number } = done else {
                return Outcome::Refused(Reason::Contended);
            };
            let birthdate = birthdate.filter(|_| line.birthdate.is_some() && line.birthdate.as_ref() == born);
            let number = number.filter(|_| line.mobile.is_some() && line.mobile.as_ref() == mobile);
            let change = birthdate.into_iter().chain(number).max_by_key(|change| weight(*change));
            change.map_or_else(|| self.superseded(line), Outcome::Taken)
        };
        let outcome = |line: &Line| self.refused(line).map_or_else(|| taken(line), Outcome::Refused);
        self.lines.iter().map(|line| (line.number, outcome(line))).collect()
    }

    /// The line that counts in place of this one.
    fn superseded(&self, line: &Line) -> Outcome {
        let kinds = [(line.birthdate.is_some(), self.birthdate), (line.mobile.is_some(), self.mobile)];
        let by = kinds.into_iter().find_map(|(says, said)| match said {
            Said::At(place) | Said::Refused(place, _) if says => Some(self.number_of(place)),
            Said::At(_) | Said::Refused(..) | Said::Nothing | Said::Undecided(..) => None,
        });
        Outcome::Superseded(by.unwrap_or(line.number))
    }
}

/// What was done with a person's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// They were given to the record.
    Changed { birthdate: Option<Change>, mobile: Option<Change> },
    /// Somebody else changed the record each time.
    Contended,
}

fn weight(change: Change) -> u8 {
    match change {
        Change::Same => 0,
        Change::First => 1,
        Change::Replaced => 2,
        Change::Proposed => 3,
    }
}

fn decide<'a, T: PartialEq + 'a>(lines: &'a [Line], of: impl Fn(&'a Line) -> Option<&'a T>) -> Said {
    let mut with = lines.iter().enumerate().filter_map(|(place, line)| Some((place, line.since, of(line)?)));
    let Some((first, _, value)) = with.clone().next() else { return Said::Nothing };
    let Some((other, ..)) = with.clone().find(|(_, _, other)| *other != value) else {
        return Said::At(first);
    };
    let Some((latest, since, value)) = with.clone().max_by_key(|(_, since, _)| *since) else {
        return Said::Nothing;
    };
    let undecided = |since_of: Option<Date>, differs| since_of.is_none() || (since_of == since && differs);
    if with.any(|(_, since, other)| undecided(since, other != value)) {
        return Said::Undecided(first, other);
    }
    Said::At(latest)
}

/// Refuses a number that the file gives to two persons, for each of them.
fn refuse_shared(persons: &mut [Person]) {
    let mut of_number: HashMap<&str, (usize, u64)> = HashMap::with_capacity(persons.len());
    let mut shared = Vec::new();
    for (place, person) in persons.iter().enumerate() {
        let (Some(mobile), Said::At(line)) = (person.mobile(), person.mobile) else { continue };
        let line = person.number_of(line);
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
    use super::*;
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
        let outcomes = person.outcomes(&done).into_iter().map(|(_, outcome)| outcome).collect();
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
        let outcomes = plan.settle().0[0].outcomes(&Done::Contended);
        assert_eq!(outcomes, [(7, Outcome::Refused(Reason::Contended))]);
    }
}
