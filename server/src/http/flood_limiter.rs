//! Rejects floods of requests in memory, before the store or another system does any work.
//!
//! It limits requests per address and per wider network with GCRA (a bucket of `max` requests that refills evenly
//! within the window). Memory is bounded by construction: a network is hashed to one of 65,536 buckets with a random
//! key, so an attacker with millions of addresses cannot grow the tables, and cannot choose whose bucket to share.
//! These limits are far above those of [`rate_limit`](crate::reset::rate_limit), which the store counts.

use crate::http::{AppState, client_ip, refuse};
use crate::ports::rate_limits::Limit;
use crate::reset::rate_limit::RefusalLog;
use app::api::refusal::Refusal;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;
use jiff::Timestamp;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

/// The number of a bucket. Its type bounds the tables.
type Bucket = u16;

/// Prefix lengths of IPv4 and the multiple of the limit that they allow.
const IPV4_LEVELS: [(u8, u32); 2] = [(32, 1), (24, 4)];
/// The same for IPv6. A provider has one or a few /32, so that level only stops an attacker who uses all of it.
const IPV6_LEVELS: [(u8, u32); 3] = [(64, 1), (48, 4), (32, 32)];
/// An address of an own network stands for a whole building: 200 people who load pages and poll.
const OWN_NETWORK_FACTOR: u32 = 20;

/// Decides on requests by their address.
pub struct FloodLimiter<C: Clock = DefaultClock, S = RandomState> {
    own_networks: Vec<IpNet>,
    own: Option<Level<C>>,
    ipv4: Vec<Level<C>>,
    ipv6: Vec<Level<C>>,
    hasher: S,
    refusals: RefusalLog,
}

/// The table of one prefix length.
struct Level<C: Clock> {
    prefix: u8,
    buckets: RateLimiter<Bucket, HashMapStateStore<Bucket>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
}

impl FloodLimiter {
    /// Allows `limit` per address, and a multiple of it per wider network and per address of an own network. A limit of
    /// 0 allows everything.
    pub fn new(limit: Limit, own_networks: Vec<IpNet>) -> Self {
        Self::with(limit, own_networks, &DefaultClock::default(), RandomState::new())
    }
}

impl<C: Clock + Clone, S: BuildHasher> FloodLimiter<C, S> {
    fn with(limit: Limit, own_networks: Vec<IpNet>, clock: &C, hasher: S) -> Self {
        let levels = |levels: &[(u8, u32)]| {
            levels.iter().filter_map(|(prefix, factor)| Level::new(*prefix, limit, *factor, clock)).collect()
        };
        Self {
            own_networks,
            own: Level::new(128, limit, OWN_NETWORK_FACTOR, clock),
            ipv4: levels(&IPV4_LEVELS),
            ipv6: levels(&IPV6_LEVELS),
            hasher,
            refusals: RefusalLog::default(),
        }
    }

    /// Counts a request from this address. The error is the time until the next request is allowed.
    pub fn check(&self, address: IpAddr) -> Result<(), Duration> {
        let is_own = self.own_networks.iter().any(|network| network.contains(&address));
        let levels: &[Level<C>] = match address {
            _ if is_own => self.own.as_slice(),
            IpAddr::V4(_) => &self.ipv4,
            IpAddr::V6(_) => &self.ipv6,
        };
        // The narrowest network first: what it rejects does not count against the neighbours.
        levels.iter().try_for_each(|level| level.check(address, &self.hasher))
    }
}

impl<C: Clock + Clone> Level<C> {
    fn new(prefix: u8, limit: Limit, factor: u32, clock: &C) -> Option<Self> {
        let burst = NonZeroU32::new(limit.max.saturating_mul(factor))?;
        let period = limit.window.checked_div(burst.get()).filter(|period| !period.is_zero())?;
        let quota = Quota::with_period(period)?.allow_burst(burst);
        let buckets = RateLimiter::hashmap_with_clock(quota, clock.clone());
        Some(Self { prefix, buckets, clock: clock.clone() })
    }

    fn check(&self, address: IpAddr, hasher: &impl BuildHasher) -> Result<(), Duration> {
        let network = network_bits(address, self.prefix);
        let [.., high, low] = hasher.hash_one((self.prefix, network)).to_be_bytes();
        let checked = self.buckets.check_key(&Bucket::from_be_bytes([high, low]));
        checked.map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

/// The first bits of an address, shifted right so that equal networks have equal numbers.
fn network_bits(address: IpAddr, prefix: u8) -> u128 {
    let (bits, length) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128_u32),
    };
    bits >> length.saturating_sub(u32::from(prefix))
}

impl FloodLimiter {
    /// The response to a rejected request, counted but not logged one by one.
    fn reject(&self, path: &str, wait: Duration, now: Timestamp) -> Response {
        metrics::counter!("reset_limited_total", "call" => "request", "limit" => "flood").increment(1);
        if let Some(refused) = self.refusals.note("flood", now) {
            tracing::warn!(refused, "flood of requests from one address or network rejected");
        }
        // Rounded up: a client that returns at that time is not rejected again.
        let retry_after = wait.as_secs() + 1;
        if path == "/api" || path.starts_with("/api/") {
            return refuse(&Refusal::TooMany { retry_after });
        }
        let headers = [(header::RETRY_AFTER, HeaderValue::from(retry_after))];
        (StatusCode::TOO_MANY_REQUESTS, headers, "too many requests\n").into_response()
    }
}

/// Middleware of the API and of the addresses whose answer costs work. It reads no body and contacts no system.
pub(super) async fn reject_floods(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let client = client_ip::client(peer.ip(), request.headers(), &state.trusted_proxies);
    match state.flood_limiter.check(client.address) {
        Ok(()) => next.run(request).await,
        Err(wait) => state.flood_limiter.reject(request.uri().path(), wait, state.health.now()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use std::hash::{BuildHasherDefault, DefaultHasher};

    /// Without a random key, so that no two networks of a test share a bucket by chance.
    type TestLimiter = FloodLimiter<FakeRelativeClock, BuildHasherDefault<DefaultHasher>>;

    fn limiter(max: u32, clock: &FakeRelativeClock) -> TestLimiter {
        let limit = Limit { max, window: Duration::from_mins(1) };
        FloodLimiter::with(
            limit,
            vec!["198.51.100.0/24".parse().unwrap()],
            clock,
            BuildHasherDefault::default(),
        )
    }

    fn allowed(limiter: &TestLimiter, addresses: &[IpAddr], requests: usize) -> usize {
        addresses.iter().cycle().take(requests).filter(|address| limiter.check(**address).is_ok()).count()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn address_is_allowed_a_burst_that_refills() {
        let clock = FakeRelativeClock::default();
        let limiter = limiter(60, &clock);
        let one = [address("192.0.2.1")];
        assert_eq!(allowed(&limiter, &one, 1000), 60);
        assert_eq!(limiter.check(one[0]), Err(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(10));
        assert_eq!(allowed(&limiter, &one, 1000), 10);
        clock.advance(Duration::from_mins(10));
        assert_eq!(allowed(&limiter, &one, 1000), 60);
    }

    #[test]
    fn rejected_requests_do_not_count_against_the_neighbours() {
        let limiter = limiter(60, &FakeRelativeClock::default());
        assert_eq!(allowed(&limiter, &[address("2001:db8:1:1::1")], 100_000), 60);
        assert_eq!(allowed(&limiter, &[address("2001:db8:1:1:ffff::2")], 10), 0, "the same /64");
        assert_eq!(allowed(&limiter, &[address("2001:db8:1:2::1")], 60), 60, "the same /48");
    }

    #[test]
    fn owner_of_a_large_network_is_limited_and_grows_no_table() {
        let limiter = limiter(60, &FakeRelativeClock::default());
        let addresses: Vec<IpAddr> = (0..200_000_u128)
            .map(|network| IpAddr::from(((0x2001_0db8_u128 << 96) | (network << 64)).to_be_bytes()))
            .collect();
        assert_eq!(allowed(&limiter, &addresses, addresses.len()), 60 * 4 * 4, "four /48");
        let spread: Vec<IpAddr> = (0..200_000_u128)
            .map(|network| IpAddr::from(((0x2001_0db9_u128 << 96) | (network << 76)).to_be_bytes()))
            .collect();
        assert_eq!(allowed(&limiter, &spread, spread.len()), 60 * 32, "one /32");
        for level in &limiter.ipv6 {
            assert!(level.buckets.len() <= 1 << Bucket::BITS, "{}", level.buckets.len());
        }
        // It shares a bucket with a few of the attacker's 200,000 networks.
        assert_eq!(allowed(&limiter, &[address("2001:dba::1")], 40), 40, "another provider");
    }

    #[test]
    fn building_behind_one_own_address_is_not_limited() {
        let limiter = limiter(600, &FakeRelativeClock::default());
        // 200 people who load the page and complete a reset within the same second, with 20 requests each.
        assert_eq!(allowed(&limiter, &[address("198.51.100.7")], 200 * 20), 200 * 20);
    }

    #[test]
    fn zero_allows_everything() {
        let limiter = limiter(0, &FakeRelativeClock::default());
        assert_eq!(allowed(&limiter, &[address("192.0.2.1"), address("198.51.100.7")], 10_000), 10_000);
    }
}
