//! The system clock, the only implementation of [`Clock`] outside tests, and its difference from other clocks.

use crate::ports::clock::Clock;
use crate::telemetry::clock_offset;
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

/// Reports the time that another system has just sent.
pub(super) fn report_time_of(source: &'static str, time: Timestamp) {
    clock_offset::report(source, time, SystemClock.now());
}
