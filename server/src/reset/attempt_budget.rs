//! The hidden budget of wrong codes of an account: who may have how many codes verified by the code provider.
//!
//! | client | budget of its own (`limits.account_failures`) | stops at consecutive failures | provider must still allow |
//! |---|---|---|---|
//! | stranger | yes | 60 | more than `limits.entrust_reserve` |
//! | own network | yes | 80 | one fewer |
//! | known device of the owner | yes | 99 | one fewer |
//!
//! A stranger who knows the birthdate can spend the first row only, so that the owner gets in from an own network or from
//! a known device. The consecutive failures do not decay: they end with a verified code, or with an operator
//! ([`RateLimiter::clear_failures`]). Fewer than 100 are allowed by NIST SP 800-63B, section 5.2.2.
//!
//! Decoys are counted under a stand-in, so that every class makes the same calls to the store.

use super::ClientContext;
use super::failure::store_unavailable;
use super::rate_limit::{CODE_WINDOW, Permit, RateLimiter};
use super::state::Subject;
use crate::ports::directory::AccountId;
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision};
use crate::ports::store::StoreError;
use app::api::refusal::Refusal;
use app::domain::username::Username;
use jiff::Timestamp;
use std::time::Duration;

/// Longer than any account exists: consecutive failures do not decay.
const WITHOUT_DECAY: Duration = Duration::from_hours(100 * 365 * 24);
/// A code is verified within 20 + 6 s. A turn held by a crashed request expires, its slice included, before the claim
/// on the session (30 s).
const TURN: Limit = Limit { max: 1, window: Duration::from_secs(27) };
const ONCE: Limit = Limit { max: 1, window: CODE_WINDOW };

/// For whom attempts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountedFor {
    Account(AccountId),
    /// A decoy, at the same cost as for an account.
    StandIn(AccountId),
}

impl CountedFor {
    pub(super) fn id(self) -> AccountId {
        match self {
            Self::Account(id) | Self::StandIn(id) => id,
        }
    }

    /// Consecutive failures of decoys must not fill the store.
    fn window(self) -> Duration {
        match self {
            Self::Account(_) => WITHOUT_DECAY,
            Self::StandIn(_) => Duration::from_hours(24),
        }
    }
}

/// How well the client of an attempt is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Stranger,
    OwnNetwork,
    KnownDevice,
}

impl Origin {
    /// The counter in the store. The first name is older than the others.
    fn counter(self) -> &'static str {
        match self {
            Self::Stranger => "account failures",
            Self::OwnNetwork => "own network failures",
            Self::KnownDevice => "device failures",
        }
    }

    /// Consecutive failures after which no code is verified for it. The steps leave a share to those who are more
    /// likely the owner; a known device stops below 100.
    fn max_consecutive(self) -> u32 {
        match self {
            Self::Stranger => 60,
            Self::OwnNetwork => 80,
            Self::KnownDevice => 99,
        }
    }
}

/// A counted attempt. It stays counted unless it is settled otherwise.
#[derive(Debug)]
pub(super) struct AttemptPermit {
    account: AccountId,
    counted: [(LimitKey, Limit); 2],
    code: LimitKey,
    is_code_marked: bool,
    at: Timestamp,
}

impl RateLimiter {
    /// For whom the attempts of a session are counted.
    pub(super) fn counted_for(&self, subject: Subject, username: &Username) -> CountedFor {
        match subject {
            Subject::Known(account) => CountedFor::Account(account),
            Subject::Decoy(_) => {
                let LimitKey(bytes) = self.key("stand-in", &[username.folded().as_bytes()]);
                CountedFor::StandIn(AccountId(uuid::Uuid::from_bytes(bytes)))
            }
        }
    }

    fn origin(&self, client: &ClientContext, account: AccountId) -> Origin {
        if client.device == Some(account) {
            Origin::KnownDevice
        } else if self.config.own_networks.iter().any(|network| network.contains(&client.address)) {
            Origin::OwnNetwork
        } else {
            Origin::Stranger
        }
    }

    /// Whether the code provider still allows enough failures for one more attempt of this client. A lockout at the
    /// provider lasts until an administrator ends it, so the last attempts are kept for those who are more likely the
    /// owner.
    pub(super) fn is_above_reserve(
        &self,
        client: &ClientContext,
        account: AccountId,
        attempts_left: u32,
    ) -> bool {
        let reserve = match self.origin(client, account) {
            Origin::Stranger => self.config.code_reserve,
            Origin::OwnNetwork | Origin::KnownDevice => self.config.code_reserve.saturating_sub(1),
        };
        attempts_left > reserve
    }

    /// Takes one attempt to verify a code; `None`, and nothing is counted, if the budget is spent.
    pub(super) async fn take_attempt(
        &self,
        client: &ClientContext,
        counted_for: CountedFor,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<AttemptPermit>, Refusal> {
        let account = counted_for.id();
        let origin = self.origin(client, account);
        let id = account.0.as_bytes();
        let consecutive = Limit { max: origin.max_consecutive(), window: counted_for.window() };
        let permit = AttemptPermit {
            account,
            counted: [
                (self.key(origin.counter(), &[id]), self.config.account_failures),
                (self.consecutive_key(account), consecutive),
            ],
            code: self.key("code", &[id, code.as_bytes()]),
            is_code_marked: false,
            at: now,
        };
        let decision = self.store.take(&permit.counted, now).await;
        Ok(match decision.map_err(|error| store_unavailable(&error))? {
            RateLimitDecision::Granted { .. } => Some(permit),
            RateLimitDecision::Exhausted { .. } => None,
        })
    }

    /// Marks the code of an attempt as used; `false` if it was used before. To be called just before the code is
    /// verified: a request that crashes before then does not use the code up.
    pub(super) async fn mark_code_used(&self, permit: &mut AttemptPermit) -> Result<bool, Refusal> {
        permit.is_code_marked = self.take_one(permit.code.clone(), ONCE, permit.at).await?.is_some();
        Ok(permit.is_code_marked)
    }

    /// Undoes [`RateLimiter::mark_code_used`]. The mark of an earlier request remains.
    async fn unmark_code(&self, permit: &AttemptPermit) {
        if permit.is_code_marked {
            self.release_one(&permit.code, ONCE, permit.at).await;
        }
    }

    /// Whether the client has no attempt left for this account. Counts nothing.
    pub(super) async fn is_budget_spent(
        &self,
        client: &ClientContext,
        counted_for: CountedFor,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let account = counted_for.id();
        let origin = self.origin(client, account);
        let consecutive = Limit { max: origin.max_consecutive(), window: counted_for.window() };
        let budget = (self.key(origin.counter(), &[account.0.as_bytes()]), self.config.account_failures);
        for (key, limit) in [budget, (self.consecutive_key(account), consecutive)] {
            let counted = self.store.count(&key, limit, now).await;
            if limit.max > 0 && counted.map_err(|error| store_unavailable(&error))? >= limit.max {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The code was right: the attempt was no failure, and the consecutive failures end.
    pub(super) async fn attempt_succeeded(&self, permit: &AttemptPermit) {
        let [(budget, limit), _] = &permit.counted;
        self.release_one(budget, *limit, permit.at).await;
        // A failure leaves the count too high, which is the safe side; the next right code clears it.
        if let Err(error) = self.clear_failures(permit.account).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "store unavailable: rate limit not released"
            );
        }
    }

    /// The provider was not called: nothing counts.
    pub(super) async fn attempt_not_made(&self, permit: &AttemptPermit) {
        for (key, limit) in &permit.counted {
            self.release_one(key, *limit, permit.at).await;
        }
        self.unmark_code(permit).await;
    }

    /// The provider did not answer; the code can be tried again. It may have counted a failure: the attempt stays
    /// counted, unless the provider reports its count, which then protects the owner.
    pub(super) async fn attempt_unanswered(&self, permit: &AttemptPermit, provider_reports_attempts: bool) {
        if provider_reports_attempts {
            return self.attempt_not_made(permit).await;
        }
        self.unmark_code(permit).await;
    }

    /// Ends the consecutive failures of an account: a code was right, or an operator decided it.
    pub async fn clear_failures(&self, account: AccountId) -> Result<(), StoreError> {
        self.store.clear(&self.consecutive_key(account)).await
    }

    fn consecutive_key(&self, account: AccountId) -> LimitKey {
        self.key("consecutive failures", &[account.0.as_bytes()])
    }

    /// Takes the account's turn to be verified; `None` if another request has it. A turn held by a crashed request
    /// expires.
    pub(super) async fn lock_verification(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<Permit>, Refusal> {
        let turn = Permit(self.key("turn", &[account.0.as_bytes()]), TURN, now);
        Ok(self.take_one(turn.0.clone(), TURN, now).await?.map(|_| turn))
    }
}
