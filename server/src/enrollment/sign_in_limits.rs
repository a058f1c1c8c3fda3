//! Limits of the sign-in, counted before any lookup and equally for known and unknown names.
//!
//! | limit | counts | protects against |
//! |---|---|---|
//! | `per_name_and_address` | one name from one address | guesses; a stranger elsewhere does not use up the owner's |
//! | `per_name` | one name from all addresses | guesses from many addresses |
//! | `per_address` | all names from one address | one password tried with many names |
//! | `total` | all sign-ins | the same from many addresses |
//!
//! If one of them is exhausted, a browser in which the account owner completed a reset has attempts of its own, so that
//! others cannot keep the owner out. A correct sign-in does not count. The directory's lockout threshold has a margin of
//! its own, see `Directory::sign_in`.

use crate::crypto::{Keyring, Purpose};
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::reset::ClientContext;
use crate::reset::failure::store_unavailable;
use crate::reset::rate_limit::customer_network;
use app::api::refusal::Refusal;
use app::domain::username::Username;
use jiff::Timestamp;
use std::error::Error;
use std::sync::Arc;

/// The limits of the sign-in.
#[derive(Debug, Clone, Copy)]
pub struct SignInLimits {
    /// Sign-ins with one name from one address (IPv6: one /64).
    pub per_name_and_address: Limit,
    /// Sign-ins with one name from all addresses.
    pub per_name: Limit,
    /// Sign-ins with any name from one address.
    pub per_address: Limit,
    /// All sign-ins.
    pub total: Limit,
}

/// The names of the limits in metrics and log: the keys of the settings.
const PER_NAME_AND_ADDRESS: &str = "sign_ins";
const PER_NAME: &str = "sign_ins_per_name";
const PER_ADDRESS: &str = "sign_ins_per_address";
const TOTAL: &str = "sign_ins_total";

/// A refused sign-in.
pub(crate) struct Exhausted {
    /// The exhausted limit, for metrics and log.
    pub(crate) limit: &'static str,
    /// The answer, which names no limit.
    pub(crate) refusal: Refusal,
}

/// A limit, and its name in metrics and log.
type Named = (&'static str, LimitKey, Limit);

/// A counted sign-in, which [`SignInLimiter::release`] can undo.
pub(crate) struct Permit {
    counted: Vec<(LimitKey, Limit)>,
    at: Timestamp,
    /// How many sign-ins are left.
    pub(crate) left: u32,
}

/// Counts sign-ins.
pub(crate) struct SignInLimiter {
    store: Arc<dyn RateLimits>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    limits: SignInLimits,
}

impl SignInLimiter {
    /// Counters are stored under digests made with `keys`.
    pub(crate) fn new(
        store: Arc<dyn RateLimits>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        limits: SignInLimits,
    ) -> Self {
        Self { store, keys, clock, limits }
    }

    /// Counts a sign-in. The inner error is the exhausted limit.
    pub(crate) async fn count(
        &self,
        client: &ClientContext,
        name: &Username,
    ) -> Result<Result<Permit, Exhausted>, Refusal> {
        let (name, address) = (name.folded(), customer_network(client.address).to_string());
        let SignInLimits { per_name_and_address, per_name, per_address, total } = self.limits;
        self.take(vec![
            (
                PER_NAME_AND_ADDRESS,
                self.key("sign-in name address", &[name.as_bytes(), address.as_bytes()]),
                per_name_and_address,
            ),
            (PER_NAME, self.key("sign-in name", &[name.as_bytes()]), per_name),
            (PER_ADDRESS, self.key("sign-in address", &[address.as_bytes()]), per_address),
            (TOTAL, self.key("sign-ins", &[]), total),
        ])
        .await
    }

    /// Counts a sign-in of an account in a browser that its owner used, for which the limits of strangers are
    /// exhausted.
    pub(crate) async fn count_own_device(
        &self,
        account: AccountId,
    ) -> Result<Result<Permit, Exhausted>, Refusal> {
        let key = self.key("sign-in own device", &[account.0.as_bytes()]);
        self.take(vec![(PER_NAME_AND_ADDRESS, key, self.limits.per_name_and_address)]).await
    }

    async fn take(&self, wanted: Vec<Named>) -> Result<Result<Permit, Exhausted>, Refusal> {
        let at = self.clock.now();
        let counted: Vec<_> = wanted.iter().map(|(_, key, limit)| (key.clone(), *limit)).collect();
        let decision = self.store.take(&counted, at).await.map_err(|error| store_unavailable(&error))?;
        Ok(match decision {
            RateLimitDecision::Granted { left } => Ok(Permit { counted, at, left }),
            RateLimitDecision::Exhausted { retry_after } => Err(Exhausted {
                limit: self.exhausted_of(&wanted).await,
                refusal: Refusal::TooMany { retry_after: retry_after.as_secs().max(1) },
            }),
        })
    }

    /// The name of the limit that is exhausted: read afterwards, because the store decides on all at once.
    async fn exhausted_of(&self, wanted: &[Named]) -> &'static str {
        for (name, key, limit) in wanted.iter().filter(|(_, _, limit)| limit.max > 0) {
            let count = self.store.count(key, *limit, self.clock.now()).await;
            if count.is_ok_and(|count| count >= limit.max) {
                return name;
            }
        }
        "unknown"
    }

    /// Undoes a counted sign-in: the password was right, or it could not be verified.
    pub(crate) async fn release(&self, permit: Permit) {
        for (key, limit) in permit.counted {
            // A use that cannot be undone stays counted, which is the safe side.
            if let Err(error) = self.store.release(&key, limit, permit.at).await {
                tracing::warn!(error = &error as &dyn Error, "store unavailable: rate limit not released");
            }
        }
    }

    fn key(&self, what: &str, parts: &[&[u8]]) -> LimitKey {
        let parts: Vec<&[u8]> = std::iter::once(what.as_bytes()).chain(parts.iter().copied()).collect();
        let digest = self.keys.digest(Purpose::Limit, &parts);
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        LimitKey(key)
    }
}
