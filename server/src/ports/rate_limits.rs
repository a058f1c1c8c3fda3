//! Port: atomic counters for rate limits, shared by all processes that use the same store. What is limited is
//! decided in `reset::rate_limit`.

use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// A rate limit: at most `max` events within any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Maximum number of events; 0 disables the limit.
    pub max: u32,
    /// Length of the window.
    pub window: Duration,
}

/// What is counted, as a keyed digest: the store holds no names and no addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LimitKey(pub [u8; 16]);

/// What is left if no limit is on: clients show the number, so that it must be one that people read.
pub const LEFT_WITHOUT_LIMIT: u32 = 99;

/// Result of [`RateLimits::take`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimitDecision {
    /// The event was counted against every limit.
    Granted {
        /// The smallest number of events that any of the limits still allows; [`LEFT_WITHOUT_LIMIT`] if none of them is on.
        left: u32,
    },
    /// At least one limit is exhausted; nothing was counted.
    Exhausted {
        /// Time until the exhausted limit allows an event again.
        retry_after: Duration,
    },
}

/// The store of counters.
#[async_trait]
pub trait RateLimits: Send + Sync {
    /// Counts one event against each of the limits, or against none of them if one is exhausted.
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError>;

    /// Returns how many events were counted within the window of the limit; a store that counts in slices may
    /// include events that are up to a tenth of it older.
    async fn count(&self, key: &LimitKey, limit: Limit, now: Timestamp) -> Result<u32, StoreError>;

    /// Removes the event that was counted at `taken_at` and turned out not to count.
    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError>;

    /// Removes every event that was counted for this key, whatever its limit.
    async fn clear(&self, key: &LimitKey) -> Result<(), StoreError>;
}
