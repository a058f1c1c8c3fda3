//! What is limited, a named method each. The counting itself is the store's.
//!
//! Everything is counted before any look-up, and equally for known and unknown names. There is no
//! visible limit per account: a stranger could use it against the owner. The account's budget is
//! hidden and gates the last call to the code service only.

use super::{ClientContext, ResetService};
use crate::crypto::{Purpose, hex};
use crate::ports::directory::AccountId;
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision};
use crate::ports::sessions::SessionId;
use app::api::refusal::Refusal;
use app::domain::code::Code;
use app::domain::username::Username;
use ipnet::IpNet;
use jiff::Timestamp;
use std::net::IpAddr;
use std::time::Duration;

/// The limits in force.
#[derive(Debug, Clone)]
pub struct RateLimitConfig {
    /// Calls from one address (IPv6: one /64).
    pub per_address: Limit,
    /// The organisation's own way out to the internet: many people behind one address.
    pub own_networks: Vec<IpNet>,
    /// Calls from one of those.
    pub per_own_network: Limit,
    /// Codes judged in one visit.
    pub codes_per_visit: u32,
    /// Passwords judged in one visit.
    pub passwords_per_visit: u32,
    /// Calls from everybody together; strangers get half.
    pub global: Limit,
    /// Wrong codes for one account.
    pub account_failures: Limit,
    /// Failures that the code service must still allow before one more is risked.
    pub code_reserve: u32,
}

/// One of an account's budget, or its turn, taken.
pub(crate) struct Permit(LimitKey, Limit, Timestamp);

/// Longer than any visit.
const VISIT_WINDOW: Duration = Duration::from_hours(2);
/// A soft token's codes are accepted ten steps of 30 s to either side.
const CODE_WINDOW: Duration = Duration::from_mins(15);

impl ResetService {
    /// Counts a call, whatever it asks and of whom.
    pub(crate) async fn count_call(&self, caller: &ClientContext, call: &'static str) -> Result<(), Refusal> {
        let terms = &self.terms.limits;
        let own = terms.own_networks.iter().find(|network| network.contains(&caller.address));
        let global = (self.key("global", &[]), terms.global);
        let wanted = match own {
            Some(network) => vec![
                (self.key("own network", &[network.to_string().as_bytes()]), terms.per_own_network),
                global,
            ],
            None if caller.device.is_some() => vec![self.of_address(caller), global],
            None => vec![
                self.of_address(caller),
                (self.key("global strangers", &[]), Limit { most: terms.global.most / 2, ..terms.global }),
                global,
            ],
        };
        let taken =
            self.parts.limits.take(&wanted, self.now()).await.map_err(|error| Self::store_away(&error))?;
        match taken {
            RateLimitDecision::Granted { .. } => Ok(()),
            RateLimitDecision::Exhausted { retry_after } => {
                metrics::counter!("reset_limited_total", "call" => call).increment(1);
                tracing::info!(call, "a limit is reached");
                Err(Refusal::TooMany { retry_after: retry_after.as_secs().max(1) })
            }
        }
    }

    fn of_address(&self, caller: &ClientContext) -> (LimitKey, Limit) {
        (self.key("address", &[prefix(caller.address).to_string().as_bytes()]), self.terms.limits.per_address)
    }

    /// Counts a code of a visit: how many attempts are left, or `None` when there are no more.
    pub(crate) async fn count_code(&self, id: &SessionId, now: Timestamp) -> Result<Option<u32>, Refusal> {
        let limit = Limit { most: self.terms.limits.codes_per_visit, window: VISIT_WINDOW };
        self.take_one(self.key("codes", &[&*id.0]), limit, now).await
    }

    /// Gives back a code that could not be judged.
    pub(crate) async fn uncount_code(&self, id: &SessionId, taken_at: Timestamp) {
        let limit = Limit { most: self.terms.limits.codes_per_visit, window: VISIT_WINDOW };
        self.release_one(&self.key("codes", &[&*id.0]), limit, taken_at).await;
    }

    /// Counts a password of a visit.
    pub(super) async fn count_password(&self, id: &SessionId) -> Result<(), Refusal> {
        let limit = Limit { most: self.terms.limits.passwords_per_visit, window: VISIT_WINDOW };
        match self.take_one(self.key("passwords", &[&*id.0]), limit, self.now()).await? {
            Some(_) => Ok(()),
            None => Err(Refusal::TooMany { retry_after: VISIT_WINDOW.as_secs() }),
        }
    }

    /// Takes one of the account's hidden budget of wrong codes, if there is one. The owner's own
    /// browser has one more: a stranger who used the budget up has not shut the owner out.
    pub(super) async fn spend_budget(
        &self,
        caller: &ClientContext,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<Permit>, Refusal> {
        let limit = self.terms.limits.account_failures;
        let common = Permit(self.key("account failures", &[account.0.as_bytes()]), limit, now);
        if self.take_one(common.0.clone(), limit, now).await?.is_some() {
            return Ok(Some(common));
        }
        if caller.device != Some(account) {
            return Ok(None);
        }
        let one_more = Limit { most: 1, ..limit };
        let own = Permit(self.key("device failures", &[account.0.as_bytes()]), one_more, now);
        Ok(self.take_one(own.0.clone(), one_more, now).await?.map(|_| own))
    }

    /// Puts back one of the budget, because the code was right, or a turn that has ended.
    pub(crate) async fn release(&self, spent: Permit) {
        self.release_one(&spent.0, spent.1, spent.2).await;
    }

    /// Takes the account's turn to be judged, if nobody has it. It ends by itself when a crash kept it.
    pub(super) async fn take_turn(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<Permit>, Refusal> {
        let turn = Permit(self.key("turn", &[account.0.as_bytes()]), TURN, now);
        Ok(self.take_one(turn.0.clone(), TURN, now).await?.map(|_| turn))
    }

    /// Counts a code that is sent to an account's owner; whether one more may be.
    pub(super) async fn count_sending(&self, account: AccountId, now: Timestamp) -> Result<bool, Refusal> {
        let key = self.key("sendings", &[account.0.as_bytes()]);
        Ok(self.take_one(key, SENDINGS, now).await?.is_some())
    }

    /// Counts a sign-in with a name, whoever that is: what puts it back and how many are left, or after how long
    /// there is another one.
    pub(crate) async fn count_sign_in(
        &self,
        name: &Username,
        limit: Limit,
    ) -> Result<Result<(Permit, u32), Refusal>, Refusal> {
        let now = self.now();
        let key = self.key("sign-ins", &[name.folded().as_bytes()]);
        let taken = self.parts.limits.take(&[(key.clone(), limit)], now).await;
        Ok(match taken.map_err(|error| Self::store_away(&error))? {
            RateLimitDecision::Granted { left } => Ok((Permit(key, limit, now), left)),
            RateLimitDecision::Exhausted { retry_after } => {
                Err(Refusal::TooMany { retry_after: retry_after.as_secs().max(1) })
            }
        })
    }

    /// Counts an SMS that confirms a number of an account; whether one more may go.
    pub(crate) async fn count_confirmation(&self, account: AccountId) -> Result<bool, Refusal> {
        let key = self.key("confirmations", &[account.0.as_bytes()]);
        Ok(self.take_one(key, SENDINGS, self.now()).await?.is_some())
    }

    /// Counts a look at how an app stands: a page that waits looks often.
    pub(crate) async fn count_look(&self, session: &SessionId) -> Result<(), Refusal> {
        match self.take_one(self.key("looks", &[&*session.0]), LOOKS, self.now()).await? {
            Some(_) => Ok(()),
            None => Err(Refusal::TooMany { retry_after: 60 }),
        }
    }

    /// Marks a code of an account as used; whether it was new.
    pub(super) async fn use_code(
        &self,
        account: AccountId,
        code: &Code,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        Ok(self.take_one(self.code_key(account, code), ONCE, now).await?.is_some())
    }

    /// The code was never judged: it can be used again.
    pub(super) async fn unuse_code(&self, account: AccountId, code: &Code, taken_at: Timestamp) {
        self.release_one(&self.code_key(account, code), ONCE, taken_at).await;
    }

    fn code_key(&self, account: AccountId, code: &Code) -> LimitKey {
        self.key("code", &[account.0.as_bytes(), code.expose().as_bytes()])
    }

    async fn take_one(&self, key: LimitKey, limit: Limit, now: Timestamp) -> Result<Option<u32>, Refusal> {
        match self.parts.limits.take(&[(key, limit)], now).await.map_err(|error| Self::store_away(&error))? {
            RateLimitDecision::Granted { left } => Ok(Some(left)),
            RateLimitDecision::Exhausted { .. } => Ok(None),
        }
    }

    // What cannot be given back stays counted: the safe side.
    async fn release_one(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) {
        if let Err(error) = self.parts.limits.release(key, limit, taken_at).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a count could not be given back");
        }
    }

    fn key(&self, what: &str, parts: &[&[u8]]) -> LimitKey {
        let parts: Vec<&[u8]> = std::iter::once(what.as_bytes()).chain(parts.iter().copied()).collect();
        let digest = self.parts.keys.digest(Purpose::Limit, &parts);
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        LimitKey(key)
    }
}

/// A code is verified within 20 + 6 s. A turn that a crash kept has ended, its slice included, before the
/// claim on the visit (30 s): whoever may go on then has it.
const TURN: Limit = Limit { most: 1, window: Duration::from_secs(27) };
/// A phone that rings all day is an attack of its own.
const SENDINGS: Limit = Limit { most: 10, window: Duration::from_hours(24) };
/// Every five seconds for as long as a session lasts.
const LOOKS: Limit = Limit { most: 720, window: VISIT_WINDOW };
const ONCE: Limit = Limit { most: 1, window: CODE_WINDOW };

/// One customer's share of addresses: an IPv4 address, or an IPv6 /64.
fn prefix(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 32 } else { 64 };
    IpNet::new(address, length).map_or_else(|_| address.into(), |network| network.trunc())
}

/// The network that the audit trail names: IPv4 /24, IPv6 /48.
pub(super) fn network(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).map_or_else(|_| hex(&[]), |network| network.trunc().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_counted_as_one() {
        let one: IpAddr = "2001:db8:1:2:3::4".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:ffff::1".parse().unwrap();
        assert_eq!(prefix(one), prefix(other));
        assert_ne!(prefix("192.0.2.1".parse().unwrap()), prefix("192.0.2.2".parse().unwrap()));
    }

    #[test]
    fn the_trail_names_networks_not_addresses() {
        assert_eq!(network("192.0.2.77".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::3".parse().unwrap()), "2001:db8:1::/48");
    }
}
