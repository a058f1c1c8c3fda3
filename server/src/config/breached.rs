//! The section `[breached]`. `settings.toml` explains each key.

use super::values::optional;
use serde::Deserialize;
use std::path::PathBuf;

/// The keys of `[breached]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct BreachedSettings {
    #[serde(deserialize_with = "optional")]
    pub filter_file: Option<PathBuf>,
    pub unavailable: UncheckedSetting,
}

/// What happens to a password that could not be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UncheckedSetting {
    /// It is accepted, and the audit log records it.
    Continue,
    /// It is not accepted: the answer is `unavailable`.
    Refuse,
}
