//! Which limits a call of the API counts against.
//!
//! | call | limits |
//! |---|---|
//! | starts a session (`identify`, sign-in) | address and networks, and a share of the global limit |
//! | step of an open session | address, and the session |
//! | no open session | address and networks |
//!
//! Only starts count against the global limit, because only a start leads to work in other systems; a flood of other
//! calls cannot exhaust it. An unknown session cookie is no session. The kind of a call depends on its cookies and its
//! address, never on the name.

use super::shares::Shares;
use super::{RateLimiter, SESSION_WINDOW};
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision};
use crate::ports::sessions::SessionId;
use crate::reset::ClientContext;
use crate::reset::failure::store_unavailable;
use app::api::refusal::Refusal;
use ipnet::IpNet;
use std::net::IpAddr;

/// A limit that a call counts against; the label names it in metrics and log.
struct Counted {
    label: &'static str,
    key: LimitKey,
    limit: Limit,
}

/// Prefix lengths and the multiple of `limits.per_address` that they allow, for IPv4: an address, and the /24 that an
/// attacker can rent at a hosting company.
const IPV4_PREFIXES: [(u8, u32); 2] = [(32, 1), (24, 8)];
/// The same for IPv6: a /64 is one customer, but providers also give a customer a /56 or a /48. A mobile provider has
/// thousands of customers in one /48, hence the multiples.
const IPV6_PREFIXES: [(u8, u32); 3] = [(64, 1), (56, 4), (48, 8)];

impl RateLimiter {
    /// Counts a call that starts a session. Own networks and known devices have reserves of their own in the global
    /// limit; after those they use the general share, like everyone.
    pub(crate) async fn count_start(
        &self,
        client: &ClientContext,
        call: &'static str,
    ) -> Result<(), Refusal> {
        let shares = self.shares();
        let general = self.global("general", shares.general);
        if let Some(network) = self.own_network_of(client) {
            let mut reserved = vec![self.own_network(network)];
            reserved.extend(self.own_network_reserve(&network.to_string()));
            return self.take_first(call, &reserved, &[self.own_network(network), general]).await;
        }
        let mut as_stranger = self.address_and_networks(client.address);
        as_stranger.push(general);
        match (self.device(client), shares.devices) {
            // The device counts instead of the address: an attacker behind the same address cannot exclude it.
            (Some(device), Some(reserve)) => {
                let reserved = [device, self.global("devices", reserve)];
                self.take_first(call, &reserved, &as_stranger).await
            }
            (Some(_) | None, _) => self.take_or_refuse(call, &as_stranger).await,
        }
    }

    /// Counts a sign-in of the registration. Only clients in `registration.allowed_networks` reach it, so it uses the
    /// reserve of the own networks, also from a network that is not in `limits.own_networks`.
    pub(crate) async fn count_sign_in_call(
        &self,
        client: &ClientContext,
        call: &'static str,
    ) -> Result<(), Refusal> {
        if self.own_network_of(client).is_some() {
            return self.count_start(client, call).await;
        }
        let mut reserved = vec![self.address(client.address)];
        reserved.extend(self.own_network_reserve("registration"));
        let general = [self.address(client.address), self.global("general", self.shares().general)];
        self.take_first(call, &reserved, &general).await
    }

    /// Counts any other call: a step of the session that the client has open, or a call without one.
    pub(crate) async fn count_step(
        &self,
        client: &ClientContext,
        open: Option<&SessionId>,
        call: &'static str,
    ) -> Result<(), Refusal> {
        let mut wanted = match (self.own_network_of(client), open) {
            (Some(network), _) => vec![self.own_network(network)],
            (None, Some(_)) => vec![self.address(client.address)],
            (None, None) => self.address_and_networks(client.address),
        };
        wanted.extend(open.map(|id| self.session(id)));
        self.take_or_refuse(call, &wanted).await
    }

    /// Takes the reserved limits, or else the general ones.
    async fn take_first(
        &self,
        call: &'static str,
        reserved: &[Counted],
        general: &[Counted],
    ) -> Result<(), Refusal> {
        match self.take_all(reserved).await? {
            RateLimitDecision::Granted { .. } => Ok(()),
            RateLimitDecision::Exhausted { .. } => self.take_or_refuse(call, general).await,
        }
    }

    async fn take_or_refuse(&self, call: &'static str, wanted: &[Counted]) -> Result<(), Refusal> {
        match self.take_all(wanted).await? {
            RateLimitDecision::Granted { .. } => Ok(()),
            RateLimitDecision::Exhausted { retry_after } => {
                self.report(call, self.exhausted_of(wanted).await);
                Err(Refusal::TooMany { retry_after: retry_after.as_secs().max(1) })
            }
        }
    }

    async fn take_all(&self, wanted: &[Counted]) -> Result<RateLimitDecision, Refusal> {
        let pairs: Vec<_> = wanted.iter().map(|counted| (counted.key.clone(), counted.limit)).collect();
        self.store.take(&pairs, self.now()).await.map_err(|error| store_unavailable(&error))
    }

    /// The label of the limit that is exhausted: read afterwards, because the store decides on all at once.
    async fn exhausted_of(&self, wanted: &[Counted]) -> &'static str {
        for counted in wanted.iter().filter(|counted| counted.limit.max > 0) {
            let count = self.store.count(&counted.key, counted.limit, self.now()).await;
            if count.is_ok_and(|count| count >= counted.limit.max) {
                return counted.label;
            }
        }
        "unknown"
    }

    /// Counts a refusal, and logs the first one per limit in a minute: an attacker must not fill the log.
    pub(crate) fn report(&self, call: &'static str, limit: &'static str) {
        metrics::counter!("reset_limited_total", "call" => call, "limit" => limit).increment(1);
        if let Some(refused) = self.refusals.note(limit, self.now()) {
            tracing::info!(call, limit, refused, "rate limit reached");
        }
    }

    fn shares(&self) -> Shares {
        Shares::of(self.config.global)
    }

    fn own_network_of(&self, client: &ClientContext) -> Option<&IpNet> {
        self.config.own_networks.iter().find(|network| network.contains(&client.address))
    }

    fn own_network(&self, network: &IpNet) -> Counted {
        let key = self.key("own network", &[network.to_string().as_bytes()]);
        Counted { label: "own network", key, limit: self.config.per_own_network }
    }

    /// The reserve of the own networks, and the part of it that one of several networks can use.
    fn own_network_reserve(&self, network: &str) -> Vec<Counted> {
        let Some(reserve) = self.shares().own_networks else {
            return vec![self.global("general", self.shares().general)];
        };
        let mut counted = vec![self.global("own networks", reserve)];
        if self.config.own_networks.len() > 1 {
            let key = self.key("global own network", &[network.as_bytes()]);
            let part = Limit { max: (reserve.max / 2).max(1), ..reserve };
            counted.push(Counted { label: "global", key, limit: part });
        }
        counted
    }

    fn device(&self, client: &ClientContext) -> Option<Counted> {
        let account = client.device?;
        let key = self.key("device", &[account.0.as_bytes()]);
        Some(Counted { label: "device", key, limit: self.config.per_device })
    }

    fn session(&self, id: &SessionId) -> Counted {
        let limit = Limit { max: self.config.calls_per_session, window: SESSION_WINDOW };
        Counted { label: "session", key: self.key("calls", &[&*id.0]), limit }
    }

    fn global(&self, share: &str, limit: Limit) -> Counted {
        Counted { label: "global", key: self.key("global share", &[share.as_bytes()]), limit }
    }

    fn address(&self, address: IpAddr) -> Counted {
        let (length, _) = if address.is_ipv4() { IPV4_PREFIXES[0] } else { IPV6_PREFIXES[0] };
        self.prefix("address", address, length, 1)
    }

    fn address_and_networks(&self, address: IpAddr) -> Vec<Counted> {
        let prefixes: &[(u8, u32)] = if address.is_ipv4() { &IPV4_PREFIXES } else { &IPV6_PREFIXES };
        let counted = |(index, (length, factor)): (usize, &(u8, u32))| {
            self.prefix(if index == 0 { "address" } else { "network" }, address, *length, *factor)
        };
        prefixes.iter().enumerate().map(counted).collect()
    }

    fn prefix(&self, label: &'static str, address: IpAddr, length: u8, factor: u32) -> Counted {
        let per_address = self.config.per_address;
        let limit = Limit { max: per_address.max.saturating_mul(factor), ..per_address };
        let key = self.key("address", &[prefix(address, length).to_string().as_bytes()]);
        Counted { label, key, limit }
    }
}

/// The addresses of one customer: an IPv4 address, or an IPv6 /64.
pub(crate) fn customer_network(address: IpAddr) -> IpNet {
    let (length, _) = if address.is_ipv4() { IPV4_PREFIXES[0] } else { IPV6_PREFIXES[0] };
    prefix(address, length)
}

/// The network of this length that contains the address.
fn prefix(address: IpAddr, length: u8) -> IpNet {
    IpNet::new(address, length).map_or_else(|_| address.into(), |network| network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_counted_as_one() {
        let one: IpAddr = "2001:db8:1:2:3::4".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:ffff::1".parse().unwrap();
        let (length, _) = IPV6_PREFIXES[0];
        assert_eq!(prefix(one, length), prefix(other, length));
        let ipv4 = |text: &str| prefix(text.parse().unwrap(), IPV4_PREFIXES[0].0);
        assert_ne!(ipv4("192.0.2.1"), ipv4("192.0.2.2"));
    }

    #[test]
    fn wider_networks_allow_more_than_narrower_ones() {
        for prefixes in [&IPV4_PREFIXES[..], &IPV6_PREFIXES[..]] {
            assert!(prefixes.is_sorted_by(|one, next| one.0 > next.0 && one.1 < next.1), "{prefixes:?}");
        }
    }
}
