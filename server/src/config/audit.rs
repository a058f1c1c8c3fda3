//! The section `[audit]`. `settings.toml` explains each key.

use super::secret_files::key;
use super::values::optional;
use super::{Settings, SettingsError};
use serde::Deserialize;
use std::path::PathBuf;
use std::str::FromStr;
use zeroize::Zeroizing;

/// The keys of `[audit]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct AuditSettings {
    #[serde(deserialize_with = "optional")]
    pub signing_key_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub heads_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub syslog: Option<SyslogServer>,
    #[serde(deserialize_with = "optional")]
    pub syslog_ca_file: Option<PathBuf>,
}

/// A syslog server with TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyslogServer {
    /// Host name or IP address.
    pub host: String,
    /// The port; 6514 by default (RFC 5425).
    pub port: u16,
}

impl FromStr for SyslogServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected tls://HOST[:PORT]";
        let rest = text.strip_prefix("tls://").ok_or(FORM)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            // A colon inside the brackets is part of an IPv6 address.
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| FORM)?),
            Some(_) | None => (rest, 6514),
        };
        let host = host.trim_matches(['[', ']']);
        if host.is_empty() || port == 0 || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(FORM);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl Settings {
    /// The seed of the key that signs the heads of the audit log, if it is set.
    pub fn audit_signing_seed(&self) -> Result<Option<Zeroizing<[u8; 32]>>, SettingsError> {
        self.audit.signing_key_file.as_deref().map(|file| key("audit.signing_key_file", file)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syslog_server_has_a_host_and_a_port() {
        for (text, expected) in [
            ("tls://log.example.org", Some(("log.example.org", 6514))),
            ("tls://log.example.org:601/", Some(("log.example.org", 601))),
            ("tls://[::1]:601", Some(("::1", 601))),
            ("tls://[::1]", Some(("::1", 6514))),
            ("udp://log.example.org", None),
            ("log.example.org:6514", None),
            ("tls://", None),
            ("tls://host:0", None),
            ("tls://host:x", None),
            ("tls://user@host", None),
        ] {
            let parsed = text.parse::<SyslogServer>().ok();
            let expected = expected.map(|(host, port)| SyslogServer { host: host.to_owned(), port });
            assert_eq!(parsed, expected, "{text}");
        }
    }
}
