//! The section `[entrust]`. `settings.toml` explains each key.

use super::values::{duration, optional};
use crate::ports::otp_provider::ProviderUserName;
use app::api::step::OtpMethod;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// The keys of `[entrust]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct EntrustSettings {
    pub url: String,
    pub application_id: String,
    pub authenticators: Vec<OtpMethod>,
    pub user_attribute: ProviderUserName,
    #[serde(deserialize_with = "optional")]
    pub decoy_user: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub connect_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub admin_application_id: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub admin_secret_file: Option<PathBuf>,
}
