//! Warns of `allowed_networks` that would open the registration or the service desk to more people than intended.

use super::{Settings, is_loopback_host};
use ipnet::IpNet;

const REGISTRATION: &str = "registration.allowed_networks";
const SERVICE_DESK: &str = "service_desk.allowed_networks";
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
        let mut warnings = Vec::new();
        if registration.enabled && registration.allowed_networks.is_empty() {
            warnings.push((
                REGISTRATION,
                "empty: /registratie is closed for everyone. List the networks of the workplaces, or set \
                 registration.enabled = false",
            ));
        } else if registration.enabled {
            warnings
                .extend(self.too_wide(&registration.allowed_networks).map(|reason| (REGISTRATION, reason)));
        }
        let desk = self.too_wide(&self.service_desk.allowed_networks);
        warnings.extend(desk.map(|reason| (SERVICE_DESK, reason)));
        warnings
    }

    /// The reasons why other clients than those of workplaces may be in these networks.
    fn too_wide<'a>(&'a self, networks: &'a [IpNet]) -> impl Iterator<Item = &'static str> + 'a {
        let any = |matches: &dyn Fn(&IpNet) -> bool| networks.iter().any(matches);
        let has_private = any(&|network| parsed(&PRIVATE).any(|private| network.contains(&private)));
        // On a developer's machine, everything has a loopback address.
        let has_loopback =
            !self.is_local() && any(&|network| parsed(&LOOPBACK).any(|loopback| overlap(network, &loopback)));
        let has_bridge = any(&|network| parsed(&BRIDGES).any(|bridge| overlap(network, &bridge)));
        let has_proxy = any(&|network| self.trusted_proxies.iter().any(|proxy| overlap(network, proxy)));
        let reasons = [
            (
                has_private,
                "contains a whole private range: guest networks, balancers, container bridges and tunnels have addresses \
                 there too. List the networks of the workplaces only",
            ),
            (
                has_loopback,
                "contains loopback addresses: every request through a proxy or tunnel on this machine that \
                 trusted_proxies does not name comes from there",
            ),
            (
                has_bridge,
                "contains addresses of container bridges (172.17.0.0/16, 172.18.0.0/16, 10.88.0.0/16, fd00::/64): in a \
                 container, requests from the internet can come from there",
            ),
            (
                has_proxy,
                "contains addresses of trusted_proxies: a proxy in between that trusted_proxies does not name would open \
                 the page to the internet. List the networks of the workplaces without the proxies",
            ),
        ];
        reasons.into_iter().filter(|(is_so, _)| *is_so).map(|(_, reason)| reason)
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

    fn warnings(lines: &str) -> Vec<(&'static str, String)> {
        let text = format!("trusted_proxies = [\"10.9.0.1/32\"]\n{MINIMAL}\n{lines}");
        let start = |text: &str| text.split(' ').take(4).collect::<Vec<_>>().join(" ");
        let warnings = load(&text).unwrap().network_warnings();
        warnings.into_iter().map(|(key, reason)| (key, start(reason))).collect()
    }

    #[test]
    fn allowed_networks_that_a_proxy_or_bridge_falls_into_are_warnings() {
        let (private, loopback) = ("contains a whole private", "contains loopback addresses: every");
        let (bridge, proxy) = ("contains addresses of container", "contains addresses of trusted_proxies:");
        for (networks, expected) in [
            ("[\"10.20.0.0/16\", \"2001:db8:20::/48\"]", vec![]),
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
            let of = |key| expected.iter().map(|reason| (key, (*reason).to_owned())).collect::<Vec<_>>();
            let line = format!("allowed_networks = {networks}");
            assert_eq!(warnings(&format!("[registration]\n{line}")), of(REGISTRATION), "{networks}");
            let only_desk = format!("[registration]\nenabled = false\n[service_desk]\n{line}");
            assert_eq!(warnings(&only_desk), of(SERVICE_DESK), "{networks}");
        }
    }

    #[test]
    fn registration_without_networks_is_a_warning_and_a_service_desk_without_them_is_off() {
        let closed = [(REGISTRATION, "empty: /registratie is closed".to_owned())];
        assert_eq!(warnings("[registration]\nallowed_networks = []"), closed);
        assert_eq!(warnings("[registration]\nenabled = false"), []);
        // The shipped default.
        assert_eq!(warnings(""), closed);
    }
}
