//! The section `[mail]`. `settings.toml` explains each key.

use super::values::{duration, optional};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// The keys of `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct MailSettings {
    #[serde(deserialize_with = "optional")]
    pub url: Option<String>,
    pub from: String,
    #[serde(deserialize_with = "optional")]
    pub user: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub password_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub hello: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}
