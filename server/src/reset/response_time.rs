//! The minimum response time: results of a verification leave at multiples of it, so that timing reveals nothing.

use crate::ports::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Delays the results of verifications.
pub(crate) struct ResponseTimer {
    clock: Arc<dyn Clock>,
    min_response_time: SignedDuration,
}

impl ResponseTimer {
    /// Zero switches the delay off.
    pub(crate) fn new(clock: Arc<dyn Clock>, min_response_time: SignedDuration) -> Self {
        Self { clock, min_response_time }
    }

    /// Waits until the next multiple of the minimum response time after `arrived`.
    pub(crate) async fn wait(&self, arrived: Timestamp) {
        self.clock.wait_until(self.release_after(arrived, SignedDuration::ZERO)).await;
    }

    /// When a result may leave whose last call may still take `allowance`: a multiple of the minimum response time, the
    /// same whether and however long that call is made.
    pub(super) fn release_after(&self, arrived: Timestamp, allowance: SignedDuration) -> Timestamp {
        release_time(arrived, self.clock.now() + allowance, self.min_response_time)
    }

    /// Waits until a time from [`ResponseTimer::release_after`].
    pub(super) async fn wait_until(&self, release: Timestamp) {
        self.clock.wait_until(release).await;
    }
}

/// The first multiple of `min_response_time` after `arrived` that is not before `now`.
fn release_time(arrived: Timestamp, now: Timestamp, min_response_time: SignedDuration) -> Timestamp {
    if !min_response_time.is_positive() {
        return now;
    }
    let elapsed = now.duration_since(arrived).as_millis().max(0);
    let unit = min_response_time.as_millis().max(1);
    let multiples = elapsed.div_euclid(unit) + i128::from(elapsed % unit != 0);
    let wait = i64::try_from(multiples.max(1) * unit).unwrap_or(i64::MAX);
    arrived.checked_add(SignedDuration::from_millis(wait)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_leave_at_multiples_of_the_minimum_response_time() {
        let arrived = Timestamp::UNIX_EPOCH;
        let ms = SignedDuration::from_millis;
        for (elapsed, leaves) in [(0, 1500), (1, 1500), (1500, 1500), (1501, 3000), (3001, 4500)] {
            assert_eq!(
                release_time(arrived, arrived + ms(elapsed), ms(1500)),
                arrived + ms(leaves),
                "{elapsed}"
            );
        }
        assert_eq!(release_time(arrived, arrived + ms(7), ms(0)), arrived + ms(7));
    }
}
