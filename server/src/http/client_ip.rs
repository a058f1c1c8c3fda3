//! The client's IP address behind trusted proxies.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The client of a request, as its trusted proxies report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The last address reached.
    pub address: IpAddr,
    /// Whether a trusted proxy added an entry that cannot be parsed, so that `address` is the proxy's.
    pub is_header_unreadable: bool,
    /// Whether the request came from a trusted proxy without this header, so that `address` is the proxy's.
    pub is_header_missing: bool,
}

/// Follows `X-Forwarded-For` from the right as long as the address that added the entry is a trusted proxy, and returns
/// the last address reached. Stops at an entry that cannot be parsed, so there is no error case.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Client {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut address = peer.to_canonical();
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or_default()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(address) {
            break;
        }
        let Some(next) = parse(hop) else {
            return Client { address, is_header_unreadable: true, is_header_missing: false };
        };
        address = next;
    }
    let is_header_missing = lines.is_empty() && is_trusted(address);
    Client { address, is_header_unreadable: false, is_header_missing }
}

/// Returns the address of [`client`].
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    client(peer, headers, trusted).address
}

/// Parses an entry in the forms that proxies write: an IPv4 or IPv6 address, with or without port, brackets, quotes
/// and zone.
fn parse(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let hop = hop.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(hop).trim();
    // The zone of a link-local address has a meaning on the proxy only.
    let without_zone = |text: &str| text.split('%').next().unwrap_or_default().parse::<Ipv6Addr>().ok();
    let address = match hop.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) if rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port) => {
            without_zone(address)?.into()
        }
        Some(_) => return None,
        None => match hop.split_once(':') {
            // A second colon belongs to an IPv6 address, which has no port without brackets.
            Some((address, port)) if !port.contains(':') => {
                is_port(port).then_some(address)?.parse::<Ipv4Addr>().ok()?.into()
            }
            Some(_) => without_zone(hop)?.into(),
            None => hop.parse::<Ipv4Addr>().ok()?.into(),
        },
    };
    Some(IpAddr::to_canonical(&address))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Returns the client's address if it is certain. Returns `None` if the request came through a trusted proxy that does
/// not report the client, or through a proxy that is not trusted: a check against the organisation's networks must not
/// mistake the proxy's address for a client's.
pub fn trusted_client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let forwarded = FORWARDING_HEADERS.iter().any(|name| headers.contains_key(*name));
    let client = address(peer, headers, trusted);
    let through_untrusted_proxy = forwarded && !is_trusted(peer.to_canonical());
    (!through_untrusted_proxy && !is_trusted(client)).then_some(client)
}

/// The headers that proxies add.
const FORWARDING_HEADERS: [&str; 6] =
    ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via"];

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn trusted() -> [IpNet; 2] {
        ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]
    }

    fn resolved(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        address(peer.parse().unwrap(), &headers, &trusted()).to_string()
    }

    #[test]
    fn a20_forwarded_header_of_an_untrusted_peer_is_ignored() {
        assert_eq!(resolved("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(resolved("192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn a20_client_is_the_first_untrusted_address_from_the_right() {
        assert_eq!(resolved("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(resolved("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.9"]), "198.51.100.7");
        assert_eq!(resolved("10.0.0.1", &["1.1.1.1", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(resolved("fd00::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(resolved("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn a20_address_is_read_in_every_form_that_proxies_write() {
        for (entry, expected) in [
            ("198.51.100.7:51234", "198.51.100.7"),
            ("198.51.100.7:0", "198.51.100.7"),
            (" 198.51.100.7 ", "198.51.100.7"),
            ("\t198.51.100.7:80\t", "198.51.100.7"),
            ("\"198.51.100.7\"", "198.51.100.7"),
            ("\"198.51.100.7:51234\"", "198.51.100.7"),
            ("\" 198.51.100.7 \"", "198.51.100.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]\"", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("\"2001:db8::1\"", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:443", "fe80::1"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("[::ffff:198.51.100.7]:443", "198.51.100.7"),
            ("\"[::ffff:c633:6407]\"", "198.51.100.7"),
            ("203.0.113.1:1, 198.51.100.7:2, 10.0.0.9:3", "198.51.100.7"),
            ("unknown, 198.51.100.7:2, \"[fd00::9]:3\", [::ffff:10.0.0.9]:4", "198.51.100.7"),
        ] {
            assert_eq!(resolved("10.0.0.1", &[entry]), expected, "{entry}");
            assert_eq!(resolved("192.0.2.1", &[entry]), "192.0.2.1", "an untrusted peer: {entry}");
        }
    }

    #[test]
    fn a20_header_is_unreadable_only_if_a_trusted_proxy_wrote_the_entry() {
        let is_unreadable = |peer: &str, header: &str| {
            let headers = [("x-forwarded-for".parse().unwrap(), HeaderValue::from_str(header).unwrap())];
            client(peer.parse().unwrap(), &headers.into_iter().collect(), &trusted()).is_header_unreadable
        };
        for (peer, header, expected) in [
            ("10.0.0.1", "unknown", true),
            ("10.0.0.1", "198.51.100.7, unknown", true),
            ("10.0.0.1", "unknown, 10.0.0.9", true),
            // What a client sends is not the proxy's fault.
            ("10.0.0.1", "unknown, 198.51.100.7", false),
            ("10.0.0.1", ", 198.51.100.7:80", false),
            ("192.0.2.1", "unknown", false),
            ("10.0.0.1", "198.51.100.7", false),
            ("10.0.0.1", "10.0.0.9", false),
        ] {
            assert_eq!(is_unreadable(peer, header), expected, "{peer} {header}");
        }
        assert!(!client("10.0.0.1".parse().unwrap(), &HeaderMap::new(), &trusted()).is_header_unreadable);
    }

    #[test]
    fn a20_header_is_missing_only_in_a_request_of_a_trusted_proxy() {
        let is_missing = |peer: &str, header: Option<&str>| {
            let headers = header.map(|text| ("x-forwarded-for".parse().unwrap(), text.parse().unwrap()));
            client(peer.parse().unwrap(), &headers.into_iter().collect(), &trusted()).is_header_missing
        };
        assert!(is_missing("10.0.0.1", None) && is_missing("::ffff:10.0.0.1", None));
        assert!(!is_missing("192.0.2.1", None));
        for header in ["198.51.100.7", "unknown", "", "10.0.0.9"] {
            assert!(!is_missing("10.0.0.1", Some(header)), "{header}");
        }
    }

    #[test]
    fn a20_address_of_a_proxy_is_not_a_client_address() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let trusted_ip = |peer: &str, header: Option<(&'static str, &str)>| {
            let headers = header.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            trusted_client_ip(peer.parse().unwrap(), &headers.into_iter().collect(), &trusted)
                .map(|ip| ip.to_string())
        };
        assert_eq!(trusted_ip("192.168.0.7", None).as_deref(), Some("192.168.0.7"));
        assert_eq!(
            trusted_ip("10.0.0.1", Some(("x-forwarded-for", "192.168.0.7"))).as_deref(),
            Some("192.168.0.7")
        );
        assert_eq!(trusted_ip("10.0.0.1", None), None);
        assert_eq!(trusted_ip("10.0.0.1", Some(("x-forwarded-for", "garbage"))), None);
        assert_eq!(trusted_ip("127.0.0.1", Some(("x-forwarded-for", "192.168.0.7"))), None);
        assert_eq!(trusted_ip("127.0.0.1", Some(("forwarded", "for=192.168.0.7"))), None);
    }

    #[test]
    fn a20_parsing_stops_at_an_entry_that_is_not_an_address() {
        for garbage in [
            "",
            " ",
            "unknown",
            "999.1.1.1",
            "1.2.3",
            "01.2.3.4",
            "198.51.100.7,",
            "198.51.100.7 198.51.100.8",
            "198.51.100.7/32",
            "198.51.100.7:",
            "198.51.100.7:port",
            "198.51.100.7:+80",
            "198.51.100.7:99999",
            "198.51.100.7:80:80",
            "[198.51.100.7]",
            "[198.51.100.7]:80",
            "\"_x\"",
            "\"198.51.100.7",
            "'198.51.100.7'",
            "for=198.51.100.7",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[2001:db8::1]:",
            "[[2001:db8::1]]",
            "[]",
            "[]:443",
            "2001:db8::g",
            "localhost",
            "localhost:80",
            "\u{e9}",
        ] {
            let headers = [("x-forwarded-for".parse().unwrap(), HeaderValue::from_str(garbage).unwrap())];
            let found = client("10.0.0.1".parse().unwrap(), &headers.into_iter().collect(), &trusted());
            let expected = Client {
                address: "10.0.0.1".parse().unwrap(),
                is_header_unreadable: true,
                is_header_missing: false,
            };
            assert_eq!(found, expected, "{garbage}");
        }
        assert_eq!(resolved("10.0.0.1", &["x, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(resolved("10.0.0.1", &[]), "10.0.0.1");
    }
}
