//! A circuit breaker per backend: it reports a backend as unavailable, so that the first screen can say so. It blocks
//! no calls.

use jiff::{SignedDuration, Timestamp};
use metrics::Gauge;
use std::sync::{Mutex, PoisonError};

/// Consecutive failures that open the breaker.
const FAILURE_THRESHOLD: u32 = 3;
/// How long the breaker stays open; then the next call decides.
const OPEN_DURATION: SignedDuration = SignedDuration::from_secs(10);

/// The breaker of one backend.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    state: Mutex<State>,
    /// 1 from the failure that opens it until the next answer.
    open: Gauge,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Timestamp>,
}

impl CircuitBreaker {
    /// The breaker of this backend, closed.
    pub(super) fn new(backend: &'static str) -> Self {
        let open = metrics::gauge!("circuit_breaker_open", "backend" => backend);
        open.set(0.0);
        Self { state: Mutex::default(), open }
    }

    /// Records whether a call was answered.
    pub(super) fn record(&self, answered: bool, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *state = State::default();
            self.open.set(0.0);
        } else {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= FAILURE_THRESHOLD {
                state.open_until = Some(now + OPEN_DURATION);
                self.open.set(1.0);
            }
        }
    }

    /// `Some` while the breaker is open: after how many seconds it closes.
    pub(super) fn retry_after(&self, now: Timestamp) -> Option<u64> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let left = state.open_until?.duration_since(now);
        left.is_positive().then(|| u64::try_from(left.as_secs()).unwrap_or(0).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_three_failures_in_a_row_and_closes_with_the_first_answer() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        let assert_gauge = |value: u32| {
            let text = recorder.handle().render();
            let line = format!("circuit_breaker_open{{backend=\"directory\"}} {value}\n");
            assert!(text.contains(&line), "{text}");
        };
        let breaker = CircuitBreaker::new("directory");
        let now = Timestamp::UNIX_EPOCH;
        breaker.record(false, now);
        breaker.record(false, now);
        breaker.record(true, now);
        breaker.record(false, now);
        breaker.record(false, now);
        assert_eq!(breaker.retry_after(now), None);
        assert_gauge(0);
        breaker.record(false, now);
        assert_eq!(breaker.retry_after(now), Some(10));
        assert_gauge(1);
        assert_eq!(breaker.retry_after(now + OPEN_DURATION), None);
        breaker.record(false, now + OPEN_DURATION);
        assert_eq!(breaker.retry_after(now + OPEN_DURATION), Some(10), "one more failure opens it again");
        assert_gauge(1);
        breaker.record(true, now + OPEN_DURATION);
        assert_eq!(breaker.retry_after(now + OPEN_DURATION), None);
        assert_gauge(0);
    }
}
