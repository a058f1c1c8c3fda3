//! The outcome of every line. The report contains line numbers and fixed sentences and nothing from the file, so a
//! spreadsheet that opens it cannot be made to evaluate a formula.

use crate::enrollment::record::Change;
use crate::mobile::MobileError;
use std::io::Write;

/// The outcome of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOutcome {
    /// Imported; the most significant change of its values.
    Taken(Change),
    /// The line with this number counts instead, for the same person.
    Superseded(u64),
    /// No value was imported.
    Refused(RowError),
}

/// Why a line was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the error messages document the variants")]
pub enum RowError {
    #[error("{found} cells, where the line with the column names has {expected}")]
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
    #[error("no valid user name")]
    InvalidName,
    #[error("an invisible character in the user name")]
    InvisibleInName,
    #[error("a user name of another domain (see organisation.domains)")]
    OtherDomain,
    #[error("no birthdate")]
    NoBirthdate,
    #[error("a birthdate with a time of day that is not midnight")]
    BirthdateWithTime,
    #[error("implausible birthdate: {0}")]
    ImplausibleBirthdate(Implausible),
    #[error("the order of day and month is not certain, see line {0} (setting date_order)")]
    UncertainDateOrder(u64),
    #[error("the order of day and month is not certain: here the month comes first (setting date_order)")]
    ExchangedDate,
    #[error("a date in another order than the setting date_order")]
    OtherDateOrder,
    #[error("mobile number: {0}")]
    Mobile(#[from] MobileError),
    #[error("several different mobile numbers")]
    SeveralMobiles,
    #[error("neither a birthdate nor a mobile number")]
    Nothing,
    #[error("no valid date in the column for `since`")]
    NoSince,
    #[error("a time of day that is not midnight in the column for `since`")]
    SinceWithTime,
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

/// Why no employee can have this birthdate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the error messages document the variants")]
pub enum Implausible {
    #[error("in the future")]
    Future,
    #[error("younger than 13 years")]
    TooYoung,
    #[error("older than 100 years")]
    TooOld,
    #[error("1 January 1970 on many lines stands for an unknown birthdate")]
    Placeholder,
}

/// What an operator should look at although lines were imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// Unlikely many persons have the same birthdate.
    SameBirthdate {
        /// The first line with it.
        line: u64,
        /// The number of persons with it.
        same: usize,
        /// The number of persons with a birthdate.
        persons: usize,
    },
    /// Birthdates have the year first on one line and last on another, and their order of day and month may differ.
    TwoNotations {
        /// The first line with the year last.
        line: u64,
        /// The first line with the year first.
        year_first: u64,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SameBirthdate { line, same, persons } => {
                write!(
                    f,
                    "line {line}: {same} of {persons} persons have this birthdate; is it a placeholder?"
                )
            }
            Self::TwoNotations { line, year_first } => {
                write!(
                    f,
                    "line {line}: the year is last here and first on line {year_first}; are day and month exchanged?"
                )
            }
        }
    }
}

/// The outcomes of all lines.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<(u64, LineOutcome)>,
    warnings: Vec<Warning>,
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

impl LineOutcome {
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
    pub(super) fn from_outcomes(mut lines: Vec<(u64, LineOutcome)>, warnings: Vec<Warning>) -> Self {
        lines.sort_unstable_by_key(|(line, _)| *line);
        Self { lines, warnings }
    }

    /// Returns what an operator should look at, by line.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the outcome of every line except the header and lines without content.
    pub fn lines(&self) -> &[(u64, LineOutcome)] {
        &self.lines
    }

    /// Returns the refused lines.
    pub fn refused(&self) -> impl Iterator<Item = (u64, RowError)> {
        self.lines.iter().filter_map(|(line, outcome)| match outcome {
            LineOutcome::Refused(reason) => Some((*line, *reason)),
            LineOutcome::Taken(_) | LineOutcome::Superseded(_) => None,
        })
    }

    /// Number of lines per outcome.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, outcome) in &self.lines {
            *match outcome {
                LineOutcome::Taken(Change::First) => &mut counts.first,
                LineOutcome::Taken(Change::Same) => &mut counts.same,
                LineOutcome::Taken(Change::Replaced) => &mut counts.replaced,
                LineOutcome::Taken(Change::Proposed) => &mut counts.proposed,
                LineOutcome::Superseded(_) => &mut counts.superseded,
                LineOutcome::Refused(_) => &mut counts.refused,
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
                LineOutcome::Taken(_) => writeln!(to, "{line};{label};")?,
                LineOutcome::Superseded(by) => writeln!(to, "{line};{label};line {by} counts")?,
                LineOutcome::Refused(reason) => writeln!(to, "{line};{label};{reason}")?,
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
