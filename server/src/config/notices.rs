//! The section `[notices]`. `settings.toml` explains each key.

use super::values::optional;
use serde::Deserialize;

/// The keys of `[notices]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct NoticesSettings {
    #[serde(deserialize_with = "optional")]
    pub private_mail_attribute: Option<String>,
    pub alert_service_desk: bool,
}
