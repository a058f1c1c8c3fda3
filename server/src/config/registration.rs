//! The section `[registration]`. `settings.toml` explains each key.

use super::values::{duration, limit, networks};
use crate::ports::rate_limits::Limit;
use ipnet::IpNet;
use serde::Deserialize;
use std::time::Duration;

/// The keys of `[registration]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct RegistrationSettings {
    pub enabled: bool,
    #[serde(deserialize_with = "networks")]
    pub allowed_networks: Vec<IpNet>,
    #[serde(deserialize_with = "duration")]
    pub waiting_time: Duration,
    pub countries: Vec<String>,
    #[serde(deserialize_with = "limit")]
    pub sign_ins: Limit,
    #[serde(deserialize_with = "limit")]
    pub sign_ins_per_name: Limit,
    #[serde(deserialize_with = "limit")]
    pub sign_ins_per_address: Limit,
    #[serde(deserialize_with = "limit")]
    pub sign_ins_total: Limit,
    pub lockout_margin: u32,
}
