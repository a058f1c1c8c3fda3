//! The section `[store]`. `settings.toml` explains each key.

use super::values::optional;
use serde::Deserialize;
use std::path::PathBuf;

/// The keys of `[store]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct StoreSettings {
    pub url: String,
    #[serde(deserialize_with = "optional")]
    pub password_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    pub connections: u32,
    pub key_files: Vec<PathBuf>,
}
