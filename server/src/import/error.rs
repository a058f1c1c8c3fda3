//! Why an import was refused, or stopped. Not why one line was: that is in `report`.

use super::lines::{Ended, LineError};
use crate::crypto::KeyError;
use crate::ports::directory::DirectoryError;
use crate::ports::store::StoreError;
use std::path::{Path, PathBuf};

/// Why an import was refused as a whole, or could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{}: cannot be read, nothing was changed", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is no table of persons.
    #[error("{}: line {line}: {trouble}; nothing was changed", file.display())]
    NoTable {
        /// The file.
        file: PathBuf,
        /// The first line that is wrong.
        line: u64,
        /// What is wrong with it.
        trouble: LineError,
    },
    /// Nobody can say whose the lines are.
    #[error("the accounts could not be read; nothing was changed")]
    Directory(#[from] DirectoryError),
    /// The records cannot be read.
    #[error("the records could not be read; nothing was changed")]
    Records(#[source] StoreError),
    /// The records could not be changed, or not all of them.
    #[error("stopped after {persons} persons; import once more, what was taken stays the same")]
    Stopped {
        /// Persons whose values were taken.
        persons: usize,
        /// Why.
        source: StoreError,
    },
    /// A number could not be sealed.
    #[error("a number could not be sealed; what was stored before stays, import once more")]
    Keys(#[from] KeyError),
}

impl From<StoreError> for ImportError {
    fn from(source: StoreError) -> Self {
        Self::Stopped { persons: 0, source }
    }
}

impl ImportError {
    /// With how many persons were done before.
    pub(super) fn after(self, persons: usize) -> Self {
        match self {
            Self::Stopped { source, .. } => Self::Stopped { persons, source },
            Self::Unreadable { .. }
            | Self::NoTable { .. }
            | Self::Directory(_)
            | Self::Records(_)
            | Self::Keys(_) => self,
        }
    }

    /// Reading a file ended.
    pub(super) fn at(file: &Path, ended: Ended) -> Self {
        let file = file.to_owned();
        match ended {
            Ended::At(line, trouble) => Self::NoTable { file, line, trouble },
            Ended::Unreadable(source) => Self::Unreadable { file, source },
        }
    }
}
