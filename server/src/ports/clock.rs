//! Port: the current time. Only services read the clock; functions below them take the time as an argument.

use async_trait::async_trait;
use jiff::Timestamp;

/// A clock that can be waited on.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
    /// Returns at that time, or at once if it has passed.
    async fn wait_until(&self, time: Timestamp);
}
