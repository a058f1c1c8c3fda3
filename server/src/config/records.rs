//! The section `[records]`. `settings.toml` explains each key.

use super::values::{duration, optional};
use serde::Deserialize;
use std::time::Duration;

/// The keys of `[records]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct RecordsSettings {
    #[serde(deserialize_with = "optional")]
    pub birthdate_attribute: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub mobile_attribute: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub mobile_write_attribute: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub employee_number_attribute: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub keep_after_leaving: Duration,
}
