//! How much time a verification leaves for `complete`, the call that only a right birthdate causes. Every class waits for
//! it, so that its duration is visible in no answer.
//!
//! The allowance follows what every class can cause alike: the calls that open a challenge. Completes raise it only if
//! several of the recent ones were slow. One account has a few attempts a day, so a guess cannot raise it to
//! read the result from the answer to another request. A complete without an answer changes nothing.

use jiff::SignedDuration;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Durations that are kept of each kind.
const KEPT: usize = 50;
/// Completes that may have been slower than the allowance. More than the attempts that strangers have on one account in
/// a day.
const SLOWER: usize = 5;
/// At least this: one call may be delayed although the two before it were not.
const MIN_ALLOWANCE: SignedDuration = SignedDuration::from_secs(1);
/// At most this: the longest timeout of a call (`entrust.timeout`).
const MAX_ALLOWANCE: SignedDuration = SignedDuration::from_secs(6);

/// The durations of recent calls to the code provider.
#[derive(Debug, Default)]
pub(super) struct CompleteTime(Mutex<Durations>);

#[derive(Debug, Default)]
struct Durations {
    opened: VecDeque<SignedDuration>,
    completed: VecDeque<SignedDuration>,
}

impl CompleteTime {
    /// A challenge was opened, for whatever subject.
    pub(super) fn record_opened(&self, duration: SignedDuration) {
        keep(&mut self.durations().opened, duration);
    }

    /// A code was verified, right or wrong.
    pub(super) fn record_completed(&self, duration: SignedDuration) {
        keep(&mut self.durations().completed, duration);
    }

    /// How long a complete may take that starts now. `opened` is the duration of the two calls before it; a complete is
    /// one call.
    pub(super) fn allowance(&self, opened: SignedDuration) -> SignedDuration {
        let durations = self.durations();
        let usual = nth_longest(&durations.opened, SLOWER).max(opened);
        let completed = nth_longest(&durations.completed, SLOWER);
        usual.max(completed + completed / 4).clamp(MIN_ALLOWANCE, MAX_ALLOWANCE)
    }

    fn durations(&self) -> std::sync::MutexGuard<'_, Durations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(durations: &mut VecDeque<SignedDuration>, duration: SignedDuration) {
    if durations.len() == KEPT {
        durations.pop_front();
    }
    durations.push_back(duration);
}

/// The duration that `slower` others exceed; zero if there are not so many.
fn nth_longest(durations: &VecDeque<SignedDuration>, slower: usize) -> SignedDuration {
    let mut sorted: Vec<_> = durations.iter().copied().collect();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    sorted.get(slower).copied().unwrap_or(SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(i64) -> SignedDuration = SignedDuration::from_millis;

    #[test]
    fn without_measurements_a_complete_may_take_as_long_as_the_two_calls_before_it() {
        let time = CompleteTime::default();
        assert_eq!(time.allowance(MS(1200)), MS(1200));
        assert_eq!(time.allowance(MS(3)), MIN_ALLOWANCE);
        assert_eq!(time.allowance(MS(60_000)), MAX_ALLOWANCE);
    }

    #[test]
    fn attempts_on_one_account_do_not_change_the_allowance_and_general_slowness_does() {
        let time = CompleteTime::default();
        for _ in 0..KEPT {
            time.record_completed(MS(800));
        }
        for _ in 0..SLOWER {
            time.record_completed(MS(4000));
            assert_eq!(time.allowance(MS(0)), MS(1000));
        }
        time.record_completed(MS(4000));
        assert_eq!(time.allowance(MS(0)), MS(5000));
        for _ in 0..KEPT {
            time.record_completed(MS(800));
        }
        assert_eq!(time.allowance(MS(0)), MS(1000), "old durations are forgotten");
    }
}
