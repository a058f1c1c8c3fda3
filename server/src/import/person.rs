//! What the lines of one person come to, by the rule in `plan`. Not what others say of the same number.

use super::report::{Outcome, Reason};
use crate::enrollment::record::Change;
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use app::domain::birthdate::Birthdate;
use jiff::civil::Date;

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

impl Person {
    pub(super) fn of(account: AccountId, lines: Vec<Line>) -> Self {
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

    /// The line whose number counts.
    pub(super) fn mobile_line(&self) -> Option<u64> {
        match self.mobile {
            Said::At(place) => Some(self.number_of(place)),
            Said::Nothing | Said::Undecided(..) | Said::Refused(..) => None,
        }
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
    pub(super) fn outcomes(&self, done: Done) -> Vec<(u64, Outcome)> {
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
