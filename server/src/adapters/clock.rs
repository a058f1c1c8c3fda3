//! The system clock, the only implementation of [`Clock`] outside tests.

use crate::ports::clock::Clock;
use async_trait::async_trait;
use jiff::Timestamp;

/// The system clock.
#[derive(Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn wait_until(&self, deadline: Timestamp) {
        let wait = deadline.duration_since(self.now());
        if let Ok(wait) = std::time::Duration::try_from(wait) {
            tokio::time::sleep(wait).await;
        }
    }
}
