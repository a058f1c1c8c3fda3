//! Deserializers of durations, rate limits, networks and optional values in the settings file.

use crate::ports::rate_limits::Limit;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize as _, Deserializer};
use std::net::IpAddr;
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

/// Deserializes networks like `10.20.0.0/16` and single addresses.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parse = |text: String| {
        parse_network(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{text:?} is no network like \"10.20.0.0/16\" or \"2001:db8:20::/48\", and no address"
            ))
        })
    };
    texts.into_iter().map(parse).collect()
}

/// IPv4 addresses in the notation of IPv6 become IPv4, because the addresses of clients do too.
fn parse_network(text: &str) -> Option<IpNet> {
    let network = text.trim();
    let network = network.parse().ok().or_else(|| network.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(match network {
        IpNet::V4(_) => network,
        IpNet::V6(v6) => unmapped(v6).map_or(network, IpNet::V4),
    })
}

fn unmapped(network: Ipv6Net) -> Option<Ipv4Net> {
    let address = network.addr().to_ipv4_mapped()?;
    Ipv4Net::new(address, network.prefix_len().checked_sub(96)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_has_a_prefix_or_is_one_address() {
        for (text, expected) in [
            ("10.20.0.0/16", Some("10.20.0.0/16")),
            (" 10.20.30.5 ", Some("10.20.30.5/32")),
            ("2001:db8:20::/48", Some("2001:db8:20::/48")),
            ("::1", Some("::1/128")),
            ("::ffff:10.20.30.0/120", Some("10.20.30.0/24")),
            ("::ffff:10.20.30.5", Some("10.20.30.5/32")),
            ("::ffff:0:0/90", Some("::ffff:0.0.0.0/90")),
            ("10.20.0.0/33", None),
            ("10.20.0.0/255.255.0.0", None),
            ("10.20.0.0/16,10.21.0.0/16", None),
            ("werkplek", None),
            ("", None),
        ] {
            let network = parse_network(text);
            assert_eq!(network, expected.map(|expected| expected.parse().unwrap()), "{text}");
        }
    }
}
