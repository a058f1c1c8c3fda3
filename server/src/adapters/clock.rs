//! The machine's clock.

use crate::ports::clock::Clock;
use async_trait::async_trait;
use jiff::Timestamp;

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn wait_until(&self, moment: Timestamp) {
        let wait = moment.duration_since(self.now());
        if let Ok(wait) = std::time::Duration::try_from(wait) {
            tokio::time::sleep(wait).await;
        }
    }
}
