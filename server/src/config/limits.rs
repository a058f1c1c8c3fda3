//! The section `[limits]`. `settings.toml` explains each key.

use super::values::{duration, limit, networks};
use crate::ports::rate_limits::Limit;
use ipnet::IpNet;
use serde::Deserialize;
use std::time::Duration;

/// The keys of `[limits]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct LimitsSettings {
    #[serde(deserialize_with = "limit")]
    pub per_address: Limit,
    #[serde(deserialize_with = "limit")]
    pub flood_per_address: Limit,
    #[serde(deserialize_with = "networks")]
    pub own_networks: Vec<IpNet>,
    #[serde(deserialize_with = "limit")]
    pub per_own_network: Limit,
    #[serde(deserialize_with = "limit")]
    pub per_device: Limit,
    #[serde(deserialize_with = "duration")]
    pub device_lifetime: Duration,
    #[serde(rename = "calls_per_visit")]
    pub calls_per_session: u32,
    #[serde(rename = "codes_per_visit")]
    pub codes_per_session: u32,
    #[serde(rename = "passwords_per_visit")]
    pub passwords_per_session: u32,
    #[serde(deserialize_with = "limit")]
    pub global: Limit,
    #[serde(deserialize_with = "limit")]
    pub account_failures: Limit,
    pub entrust_reserve: u32,
}
