//! The values of one person, decided from that person's lines by the rule in `plan`. Shared numbers are handled in
//! `plan` and `duplicate_numbers`.

use super::report::{LineOutcome, RowError};
use super::row::CellValue;
use crate::enrollment::record::Change;
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use app::domain::birthdate::Birthdate;
use jiff::civil::Date;

/// The parsed values of one line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) since: Option<Date>,
    pub(super) birthdate: CellValue<Birthdate>,
    pub(super) mobile: CellValue<Mobile>,
    /// Why the line is refused. It still counts in the decision: a value that it replaces must not come back.
    pub(super) refused: Option<RowError>,
}

/// One person with all its lines and the decision per value.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) account: AccountId,
    lines: Vec<Line>,
    /// Which line's birthdate counts.
    birthdate: Decision,
    mobile: Decision,
}

/// The decision on one kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// No line has a value.
    Absent,
    /// The value of the line at this index counts.
    Line(usize),
    /// Lines differ and no date decides: the first line, and the first that differs from it.
    Undecided(usize, usize),
    /// The value of the line at this index would count, but is refused.
    Refused(usize, RowError),
}

impl Person {
    pub(super) fn of(account: AccountId, lines: Vec<Line>) -> Self {
        let birthdate = decide(&lines, |line| &line.birthdate);
        let mobile = decide(&lines, |line| &line.mobile);
        Self { account, lines, birthdate, mobile }
    }

    /// Returns the birthdate to import.
    pub(super) fn birthdate(&self) -> Option<&Birthdate> {
        self.value(self.birthdate, |line| line.birthdate.value())
    }

    /// Returns the number to import.
    pub(super) fn mobile(&self) -> Option<&Mobile> {
        self.value(self.mobile, |line| line.mobile.value())
    }

    /// Returns the number that counts, also if its line is refused for another reason, and that line.
    pub(super) fn claimed_mobile(&self) -> Option<(&Mobile, u64)> {
        match self.mobile {
            Decision::Line(index) => {
                self.lines.get(index).and_then(|line| Some((line.mobile.value()?, line.number)))
            }
            Decision::Absent | Decision::Undecided(..) | Decision::Refused(..) => None,
        }
    }

    /// Refuses the number because it belongs to another person.
    pub(super) fn refuse_mobile(&mut self, reason: RowError) {
        if let Decision::Line(index) = self.mobile {
            self.mobile = Decision::Refused(index, reason);
        }
    }

    /// Returns the decided value if at least one line with it is not refused because of its other value.
    fn value<'a, T: PartialEq>(
        &'a self,
        decision: Decision,
        of: impl Fn(&'a Line) -> Option<&'a T>,
    ) -> Option<&'a T> {
        let value = match decision {
            Decision::Line(index) => self.lines.get(index).and_then(&of)?,
            Decision::Absent | Decision::Undecided(..) | Decision::Refused(..) => return None,
        };
        let has_value = |line: &'a Line| of(line) == Some(value) && self.refusal(line).is_none();
        self.lines.iter().any(has_value).then_some(value)
    }

    fn refusal(&self, line: &Line) -> Option<RowError> {
        if line.refused.is_some() {
            return line.refused;
        }
        if let (Decision::Undecided(first, other), CellValue::Value(_)) = (self.birthdate, &line.birthdate) {
            let as_first = self.lines.get(first).is_some_and(|first| first.birthdate == line.birthdate);
            return Some(RowError::OtherBirthdate(self.line_number(if as_first { other } else { first })));
        }
        let CellValue::Value(mobile) = &line.mobile else { return None };
        let has_this_number =
            |index: usize| self.lines.get(index).is_some_and(|line| line.mobile.value() == Some(mobile));
        match self.mobile {
            Decision::Undecided(first, other) => {
                Some(RowError::OtherMobile(self.line_number(if has_this_number(first) {
                    other
                } else {
                    first
                })))
            }
            Decision::Refused(index, reason) => has_this_number(index).then_some(reason),
            Decision::Absent | Decision::Line(_) => None,
        }
    }

    fn line_number(&self, index: usize) -> u64 {
        self.lines.get(index).map_or(0, |line| line.number)
    }

    /// Returns the outcome of each line, given the result of storing the values.
    pub(super) fn outcomes(&self, result: ApplyResult) -> Vec<(u64, LineOutcome)> {
        let (decided_birthdate, mobile) = (self.birthdate(), self.mobile());
        let outcome_of = |line: &Line| {
            let ApplyResult::Changed { birthdate, mobile: number } = result else {
                return LineOutcome::Refused(RowError::Contended);
            };
            let birthdate = birthdate
                .filter(|_| line.birthdate.value().is_some() && line.birthdate.value() == decided_birthdate);
            let number = number.filter(|_| line.mobile.value().is_some() && line.mobile.value() == mobile);
            let change = birthdate.into_iter().chain(number).max_by_key(|change| precedence(*change));
            change.map_or_else(|| self.superseded(line), LineOutcome::Taken)
        };
        let outcome = |line: &Line| self.refusal(line).map_or_else(|| outcome_of(line), LineOutcome::Refused);
        self.lines.iter().map(|line| (line.number, outcome(line))).collect()
    }

    /// Returns the line that counts instead of this one.
    fn superseded(&self, line: &Line) -> LineOutcome {
        let kinds = [(!line.birthdate.is_absent(), self.birthdate), (!line.mobile.is_absent(), self.mobile)];
        let by = kinds.into_iter().find_map(|(has_value, decision)| match decision {
            Decision::Line(index) | Decision::Refused(index, _) if has_value => Some(self.line_number(index)),
            Decision::Line(_) | Decision::Refused(..) | Decision::Absent | Decision::Undecided(..) => None,
        });
        LineOutcome::Superseded(by.unwrap_or(line.number))
    }
}

/// The result of storing a person's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ApplyResult {
    /// The values were applied to the record.
    Changed { birthdate: Option<Change>, mobile: Option<Change> },
    /// The record was changed concurrently at each attempt.
    Contended,
}

fn precedence(change: Change) -> u8 {
    match change {
        Change::Same => 0,
        Change::First => 1,
        Change::Replaced => 2,
        Change::Proposed => 3,
    }
}

/// Decides which line's value counts. An invalid value may differ from any other, so no other takes its place.
fn decide<'a, T: PartialEq + 'a>(lines: &'a [Line], of: impl Fn(&'a Line) -> &'a CellValue<T>) -> Decision {
    let mut with = lines
        .iter()
        .enumerate()
        .map(|(index, line)| (index, line.since, of(line)))
        .filter(|(_, _, cell)| !cell.is_absent());
    let differ = |one: &CellValue<T>, other: &CellValue<T>| one.value().is_none() || one != other;
    let Some((first, _, value)) = with.clone().next() else { return Decision::Absent };
    let Some((other, ..)) = with.clone().skip(1).find(|(_, _, other)| differ(value, other)) else {
        return Decision::Line(first);
    };
    let Some((latest, since, value)) = with.clone().max_by_key(|(_, since, _)| *since) else {
        return Decision::Absent;
    };
    let undecided = |since_of: Option<Date>, differs| since_of.is_none() || (since_of == since && differs);
    if with.any(|(index, since, other)| undecided(since, index != latest && differ(value, other))) {
        return Decision::Undecided(first, other);
    }
    Decision::Line(latest)
}
