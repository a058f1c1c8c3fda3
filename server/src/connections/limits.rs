//! Limits and deadlines of a listener, from the settings and from the descriptors of the process.

use super::descriptors;
use super::registry::CLOSING;
use crate::config::{ConnectionsSettings, Settings};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;
use std::time::Duration;

/// How many connections a listener holds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// All clients together.
    pub total: usize,
    /// One client address: an IPv4 address or an IPv6 /64 network.
    pub per_address: usize,
    /// One IPv6 /48 network.
    pub per_network: usize,
    /// One of `own_networks`, in which many employees share an address.
    pub per_own_network: usize,
    /// The networks of the organisation.
    pub own_networks: Vec<IpNet>,
    /// The addresses that connect for many clients, so that only `total` applies.
    pub proxies: Vec<IpNet>,
}

/// A limit for some of the clients, with the label of its metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NetworkLimit {
    pub(super) network: IpNet,
    pub(super) max: usize,
    pub(super) reason: &'static str,
}

impl Limits {
    /// Returns the limits of the public listener and of the admin listener, if the process may open this many
    /// descriptors.
    pub fn from_settings(settings: &Settings, descriptors: u64) -> (Self, Self) {
        let connections = &settings.connections;
        let admin = connections.admin_max;
        let reserve = usize::try_from(descriptors::RESERVE).unwrap_or(usize::MAX);
        // A quarter at large limits: each connection may be a verification, which connects to directory and Entrust.
        let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
        let kept_back = reserve.max(descriptors / 4).saturating_add(admin).saturating_add(2 * CLOSING);
        let total = connections.max.min(descriptors.saturating_sub(kept_back)).max(ConnectionsSettings::MIN);
        let proxies = if settings.has_unnamed_proxy() {
            vec![Ipv4Net::default().into(), Ipv6Net::default().into()]
        } else {
            settings.trusted_proxies.clone()
        };
        // At most half, so that one client cannot displace all others.
        let share = (total / 2).max(1);
        let public = Self {
            total,
            per_address: connections.per_address.min(share),
            per_network: connections.per_network.min(share),
            per_own_network: share,
            own_networks: settings.limits.own_networks.clone(),
            proxies,
        };
        let share = (admin / 2).max(1);
        let admin = Self {
            total: admin,
            per_address: share,
            per_network: share,
            per_own_network: share,
            own_networks: Vec::new(),
            proxies: Vec::new(),
        };
        (public, admin)
    }

    /// Whether this address connects for many clients.
    pub(super) fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&peer))
    }

    /// Returns the limits for the networks of this client.
    pub(super) fn of(&self, peer: IpAddr) -> Vec<NetworkLimit> {
        if self.is_proxy(peer) {
            return Vec::new();
        }
        if let Some(&network) = self.own_networks.iter().find(|network| network.contains(&peer)) {
            return vec![NetworkLimit { network, max: self.per_own_network, reason: "address" }];
        }
        let prefix = |length: u8| IpNet::new(peer, length).map(|network| network.trunc()).ok();
        let lengths: &[(u8, usize, &'static str)] = match peer {
            IpAddr::V4(_) => &[(32, self.per_address, "address")],
            IpAddr::V6(_) => &[(64, self.per_address, "address"), (48, self.per_network, "network")],
        };
        let limit = |&(length, max, reason): &(u8, usize, &'static str)| {
            prefix(length).map(|network| NetworkLimit { network, max, reason })
        };
        lengths.iter().filter_map(limit).collect()
    }
}

/// Until when a client must have done what is expected of it.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// From the connection to its first byte; with TLS also from the handshake to the first request.
    pub first_byte: Duration,
    /// From the first byte to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the first byte of a request to the end of its headers.
    pub headers: Duration,
    /// From the end of the headers to the end of the body.
    pub body: Duration,
    /// Without the client reading anything of an answer.
    pub write_stall: Duration,
    /// From the start of an answer to its end.
    pub answer: Duration,
    /// From the end of an answer to the next request.
    pub idle: Duration,
    /// `idle` for connections of proxies.
    pub proxy_idle: Duration,
}

impl Deadlines {
    /// Returns the deadlines of the settings.
    pub fn from_settings(settings: &Settings) -> Self {
        let connections = &settings.connections;
        Self {
            first_byte: connections.first_byte,
            handshake: connections.handshake,
            headers: connections.headers,
            body: connections.body,
            write_stall: connections.write_stall,
            answer: connections.answer,
            idle: connections.idle,
            proxy_idle: connections.proxy_idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn settings(more: &str) -> Settings {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        let required = "public_url = \"http://localhost:8080\"\n[directory]\nurls = [\"ldaps://dc1\"]\nbind_dn = \"x\"\n\
             base_dn = \"x\"\nbind_password_file = \"x\"\n[entrust]\nurl = \"https://e\"\napplication_id = \"x\"\ndecoy_user = \"x\"\n\
             [store]\nkey_files = [\"x\"]\n";
        std::fs::write(&file, format!("{required}{more}")).unwrap();
        Settings::load(Path::new(&file)).unwrap()
    }

    #[test]
    fn total_derives_from_the_descriptors_and_leaves_a_reserve() {
        let settings = settings("[limits]\nown_networks = [\"192.0.2.0/24\"]\n");
        for (descriptors, total) in [(65_536, 2000), (1024, 736), (160, 64), (100, 16), (0, 16)] {
            let (public, admin) = Limits::from_settings(&settings, descriptors);
            assert_eq!((public.total, admin.total, admin.per_address), (total, 16, 8), "{descriptors}");
            assert!(public.per_address <= total / 2 && public.per_own_network == total / 2);
        }
    }
}
