//! Atomic counters, shared by all who use the same store. Not the decision what is limited: that is
//! `reset::limits`.

use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// At most so many within any window of this length; 0 switches it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The most.
    pub most: u32,
    /// The window's length.
    pub window: Duration,
}

/// What is counted, as a keyed digest: a store holds no names and no addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LimitKey(pub [u8; 16]);

/// What came of taking one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimitDecision {
    /// Counted.
    Granted {
        /// How many more there are of the scarcest.
        left: u32,
    },
    /// Nothing was counted: there is none left of at least one.
    Exhausted {
        /// After this there is one again.
        retry_after: Duration,
    },
}

/// The store of counters.
#[async_trait]
pub trait RateLimits: Send + Sync {
    /// Takes one of each, or none at all.
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError>;

    /// Gives back what was taken at `taken_at` and turned out not to count.
    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError>;
}
