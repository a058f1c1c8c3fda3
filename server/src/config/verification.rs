//! The section `[verification]`. `settings.toml` explains each key.

use super::values::duration;
use serde::Deserialize;
use std::time::Duration;

/// The keys of `[verification]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct VerificationSettings {
    #[serde(rename = "judgement")]
    pub mode: VerificationModeSetting,
    #[serde(rename = "envelope", deserialize_with = "duration")]
    pub min_response_time: Duration,
    #[serde(rename = "visit_idle", deserialize_with = "duration")]
    pub session_idle: Duration,
    pub require_mobile: bool,
    #[serde(deserialize_with = "duration")]
    pub high_impact_wait: Duration,
}

/// When name and birthdate are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerificationModeSetting {
    /// Together with the code.
    Joint,
    /// In the step of the birthdate, before the code.
    Stepwise,
}
