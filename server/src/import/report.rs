//! The outcome of every line. The report contains line numbers and fixed sentences and nothing from the file, so a
//! spreadsheet that opens it cannot be made to evaluate a formula.

use crate::enrollment::record::Change;
use crate::mobile::MobileError;
use std::io::Write;

/// The outcome of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Imported; the most significant change of its values.
    Taken(Change),
    /// The line with this number counts instead, for the same person.
    Superseded(u64),
    /// No value was imported.
    Refused(Reason),
}

/// Why a line was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the error messages document the variants")]
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
    #[error("a birthdate in the future")]
    FutureBirthdate,
    #[error("mobile number: {0}")]
    Mobile(#[from] MobileError),
    #[error("several different mobile numbers")]
    SeveralMobiles,
    #[error("neither a birthdate nor a mobile number")]
    Nothing,
    #[error("no valid date in the column for `since`")]
    NoSince,
    #[error("another birthdate than line {0} of the same person, and no date decides")]
    OtherBirthdate(u64),
    #[error("another mobile number than line {0} of the same person, and no date decides")]
    OtherMobile(u64),
    #[error("the mobile number of another person, on line {0}")]
    SharedWith(u64),
    #[error("the mobile number of another person, registered before")]
    AlreadyRegistered,
    #[error("the record was changed concurrently several times: import it again")]
    Contended,
}

/// The outcomes of all lines.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<(u64, Outcome)>,
}

/// Number of lines per outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// First value of its kind for the person.
    pub first: u64,
    /// Already registered.
    pub same: u64,
    /// Replaced an earlier value from HR.
    pub replaced: u64,
    /// Waits for the employee's decision.
    pub proposed: u64,
    /// Another line of the person counts.
    pub superseded: u64,
    /// No value was imported.
    pub refused: u64,
}

impl Outcome {
    fn label(self) -> &'static str {
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
    /// Sorts the outcomes by line.
    pub(super) fn from_outcomes(mut lines: Vec<(u64, Outcome)>) -> Self {
        lines.sort_unstable_by_key(|(line, _)| *line);
        Self { lines }
    }

    /// Returns the outcome of every line except the header and blank lines.
    pub fn lines(&self) -> &[(u64, Outcome)] {
        &self.lines
    }

    /// Returns the refused lines.
    pub fn refused(&self) -> impl Iterator<Item = (u64, Reason)> {
        self.lines.iter().filter_map(|(line, outcome)| match outcome {
            Outcome::Refused(reason) => Some((*line, *reason)),
            Outcome::Taken(_) | Outcome::Superseded(_) => None,
        })
    }

    /// Number of lines per outcome.
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

    /// Writes CSV: `line;outcome;reason`, one row per line.
    pub fn write(&self, mut to: impl Write) -> std::io::Result<()> {
        writeln!(to, "line;outcome;reason")?;
        for (line, outcome) in &self.lines {
            let label = outcome.label();
            match outcome {
                Outcome::Taken(_) => writeln!(to, "{line};{label};")?,
                Outcome::Superseded(by) => writeln!(to, "{line};{label};line {by} counts")?,
                Outcome::Refused(reason) => writeln!(to, "{line};{label};{reason}")?,
            }
        }
        to.flush()
    }
}

impl Counts {
    /// Returns how many lines were imported in whole or in part.
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
