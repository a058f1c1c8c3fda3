//! The client's IP address behind trusted proxies.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// Follows `X-Forwarded-For` from the right as long as the address that added the entry is a trusted proxy, and returns
/// the last address reached. Stops at an entry that cannot be parsed, so there is no error case.
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.to_canonical();
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or_default()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
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

    fn resolved(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        address(peer.parse().unwrap(), &headers, &trusted).to_string()
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
        for garbage in ["", "unknown", "1.2.3.4:80", "999.1.1.1", "198.51.100.7,", "\"_x\""] {
            assert_eq!(resolved("10.0.0.1", &[garbage]), "10.0.0.1", "{garbage}");
        }
        assert_eq!(resolved("10.0.0.1", &["x, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(resolved("10.0.0.1", &[]), "10.0.0.1");
    }
}
