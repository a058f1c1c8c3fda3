//! Warns of `registration.allowed_networks` that would open the registration to more people than the organisation's.

use super::{Settings, is_loopback_host};
use ipnet::IpNet;

/// The key of the warnings.
const KEY: &str = "registration.allowed_networks";
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];
/// The default networks of Docker and Podman, and the networks from which Docker takes further ones.
const BRIDGES: [&str; 4] = ["172.17.0.0/16", "172.18.0.0/16", "10.88.0.0/16", "fd00::/64"];
/// The private address ranges (RFC 1918, RFC 4193, RFC 6598) and link-local addresses.
const PRIVATE: [&str; 7] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
];

impl Settings {
    /// Returns a warning for each kind of network that is probably a mistake: the key and the reason.
    pub(super) fn network_warnings(&self) -> Vec<(&'static str, &'static str)> {
        let registration = &self.registration;
        if !registration.enabled {
            return Vec::new();
        }
        if registration.allowed_networks.is_empty() {
            return vec![(
                KEY,
                "empty: /registratie is closed for everyone. List the networks of the workplaces, or set \
                 registration.enabled = false",
            )];
        }
        let any = |matches: &dyn Fn(&IpNet) -> bool| registration.allowed_networks.iter().any(matches);
        let mut warnings = Vec::new();
        if any(&|network| parsed(&PRIVATE).any(|private| network.contains(&private))) {
            warnings.push((
                KEY,
                "contains a whole private range: guest networks, balancers, container bridges and tunnels have addresses \
                 there too. List the networks of the workplaces only",
            ));
        }
        // On a developer's machine, everything has a loopback address.
        if !self.is_local() && any(&|network| parsed(&LOOPBACK).any(|loopback| overlap(network, &loopback))) {
            warnings.push((
                KEY,
                "contains loopback addresses: every request through a proxy or tunnel on this machine that \
                 trusted_proxies does not name comes from there",
            ));
        }
        if any(&|network| parsed(&BRIDGES).any(|bridge| overlap(network, &bridge))) {
            warnings.push((
                KEY,
                "contains addresses of container bridges (172.17.0.0/16, 172.18.0.0/16, 10.88.0.0/16, fd00::/64): in a \
                 container, requests from the internet can come from there",
            ));
        }
        if any(&|network| self.trusted_proxies.iter().any(|proxy| overlap(network, proxy))) {
            warnings.push((
                KEY,
                "contains addresses of trusted_proxies: a proxy in between that trusted_proxies does not name would open \
                 the registration to the internet. List the networks of the workplaces without the proxies",
            ));
        }
        warnings
    }

    fn is_local(&self) -> bool {
        let host = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        is_loopback_host(host.split('/').next().unwrap_or_default())
    }
}

fn parsed<'a>(networks: &'a [&'a str]) -> impl Iterator<Item = IpNet> + 'a {
    networks.iter().filter_map(|network| network.parse().ok())
}

fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{MINIMAL, load};

    #[test]
    fn allowed_networks_that_a_proxy_or_bridge_falls_into_are_warnings() {
        let reasons = |lines: &str| {
            let text = format!("trusted_proxies = [\"10.9.0.1/32\"]\n{MINIMAL}\n[registration]\n{lines}");
            let warnings = load(&text).unwrap().network_warnings();
            assert!(warnings.iter().all(|(key, _)| *key == KEY));
            let start = |text: &str| text.split(' ').take(4).collect::<Vec<_>>().join(" ");
            warnings.into_iter().map(|(_, reason)| start(reason)).collect::<Vec<_>>()
        };
        let (private, loopback) = ("contains a whole private", "contains loopback addresses: every");
        let (bridge, proxy) = ("contains addresses of container", "contains addresses of trusted_proxies:");
        for (networks, expected) in [
            ("[\"10.20.0.0/16\", \"2001:db8:20::/48\"]", vec![]),
            ("[]", vec!["empty: /registratie is closed"]),
            ("[\"127.0.0.1/32\"]", vec![loopback]),
            ("[\"::1/128\"]", vec![loopback]),
            ("[\"192.168.0.0/16\"]", vec![private]),
            ("[\"192.168.4.0/24\"]", vec![]),
            ("[\"172.17.4.0/24\"]", vec![bridge]),
            ("[\"10.9.0.0/24\"]", vec![proxy]),
            ("[\"10.0.0.0/8\"]", vec![private, bridge, proxy]),
            ("[\"0.0.0.0/0\"]", vec![private, loopback, bridge, proxy]),
            ("[\"::/0\"]", vec![private, loopback, bridge]),
        ] {
            assert_eq!(reasons(&format!("allowed_networks = {networks}")), expected, "{networks}");
        }
        assert_eq!(reasons("enabled = false"), [] as [&str; 0]);
        // The shipped default.
        assert_eq!(reasons(""), ["empty: /registratie is closed"]);
    }
}
