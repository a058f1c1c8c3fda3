//! How fast the API is called: so many calls in any minute, and a rest where it asks for one. Not the calls.

use crate::ports::clock::Clock;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// The longest rest that is granted; HR that wants a longer one is asked again another time.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(5);

/// Lets calls through one by one.
pub(super) struct Pace {
    clock: Arc<dyn Clock>,
    most: usize,
    /// When the calls of the last minute were.
    recent: Mutex<VecDeque<Timestamp>>,
}

impl Pace {
    pub(super) fn new(calls_per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let most = usize::try_from(calls_per_minute).unwrap_or(usize::MAX).max(1);
        Self { clock, most, recent: Mutex::default() }
    }

    /// Returns when there is room for a call, and counts it.
    pub(super) async fn turn(&self) {
        while let Some(wait_until) = self.take(self.clock.now()) {
            self.clock.wait_until(wait_until).await;
        }
    }

    /// Takes a place, or says when there will be one.
    fn take(&self, now: Timestamp) -> Option<Timestamp> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        // One in the future means that the clock was set back: nobody waits for that.
        recent.retain(|call| (SignedDuration::ZERO..MINUTE).contains(&now.duration_since(*call)));
        if recent.len() < self.most {
            recent.push_back(now);
            return None;
        }
        recent.front().map(|oldest| *oldest + MINUTE)
    }

    /// Rests as long as the answer asks (`Retry-After`, in seconds or as a date), a minute where it does not say.
    pub(super) async fn rest(&self, retry_after: Option<&str>) {
        let now = self.clock.now();
        let wait = retry_after.map_or(MINUTE, |text| rest_of(text, now));
        self.clock.wait_until(now + wait).await;
    }
}

fn rest_of(text: &str, now: Timestamp) -> SignedDuration {
    let seconds = text.trim().parse::<u32>().ok().map(|seconds| SignedDuration::from_secs(seconds.into()));
    let until = || rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok();
    let wait = seconds.or_else(|| Some(until()?.duration_since(now))).unwrap_or(MINUTE);
    wait.clamp(SignedDuration::from_secs(1), LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::ManualClock;

    const NOON: Timestamp = Timestamp::constant(1_795_348_800, 0);

    #[tokio::test]
    async fn no_minute_sees_more_calls_than_allowed() {
        let clock = Arc::new(ManualClock::at(NOON));
        let pace = Pace::new(3, Arc::clone(&clock) as _);
        let mut calls = Vec::new();
        for _ in 0..10 {
            pace.turn().await;
            calls.push(clock.now());
            clock.advance(SignedDuration::from_secs(7));
        }
        for four in calls.windows(4) {
            assert!(four[3].duration_since(four[0]) >= MINUTE, "{calls:?}");
        }
        assert_eq!(
            calls[2].duration_since(calls[0]),
            SignedDuration::from_secs(14),
            "nobody waits for nothing"
        );
    }

    #[test]
    fn a_rest_is_read_and_bounded() {
        let seconds = |text| rest_of(text, NOON).as_secs();
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
