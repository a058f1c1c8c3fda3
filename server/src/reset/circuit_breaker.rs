//! Knows when an outside part is away, so that the first screen can say so. It does not repeat calls.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// So many failures in a row, and the part counts as away.
const FAILURES: u32 = 3;
/// For so long; then the next call tells.
const AWAY: SignedDuration = SignedDuration::from_secs(10);

/// One part's breaker.
#[derive(Debug, Default)]
pub struct CircuitBreaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    away_until: Option<Timestamp>,
}

impl CircuitBreaker {
    /// A call was answered, or was not.
    pub fn note(&self, answered: bool, now: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *state = State::default();
        } else {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= FAILURES {
                state.away_until = Some(now + AWAY);
            }
        }
    }

    /// Whether the part is away, and for how many seconds it will not be asked.
    pub fn away(&self, now: Timestamp) -> Option<u64> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = state.away_until?.duration_since(now);
        left.is_positive().then(|| u64::try_from(left.as_secs()).unwrap_or(0).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_three_failures_in_a_row_and_closes_with_the_first_answer() {
        let breaker = CircuitBreaker::default();
        let now = Timestamp::UNIX_EPOCH;
        breaker.note(false, now);
        breaker.note(false, now);
        breaker.note(true, now);
        breaker.note(false, now);
        breaker.note(false, now);
        assert_eq!(breaker.away(now), None);
        breaker.note(false, now);
        assert_eq!(breaker.away(now), Some(10));
        assert_eq!(breaker.away(now + AWAY), None);
        breaker.note(false, now + AWAY);
        assert_eq!(breaker.away(now + AWAY), Some(10), "one more failure opens it again");
        breaker.note(true, now + AWAY);
        assert_eq!(breaker.away(now + AWAY), None);
    }
}
