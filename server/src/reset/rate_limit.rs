//! Rate limits, one named method per limited action.
//!
//! Calls are counted before any lookup, and equally for known and unknown names (`calls`). There is no visible limit per
//! account, because a stranger could use it against the owner: the budget of an account is hidden
//! (`attempt_budget`).

mod calls;
mod refusal_log;
mod shares;

pub(crate) use calls::customer_network;

use super::ClientContext;
use super::failure::store_unavailable;
use crate::crypto::{Keyring, Purpose};
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::ports::sessions::SessionId;
use app::api::refusal::Refusal;
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
pub(crate) use refusal_log::RefusalLog;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The limits in force.
#[derive(Debug, Clone)]
pub struct RateLimitConfig {
    /// Calls from one address (IPv6: one /64). Wider networks allow a multiple of it.
    pub per_address: Limit,
    /// The organisation's own networks: many people behind one address.
    pub own_networks: Vec<IpNet>,
    /// Calls from one of those networks.
    pub per_own_network: Limit,
    /// Codes verified in one session.
    pub codes_per_session: u32,
    /// Passwords evaluated in one session.
    pub passwords_per_session: u32,
    /// Sessions started from one known device, before it is counted like any other client.
    pub per_device: Limit,
    /// How long a device stays known after its last proof.
    pub device_lifetime: SignedDuration,
    /// Calls in one session.
    pub calls_per_session: u32,
    /// All started sessions together: half for everyone, and a quarter each for own networks and known devices.
    pub global: Limit,
    /// Wrong codes for one account.
    pub account_failures: Limit,
    /// Failures that the code provider must still allow before it is called.
    pub code_reserve: u32,
}

/// One counted use of a limit, which [`RateLimiter::release`] can undo.
pub(crate) struct Permit(pub(super) LimitKey, pub(super) Limit, pub(super) Timestamp);

/// Longer than any session.
const SESSION_WINDOW: Duration = Duration::from_hours(2);
/// A soft token's codes are accepted ten steps of 30 s to either side.
pub(super) const CODE_WINDOW: Duration = Duration::from_mins(15);

/// Counts limited actions.
pub struct RateLimiter {
    pub(super) store: Arc<dyn RateLimits>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    pub(super) config: RateLimitConfig,
    refusals: RefusalLog,
}

impl RateLimiter {
    /// Counters are stored under digests made with `keys`.
    pub fn new(
        store: Arc<dyn RateLimits>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        config: RateLimitConfig,
    ) -> Self {
        Self { store, keys, clock, config, refusals: RefusalLog::default() }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Counts a code of a session. Returns how many attempts are left, `None` if there was none.
    pub(crate) async fn count_code(&self, id: &SessionId, now: Timestamp) -> Result<Option<u32>, Refusal> {
        let limit = Limit { max: self.config.codes_per_session, window: SESSION_WINDOW };
        self.take_one(self.key("codes", &[&*id.0]), limit, now).await
    }

    /// Undoes [`RateLimiter::count_code`] for a code that could not be verified.
    pub(crate) async fn release_code(&self, id: &SessionId, taken_at: Timestamp) {
        let limit = Limit { max: self.config.codes_per_session, window: SESSION_WINDOW };
        self.release_one(&self.key("codes", &[&*id.0]), limit, taken_at).await;
    }

    /// Counts a password of a session.
    pub(super) async fn count_password(&self, id: &SessionId) -> Result<(), Refusal> {
        let limit = Limit { max: self.config.passwords_per_session, window: SESSION_WINDOW };
        match self.take_one(self.key("passwords", &[&*id.0]), limit, self.now()).await? {
            Some(_) => Ok(()),
            None => Err(Refusal::TooMany { retry_after: SESSION_WINDOW.as_secs() }),
        }
    }

    /// Undoes a counted use, e.g. because the turn has ended.
    pub(crate) async fn release(&self, permit: Permit) {
        self.release_one(&permit.0, permit.1, permit.2).await;
    }

    /// Counts a code that is sent to the account owner; `false` if no more may be sent.
    pub(super) async fn count_sent_code(&self, account: AccountId, now: Timestamp) -> Result<bool, Refusal> {
        let key = self.key("sendings", &[account.0.as_bytes()]);
        Ok(self.take_one(key, SENT_CODES, now).await?.is_some())
    }

    /// Counts an SMS that confirms a number of an account; `false` if no more may be sent.
    pub(crate) async fn count_confirmation(&self, account: AccountId) -> Result<bool, Refusal> {
        let key = self.key("confirmations", &[account.0.as_bytes()]);
        Ok(self.take_one(key, SENT_CODES, self.now()).await?.is_some())
    }

    /// Counts a request for the page of a link in a notice, with a limit of its own: a client that used up the limit of the
    /// calls must not keep an owner from freezing the account.
    pub(crate) async fn count_link_request(&self, client: &ClientContext) -> Result<(), Refusal> {
        let key = self.key("link requests", &[customer_network(client.address).to_string().as_bytes()]);
        match self.take_one(key, LINK_REQUESTS, self.now()).await? {
            Some(_) => Ok(()),
            None => Err(Refusal::TooMany { retry_after: LINK_REQUESTS.window.as_secs() }),
        }
    }

    /// Counts a query for the state of the app: a waiting page polls often.
    pub(crate) async fn count_poll(&self, session: &SessionId) -> Result<(), Refusal> {
        match self.take_one(self.key("looks", &[&*session.0]), POLLS, self.now()).await? {
            Some(_) => Ok(()),
            None => Err(Refusal::TooMany { retry_after: 60 }),
        }
    }

    pub(super) async fn take_one(
        &self,
        key: LimitKey,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Option<u32>, Refusal> {
        match self.store.take(&[(key, limit)], now).await.map_err(|error| store_unavailable(&error))? {
            RateLimitDecision::Granted { left } => Ok(Some(left)),
            RateLimitDecision::Exhausted { .. } => Ok(None),
        }
    }

    // A use that cannot be undone stays counted, which is the safe side.
    pub(super) async fn release_one(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) {
        if let Err(error) = self.store.release(key, limit, taken_at).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "store unavailable: rate limit not released"
            );
        }
    }

    pub(super) fn key(&self, what: &str, parts: &[&[u8]]) -> LimitKey {
        let parts: Vec<&[u8]> = std::iter::once(what.as_bytes()).chain(parts.iter().copied()).collect();
        let digest = self.keys.digest(Purpose::Limit, &parts);
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        LimitKey(key)
    }
}

/// Sending codes all day is an attack of its own.
const SENT_CODES: Limit = Limit { max: 10, window: Duration::from_hours(24) };
/// Every five seconds during the longest session.
const POLLS: Limit = Limit { max: 720, window: SESSION_WINDOW };
/// Many employees may share an address; a link cannot be guessed, so the limit only protects the store.
const LINK_REQUESTS: Limit = Limit { max: 300, window: Duration::from_mins(10) };

/// The network that the audit log contains: IPv4 /24, IPv6 /48.
pub(crate) fn network(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).map_or_else(|_| String::new(), |network| network.trunc().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_log_contains_networks_not_addresses() {
        assert_eq!(network("192.0.2.77".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::3".parse().unwrap()), "2001:db8:1::/48");
    }
}
