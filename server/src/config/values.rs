//! Deserializers of durations, rate limits and optional values in the settings file.

use crate::ports::rate_limits::Limit;
use serde::{Deserialize as _, Deserializer};
use std::time::Duration;

/// Deserializes a text; an empty text is `None`.
pub(super) fn optional<'de, D: Deserializer<'de>, T: std::str::FromStr>(
    deserializer: D,
) -> Result<Option<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

/// Deserializes a duration like `15m`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text)
        .map_err(|error| serde::de::Error::custom(format!("{text:?} is no duration like \"15m\": {error}")))
}

/// Deserializes a rate limit like `100/10m`; `0` disables the limit.
pub(super) fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_limit(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no limit like \"100/10m\"")))
}

fn parse_limit(text: &str) -> Option<Limit> {
    if text == "0" {
        return Some(Limit { max: 0, window: Duration::from_secs(1) });
    }
    let (max, window) = text.split_once('/')?;
    let window = humantime::parse_duration(window).ok().filter(|window| !window.is_zero())?;
    Some(Limit { max: max.parse().ok()?, window })
}
