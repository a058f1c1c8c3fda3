//! Where a setting comes from, the settings file or an environment variable, for errors.

use super::SettingsError;
use figment::{Figment, Metadata};
use std::path::Path;

/// The merged settings with the source of each.
pub(super) struct Sources<'a> {
    /// The settings file.
    pub(super) file: &'a Path,
    /// The settings from all sources.
    pub(super) figment: &'a Figment,
}

impl Sources<'_> {
    /// Returns the error for a key with another value than expected.
    pub(super) fn expected(&self, key: &str, expected: impl std::fmt::Display) -> SettingsError {
        SettingsError::Invalid(format!("{}: {key}: expected {expected}", self.of(key)))
    }

    /// Returns the name of the source of a key.
    pub(super) fn of(&self, key: &str) -> String {
        let mut key = key;
        loop {
            if let Some(metadata) = self.figment.find_metadata(key) {
                return source(self.file, Some(metadata));
            }
            // A missing text of a table, or a position in a list: the source of the whole.
            let Some((parent, _)) = key.rsplit_once('.') else { return source(self.file, None) };
            key = parent;
        }
    }
}

/// Formats each error as one line with the source, the key and the cause.
pub(super) fn error_lines(file: &Path, error: figment::Error) -> String {
    error
        .into_iter()
        .map(|error| {
            let source = source(file, error.metadata.as_ref());
            format!("{source}: {}: {}", error.path.join("."), error.kind)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn source(file: &Path, metadata: Option<&Metadata>) -> String {
    match metadata.map(|metadata| metadata.name.as_ref()) {
        Some(name) if name.starts_with("environment") => name.to_owned(),
        Some(_) | None => file.display().to_string(),
    }
}
