//! The section `[breached]`. `settings.toml` explains each key.

use super::HttpsUrl;
use super::values::{duration, optional};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Upper limit of `range_timeout`: the employee waits for it after sending a password.
const MAX_RANGE_TIMEOUT: Duration = Duration::from_secs(5);

/// The keys of `[breached]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct BreachedSettings {
    #[serde(deserialize_with = "optional")]
    pub filter_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub range_url: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub range_timeout: Duration,
    #[serde(deserialize_with = "optional")]
    pub range_ca_file: Option<PathBuf>,
    pub unavailable: UncheckedSetting,
}

impl BreachedSettings {
    /// Validates the section. An error is the key and the expected value.
    pub(super) fn validate(&self) -> Result<(), (&'static str, &'static str)> {
        if self.range_timeout.is_zero() || self.range_timeout > MAX_RANGE_TIMEOUT {
            return Err(("breached.range_timeout", "more than 0 and at most 5s"));
        }
        let Some(url) = &self.range_url else { return Ok(()) };
        HttpsUrl::parse_base(url).map_err(|expected| ("breached.range_url", expected))?;
        if self.filter_file.is_some() {
            return Err((
                "breached.range_url",
                "nothing, or no breached.filter_file: the file answers without a network",
            ));
        }
        Ok(())
    }
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
