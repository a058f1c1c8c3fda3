//! The client's address behind trusted proxies. Not whether it may call.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// Walks `X-Forwarded-For` from the right, as long as the hop that wrote it is trusted. What cannot be
/// read as an address ends the walk at the last hop that could be: never an exception path.
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

/// The client's address where it is known for certain; `None` where a request came through a proxy that does
/// not say, or that nobody trusts. What is open to the organisation's own networks only must not take a proxy's
/// own address for one of them.
pub fn trusted_client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
    let client = address(peer, headers, trusted);
    let through_a_stranger = forwarded && !is_trusted(peer.to_canonical());
    (!through_a_stranger && !is_trusted(client)).then_some(client)
}

/// What proxies add.
const FORWARDED: [&str; 6] =
    ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via"];

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a20_a_stranger_is_who_it_is_whatever_it_claims() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn a20_behind_trusted_proxies_the_first_untrusted_from_the_right_counts() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.9"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("fd00::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn a20_a_proxys_own_address_is_nobodys() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let known = |peer: &str, header: Option<(&'static str, &str)>| {
            let headers = header.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            trusted_client_ip(peer.parse().unwrap(), &headers.into_iter().collect(), &trusted)
                .map(|ip| ip.to_string())
        };
        assert_eq!(known("192.168.0.7", None).as_deref(), Some("192.168.0.7"));
        assert_eq!(
            known("10.0.0.1", Some(("x-forwarded-for", "192.168.0.7"))).as_deref(),
            Some("192.168.0.7")
        );
        assert_eq!(known("10.0.0.1", None), None);
        assert_eq!(known("10.0.0.1", Some(("x-forwarded-for", "garbage"))), None);
        assert_eq!(known("127.0.0.1", Some(("x-forwarded-for", "192.168.0.7"))), None);
        assert_eq!(known("127.0.0.1", Some(("forwarded", "for=192.168.0.7"))), None);
    }

    #[test]
    fn a20_garbage_is_the_last_hop_that_could_be_read() {
        for garbage in ["", "unknown", "1.2.3.4:80", "999.1.1.1", "198.51.100.7,", "\"_x\""] {
            assert_eq!(seen("10.0.0.1", &[garbage]), "10.0.0.1", "{garbage}");
        }
        assert_eq!(seen("10.0.0.1", &["x, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }
}
