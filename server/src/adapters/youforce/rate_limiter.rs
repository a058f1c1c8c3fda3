//! Client-side rate limit for the API, and back-off when the API asks for it.

use crate::ports::clock::Clock;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Longest back-off; if HR asks for more, the next scheduled run tries again.
const MAX_BACK_OFF: SignedDuration = SignedDuration::from_mins(5);

/// Allows a limited number of calls per minute.
pub(super) struct RateLimiter {
    clock: Arc<dyn Clock>,
    max_calls: usize,
    /// The times of the calls in the last minute.
    recent: Mutex<VecDeque<Timestamp>>,
}

impl RateLimiter {
    pub(super) fn new(calls_per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let max_calls = usize::try_from(calls_per_minute).unwrap_or(usize::MAX).max(1);
        Self { clock, max_calls, recent: Mutex::default() }
    }

    /// Waits until the limit allows a call, and counts it.
    pub(super) async fn acquire(&self) {
        while let Some(wait_until) = self.reserve(self.clock.now()) {
            self.clock.wait_until(wait_until).await;
        }
    }

    /// Counts a call and returns `None`, or returns the time at which the limit allows one.
    fn reserve(&self, now: Timestamp) -> Option<Timestamp> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        // A time in the future means that the clock was set back; it is dropped so that no call waits for it.
        recent.retain(|call| (SignedDuration::ZERO..MINUTE).contains(&now.duration_since(*call)));
        if recent.len() < self.max_calls {
            recent.push_back(now);
            return None;
        }
        recent.front().map(|oldest| *oldest + MINUTE)
    }

    /// Waits as long as `Retry-After` (seconds or a date) says; one minute if it is absent or invalid.
    pub(super) async fn back_off(&self, retry_after: Option<&str>) {
        let now = self.clock.now();
        let wait = retry_after.map_or(MINUTE, |text| back_off_duration(text, now));
        self.clock.wait_until(now + wait).await;
    }
}

fn back_off_duration(text: &str, now: Timestamp) -> SignedDuration {
    let seconds = text.trim().parse::<u32>().ok().map(|seconds| SignedDuration::from_secs(seconds.into()));
    let until = || rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok();
    let wait = seconds.or_else(|| Some(until()?.duration_since(now))).unwrap_or(MINUTE);
    wait.clamp(SignedDuration::from_secs(1), MAX_BACK_OFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::ManualClock;

    const NOON: Timestamp = Timestamp::constant(1_795_348_800, 0);

    #[tokio::test]
    async fn calls_in_any_minute_stay_within_the_limit() {
        let clock = Arc::new(ManualClock::at(NOON));
        let rate_limiter = RateLimiter::new(3, Arc::clone(&clock) as _);
        let mut calls = Vec::new();
        for _ in 0..10 {
            rate_limiter.acquire().await;
            calls.push(clock.now());
            clock.advance(SignedDuration::from_secs(7));
        }
        for four in calls.windows(4) {
            assert!(four[3].duration_since(four[0]) >= MINUTE, "{calls:?}");
        }
        assert_eq!(
            calls[2].duration_since(calls[0]),
            SignedDuration::from_secs(14),
            "no call waits without need"
        );
    }

    #[test]
    fn retry_after_is_parsed_and_bounded() {
        let seconds = |text| back_off_duration(text, NOON).as_secs();
        assert_eq!(seconds("17"), 17);
        assert_eq!(seconds("Sun, 22 Nov 2026 12:00:30 GMT"), 30);
        assert_eq!(seconds("0"), 1);
        assert_eq!(seconds("Sun, 22 Nov 2020 12:00:30 GMT"), 1);
        assert_eq!(seconds("86400"), 300);
        for odd in ["", "soon", "-3", "99999999999999999999"] {
            assert_eq!(seconds(odd), 60, "{odd}");
        }
    }
}
