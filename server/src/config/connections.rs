//! The section `[connections]`. `settings.toml` explains each key.

use super::Settings;
use super::values::duration;
use serde::Deserialize;
use std::time::Duration;

/// Upper limit of each deadline: a connection must not occupy a descriptor for hours.
const MAX_DEADLINE: Duration = Duration::from_mins(10);

/// The keys of `[connections]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ConnectionsSettings {
    pub max: usize,
    pub per_address: usize,
    pub per_network: usize,
    pub admin_max: usize,
    #[serde(deserialize_with = "duration")]
    pub first_byte: Duration,
    #[serde(deserialize_with = "duration")]
    pub handshake: Duration,
    #[serde(deserialize_with = "duration")]
    pub headers: Duration,
    #[serde(deserialize_with = "duration")]
    pub body: Duration,
    #[serde(deserialize_with = "duration")]
    pub write_stall: Duration,
    #[serde(deserialize_with = "duration")]
    pub answer: Duration,
    #[serde(deserialize_with = "duration")]
    pub idle: Duration,
    #[serde(deserialize_with = "duration")]
    pub proxy_idle: Duration,
    #[serde(deserialize_with = "duration")]
    pub certificate_interval: Duration,
}

impl ConnectionsSettings {
    /// The minimum of `max`: with fewer connections two browsers do not load a page, each over up to six.
    pub const MIN: usize = 16;
}

impl Settings {
    /// Validates `[connections]` and `admin_listen`. An error is the key and the expected value.
    pub(super) fn validate_connections(&self) -> Result<(), (&'static str, &'static str)> {
        let connections = &self.connections;
        if connections.max < ConnectionsSettings::MIN {
            return Err(("connections.max", "16 or more"));
        }
        for (key, number) in [
            ("connections.per_address", connections.per_address),
            ("connections.per_network", connections.per_network),
            ("connections.admin_max", connections.admin_max),
        ] {
            if number == 0 {
                return Err((key, "1 or more"));
            }
        }
        for (key, deadline) in [
            ("connections.first_byte", connections.first_byte),
            ("connections.handshake", connections.handshake),
            ("connections.headers", connections.headers),
            ("connections.body", connections.body),
            ("connections.write_stall", connections.write_stall),
            ("connections.answer", connections.answer),
            ("connections.idle", connections.idle),
            ("connections.proxy_idle", connections.proxy_idle),
            ("connections.certificate_interval", connections.certificate_interval),
        ] {
            if deadline.is_zero() || deadline > MAX_DEADLINE {
                return Err((key, "more than 0 and at most 10m"));
            }
        }
        if self.tls_cert_file.is_none()
            && self.admin_listen.is_some_and(|address| !address.ip().is_loopback())
        {
            return Err((
                "admin_listen",
                "a loopback address, or tls_cert_file and tls_key_file as well: plain http is served on loopback only",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::{MINIMAL, load};

    #[test]
    fn invalid_limits_and_deadlines_are_refused_by_key() {
        for (line, key) in [
            ("max = 15", "connections.max"),
            ("per_address = 0", "connections.per_address"),
            ("per_network = 0", "connections.per_network"),
            ("admin_max = 0", "connections.admin_max"),
            ("first_byte = \"0s\"", "connections.first_byte"),
            ("body = \"11m\"", "connections.body"),
            ("certificate_interval = \"0s\"", "connections.certificate_interval"),
        ] {
            let error = load(&format!("{MINIMAL}\n[connections]\n{line}")).unwrap_err();
            assert!(error.contains(key), "{line}: {error}");
        }
        let settings = load(&format!("{MINIMAL}\n[connections]\nfirst_byte = \"200ms\"")).unwrap();
        assert_eq!(settings.connections.max, 2000);
    }

    #[test]
    fn admin_listener_serves_plain_http_on_loopback_only() {
        for address in ["0.0.0.0:9090", "192.0.2.1:9090", "[::]:9090"] {
            let error = load(&format!("admin_listen = \"{address}\"\n{MINIMAL}")).unwrap_err();
            assert!(error.contains("admin_listen: expected a loopback address"), "{error}");
            let tls = "tls_cert_file = \"a\"\ntls_key_file = \"b\"";
            load(&format!("admin_listen = \"{address}\"\n{tls}\n{MINIMAL}")).unwrap();
        }
        load(&format!("admin_listen = \"[::1]:9090\"\n{MINIMAL}")).unwrap();
    }
}
