//! The time. Only the workflow asks; everything below takes time as an argument.

use async_trait::async_trait;
use jiff::Timestamp;

/// A clock that can be waited on.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Returns at that moment, or at once when it has passed.
    async fn wait_until(&self, moment: Timestamp);
}
