//! The section `[policy]`. `settings.toml` explains each key.

use app::policy::Score;
use serde::Deserialize;

/// The keys of `[policy]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct PolicySettings {
    pub min_length: u16,
    pub max_length: u16,
    pub min_score: Score,
    pub banned_words: Vec<String>,
}
