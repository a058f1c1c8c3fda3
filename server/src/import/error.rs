//! Why an import was refused or stopped. Why one line was refused is in `report`.

use super::lines::{LineError, ReadError};
use crate::crypto::KeyError;
use crate::ports::directory::DirectoryError;
use crate::ports::store::StoreError;
use std::path::{Path, PathBuf};

/// Why an import was refused as a whole, or could not be completed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{}: cannot be read, nothing was changed", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not a table of persons.
    #[error("{}: line {line}: {problem}; nothing was changed", file.display())]
    InvalidTable {
        /// The file.
        file: PathBuf,
        /// The first invalid line.
        line: u64,
        /// The problem with the line.
        problem: LineError,
    },
    /// The accounts of the lines could not be determined.
    #[error("the accounts could not be read; nothing was changed")]
    Directory(#[from] DirectoryError),
    /// The records cannot be read.
    #[error("the records could not be read; nothing was changed")]
    Records(#[source] StoreError),
    /// The records could not be changed, or not all of them.
    #[error("stopped after {persons} persons; run the import again, values already stored stay the same")]
    Stopped {
        /// Persons whose values were stored.
        persons: usize,
        /// The cause.
        source: StoreError,
    },
    /// A number could not be sealed.
    #[error("a number could not be sealed; values already stored stay, run the import again")]
    Keys(#[from] KeyError),
}

impl From<StoreError> for ImportError {
    fn from(source: StoreError) -> Self {
        Self::Stopped { persons: 0, source }
    }
}

impl ImportError {
    /// Sets how many persons were done before the failure.
    pub(super) fn with_persons_done(self, persons: usize) -> Self {
        match self {
            Self::Stopped { source, .. } => Self::Stopped { persons, source },
            Self::Unreadable { .. }
            | Self::InvalidTable { .. }
            | Self::Directory(_)
            | Self::Records(_)
            | Self::Keys(_) => self,
        }
    }

    /// Converts an error from reading `file`.
    pub(super) fn from_read_error(file: &Path, error: ReadError) -> Self {
        let file = file.to_owned();
        match error {
            ReadError::At(line, problem) => Self::InvalidTable { file, line, problem },
            ReadError::Unreadable(source) => Self::Unreadable { file, source },
        }
    }
}
