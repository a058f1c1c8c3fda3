//! Address of an LDAP server.

use std::net::IpAddr;

/// An address that is always used over TLS: `ldaps://` from the first byte, `ldap://` with `StartTLS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) text: String,
    pub(super) host: String,
    /// IP address of the host if it is already known; otherwise the system resolves the name.
    pub(super) ip: Option<IpAddr>,
    pub(super) port: u16,
    pub(super) starttls: bool,
}

impl Url {
    /// Parses `ldaps://host` or `ldap://host`, each with an optional port.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (starttls, rest) = if let Some(rest) = text.strip_prefix("ldaps://") {
            (false, rest)
        } else if let Some(rest) = text.strip_prefix("ldap://") {
            (true, rest)
        } else {
            return Err("it has to begin with ldaps:// or, for StartTLS, ldap://");
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.starts_with('[') {
            // `ldap3` passes the brackets on to the certificate check, where no name matches.
            return Err("give the server's name: an IPv6 address cannot be checked against a certificate");
        }
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| "the port is not a number up to 65535")?),
            None => (rest, if starttls { 389 } else { 636 }),
        };
        if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
            return Err("the host is not a name or an IPv4 address");
        }
        Ok(Self {
            text: format!("{}{host}:{port}", scheme(starttls)),
            host: host.to_owned(),
            ip: None,
            port,
            starttls,
        })
    }
}

fn scheme(starttls: bool) -> &'static str {
    if starttls { "ldap://" } else { "ldaps://" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_have_their_default_ports() {
        assert_eq!(Url::parse("ldaps://dc1.pantein.grp").unwrap().port, 636);
        assert_eq!(Url::parse("ldap://dc1.pantein.grp/").unwrap().port, 389);
        assert_eq!(Url::parse("ldaps://10.0.0.1:1636").unwrap().text, "ldaps://10.0.0.1:1636");
        assert!(Url::parse("ldap://dc1").unwrap().starttls);
    }

    #[test]
    fn address_without_tls_or_without_a_valid_host_is_refused() {
        for text in
            ["dc1", "http://dc1", "ldapi:///x", "ldaps://", "ldaps://[::1]", "ldaps://a:99999", "ldaps://a/b"]
        {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }
}
