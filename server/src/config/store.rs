//! The section `[store]`. `settings.toml` explains each key.

use serde::Deserialize;
use std::path::PathBuf;

/// The keys of `[store]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct StoreSettings {
    pub url: String,
    pub key_files: Vec<PathBuf>,
}
