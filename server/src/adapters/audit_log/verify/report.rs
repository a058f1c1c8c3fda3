//! The result of a verification.

use crate::adapters::audit_log::heads::Head;
use crate::adapters::audit_log::line::Position;
use std::fmt;
use std::path::PathBuf;

/// What was verified.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// The number of the first entry.
    pub first: Option<u64>,
    /// The number of entries.
    pub entries: u64,
    /// The last entry.
    pub last: Option<Position>,
    /// The number of heads.
    pub heads: u64,
    /// The head that covers the most.
    pub last_head: Option<Head>,
    /// Files of an earlier version before the first entry. No hash covers them.
    pub unchained_files: u64,
    /// Places with bytes that are no entry, such as a line cut short by a crash. The next entry covers them.
    pub covered_other: u64,
    /// Ends of rotated files that a crash cut short. No hash covers them.
    pub uncovered_other: u64,
}

/// The first line that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The number of the line.
    pub line: u64,
    /// What is wrong.
    pub kind: ProblemKind,
    /// How it shows.
    pub detail: String,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// It differs from what was written.
    Changed,
    /// Lines before it are missing.
    Missing,
    /// It is in the wrong place.
    Reordered,
    /// Lines after it are missing.
    Truncated,
    /// It is cut short, and no entry follows: the service ended in the middle of a write and was not started since.
    Incomplete,
    /// A head is not signed by any of the keys.
    Signature,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, kind, detail } = self;
        write!(f, "{}:{line}: {kind}: {detail}", file.display())
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Reordered => "reordered",
            Self::Truncated => "truncated",
            Self::Incomplete => "incomplete",
            Self::Signature => "signature wrong",
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (Some(first), Some(last)) => {
                write!(f, "{} entries, {first} to {}, unchanged", self.entries, last.seq)?;
            }
            _ => f.write_str("no entries of the chain")?,
        }
        if let Some(first) = self.first.filter(|first| *first > 1) {
            write!(f, "\nolder files were removed: the first entry is {first}")?;
        }
        match &self.last_head {
            Some(head) => write!(f, "\n{} heads agree; the last one, of {}, covers up to entry {}", self.heads, head.at, head.seq)?,
            None => f.write_str(
                "\nno signed heads: somebody who rewrites the whole file is not found (audit.signing_key_file)",
            )?,
        }
        for (count, text) in [
            (self.unchained_files, "files of an earlier version, which no hash covers"),
            (self.covered_other, "places with text that is no entry, covered by the next entry"),
            (self.uncovered_other, "rotated files end with a line cut short, which no hash covers"),
        ] {
            if count > 0 {
                write!(f, "\n{count} {text}")?;
            }
        }
        Ok(())
    }
}
