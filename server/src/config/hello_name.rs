//! The host name with which the service introduces itself to a mail server (EHLO) and that ends its Message-IDs.

use std::net::{Ipv4Addr, Ipv6Addr};
use url::Host;

const EXPECTED: &str = "a host name like reset.example.org";

/// The longest name in DNS.
const MAX_LENGTH: usize = 253;

/// Last labels of names that no other machine knows (RFC 6761, RFC 6762, and the default of Linux distributions).
const PRIVATE_SUFFIXES: [&str; 3] = ["localhost", "localdomain", "local"];

/// A host name in ASCII, or an address literal of RFC 5321.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelloName(String);

impl HelloName {
    /// Parses `mail.hello`: any host name, or an address literal like `[192.0.2.1]` or `[IPv6:2001:db8::1]`. The error
    /// says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(literal) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let is_address = match literal.strip_prefix("IPv6:") {
                Some(address) => address.parse::<Ipv6Addr>().is_ok(),
                None => literal.parse::<Ipv4Addr>().is_ok(),
            };
            return is_address.then(|| Self(text.to_owned())).ok_or(EXPECTED);
        }
        Self::name(text).ok_or(EXPECTED)
    }

    /// Returns a name that another machine may know. `None` for `localhost` and its like, an address, or a name without
    /// a domain.
    pub fn public(text: &str) -> Option<Self> {
        let name = Self::name(text)?;
        let (_, suffix) = name.0.rsplit_once('.')?;
        (!PRIVATE_SUFFIXES.contains(&suffix)).then_some(name)
    }

    fn name(text: &str) -> Option<Self> {
        let Ok(Host::Domain(name)) = Host::parse(text.strip_suffix('.').unwrap_or(text)) else { return None };
        let is_label = |label: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(is_part)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        (name.len() <= MAX_LENGTH && name.split('.').all(is_label)).then_some(Self(name))
    }

    /// The name as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::HelloName;

    #[test]
    fn host_names_and_address_literals_can_be_set() {
        for (text, expected) in [
            ("reset.example.org", "reset.example.org"),
            ("Reset.Example.ORG.", "reset.example.org"),
            ("reset", "reset"),
            ("localhost", "localhost"),
            ("wachtwoörd.example.org", "xn--wachtword-67a.example.org"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ] {
            assert_eq!(HelloName::parse(text).map(|name| name.0), Ok(expected.to_owned()), "{text}");
        }
        for text in [
            "",
            " ",
            ".",
            "a b",
            "reset.example.org\r\nMAIL FROM:<x@y.nl>",
            "reset..example.org",
            "-reset.example.org",
            "reset_1.example.org",
            "192.0.2.1",
            "127.1",
            "2001:db8::1",
            "[2001:db8::1]",
            "[reset.example.org]",
            "[IPv6:192.0.2.1]",
            "https://reset.example.org",
            "reset.example.org:25",
            "noreply@example.org",
            &"a".repeat(64),
            &["a"; 200].join("."),
        ] {
            assert!(HelloName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_name_with_a_domain_is_public() {
        for text in ["reset.example.org", "srv1.pantein.grp", "a.nl"] {
            assert!(HelloName::public(text).is_some(), "{text}");
        }
        for text in [
            "",
            "reset",
            "localhost",
            "localhost.localdomain",
            "srv1.localdomain",
            "srv1.local",
            "LOCALHOST",
            "a.localhost",
            "192.0.2.1",
            "[192.0.2.1]",
            "3f2a9c1b7d0e",
        ] {
            assert_eq!(HelloName::public(text), None, "{text}");
        }
    }
}
