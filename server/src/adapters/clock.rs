//! The system clock, the only implementation of [`Clock`] outside tests, and its difference from other clocks.

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

/// Other systems report whole seconds, and their answer takes time: smaller differences count as none.
const MIN_OFFSET_SECONDS: i64 = 2;

/// Reports the time that another system has sent: how many seconds its clock is ahead of ours, or behind (negative).
pub(super) fn report_time_of(source: &'static str, time: Timestamp) {
    // A gauge holds any difference of two timestamps in seconds exactly.
    #[expect(clippy::cast_precision_loss, reason = "less than 2^52 seconds")]
    metrics::gauge!("clock_offset_seconds", "source" => source).set(offset(time, SystemClock.now()) as f64);
}

/// Rounded, so that it does not show when the last answer came: that would reveal which calls a request has caused.
fn offset(there: Timestamp, here: Timestamp) -> i64 {
    let difference = there.as_second() - here.as_second();
    if difference.abs() < MIN_OFFSET_SECONDS { 0 } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_below_two_seconds_count_as_none() {
        let here = Timestamp::constant(1_800_000_000, 500_000_000);
        for (there, expected) in [(0, 0), (1, 0), (-1, 0), (2, 2), (-2, -2), (3600, 3600)] {
            let there = Timestamp::constant(1_800_000_000, 0) + jiff::SignedDuration::from_secs(there);
            assert_eq!(offset(there, here), expected);
        }
    }
}
