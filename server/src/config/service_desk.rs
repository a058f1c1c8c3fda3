//! The section `[service_desk]`. `settings.toml` explains each key.

use super::values::{duration, limit};
use crate::ports::rate_limits::Limit;
use ipnet::IpNet;
use serde::Deserialize;
use std::time::Duration;

/// The keys of `[service_desk]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ServiceDeskSettings {
    pub allowed_networks: Vec<IpNet>,
    pub groups: Vec<String>,
    pub lead_groups: Vec<String>,
    #[serde(deserialize_with = "duration")]
    pub session_max: Duration,
    #[serde(deserialize_with = "duration")]
    pub session_idle: Duration,
    #[serde(deserialize_with = "limit")]
    pub wrong_call_codes: Limit,
    #[serde(deserialize_with = "limit")]
    pub look_ups: Limit,
    #[serde(deserialize_with = "limit")]
    pub start_codes: Limit,
}

impl ServiceDeskSettings {
    /// Whether there is a service desk page for anyone.
    pub fn is_enabled(&self) -> bool {
        !self.allowed_networks.is_empty()
    }
}
