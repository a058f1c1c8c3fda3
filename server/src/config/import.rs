//! The section `[import]` and `[import.columns]`. `settings.toml` explains each key.

use serde::Deserialize;

/// The keys of `[import]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ImportSettings {
    pub delimiter: String,
    pub encoding: String,
    pub columns: ImportColumns,
}

/// The keys of `[import.columns]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ImportColumns {
    pub username: String,
    pub employee_number: String,
    pub birthdate: String,
    pub mobile: String,
    pub since: String,
}
