//! The section `[sms]`. `settings.toml` explains each key.

use super::values::{duration, optional};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// The keys of `[sms]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct SmsSettings {
    #[serde(deserialize_with = "optional")]
    pub url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub token_file: Option<PathBuf>,
    pub sender: String,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}
