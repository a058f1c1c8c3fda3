//! What became of every line. It holds line numbers and fixed sentences, nothing of the file: whatever a cell
//! contains, no spreadsheet that opens the report will run it.

use crate::enrollment::record::Change;
use crate::mobile::MobileError;
use std::io::Write;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Taken; of what it gave this was the greatest change.
    Taken(Change),
    /// The same person's line with this number counts.
    Superseded(u64),
    /// Nothing of it was taken.
    Refused(Reason),
}

/// Why a line was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Reason {
    #[error("{found} cells, where line 1 has {expected}")]
    Cells { found: usize, expected: usize },
    #[error("no user name")]
    NoName,
    #[error("no account with this user name")]
    UnknownName,
    #[error("more than one account has this user name")]
    AmbiguousName,
    #[error("no account with this employee number")]
    UnknownNumber,
    #[error("more than one account has this employee number")]
    AmbiguousNumber,
    #[error("the user name and the employee number are of two accounts")]
    TwoAccounts,
    #[error("no birthdate")]
    NoBirthdate,
    #[error("a birthdate that has not come yet")]
    FutureBirthdate,
    #[error("mobile number: {0}")]
    Mobile(#[from] MobileError),
    #[error("more than one mobile number, and nothing says which one counts")]
    SeveralMobiles,
    #[error("neither a birthdate nor a mobile number")]
    Nothing,
    #[error("no date where it should say since when")]
    NoSince,
    #[error("another birthdate than line {0} of the same person, and no date decides")]
    OtherBirthdate(u64),
    #[error("another mobile number than line {0} of the same person, and no date decides")]
    OtherMobile(u64),
    #[error("the mobile number of another person, on line {0}")]
    SharedWith(u64),
    #[error("the mobile number of another person, registered before")]
    Held,
    #[error("the record was changed again and again meanwhile: import it once more")]
    Contended,
}

/// What became of all lines.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<(u64, Outcome)>,
}

/// How many lines became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The first value of its kind for the person.
    pub first: u64,
    /// What was registered already.
    pub same: u64,
    /// In place of an earlier value of HR.
    pub replaced: u64,
    /// Waits for the employee's yes or no.
    pub proposed: u64,
    /// Another line of the person counts.
    pub superseded: u64,
    /// Nothing of it was taken.
    pub refused: u64,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Taken(Change::First) => "first",
            Self::Taken(Change::Same) => "same",
            Self::Taken(Change::Replaced) => "replaced",
            Self::Taken(Change::Proposed) => "proposed",
            Self::Superseded(_) => "superseded",
            Self::Refused(_) => "refused",
        }
    }
}

impl Report {
    /// The outcomes in the order of the lines.
    pub(super) fn of(mut lines: Vec<(u64, Outcome)>) -> Self {
        lines.sort_unstable_by_key(|(line, _)| *line);
        Self { lines }
    }

    /// Every line that is neither blank nor the first, with what became of it.
    pub fn lines(&self) -> &[(u64, Outcome)] {
        &self.lines
    }

    /// The refused lines.
    pub fn refused(&self) -> impl Iterator<Item = (u64, Reason)> {
        self.lines.iter().filter_map(|(line, outcome)| match outcome {
            Outcome::Refused(reason) => Some((*line, *reason)),
            Outcome::Taken(_) | Outcome::Superseded(_) => None,
        })
    }

    /// How many lines became what.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, outcome) in &self.lines {
            *match outcome {
                Outcome::Taken(Change::First) => &mut counts.first,
                Outcome::Taken(Change::Same) => &mut counts.same,
                Outcome::Taken(Change::Replaced) => &mut counts.replaced,
                Outcome::Taken(Change::Proposed) => &mut counts.proposed,
                Outcome::Superseded(_) => &mut counts.superseded,
                Outcome::Refused(_) => &mut counts.refused,
            } += 1;
        }
        counts
    }

    /// `line;outcome;reason`, one row per line.
    pub fn write(&self, mut to: impl Write) -> std::io::Result<()> {
        writeln!(to, "line;outcome;reason")?;
        for (line, outcome) in &self.lines {
            let word = outcome.word();
            match outcome {
                Outcome::Taken(_) => writeln!(to, "{line};{word};")?,
                Outcome::Superseded(by) => writeln!(to, "{line};{word};line {by} counts")?,
                Outcome::Refused(reason) => writeln!(to, "{line};{word};{reason}")?,
            }
        }
        to.flush()
    }
}

impl Counts {
    /// Lines of which something was taken.
    pub fn taken(&self) -> u64 {
        self.first + self.same + self.replaced + self.proposed
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { first, same, replaced, proposed, superseded, refused } = self;
        write!(
            f,
            "{} lines taken ({first} first, {same} the same, {replaced} replaced, {proposed} proposed), \
             {superseded} superseded, {refused} refused",
            self.taken()
        )
    }
}
