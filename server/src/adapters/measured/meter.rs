//! Measures the calls of one operation of a backend.

use crate::random;
use crate::telemetry::traces;
use metrics::{Gauge, Histogram};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

/// The durations of one operation, answered and failed.
struct Durations {
    ok: Histogram,
    error: Histogram,
}

impl Durations {
    fn new(backend: &'static str, operation: &'static str) -> Self {
        let histogram = |outcome: &'static str| {
            metrics::histogram!(
                "backend_call_duration_seconds",
                "backend" => backend, "operation" => operation, "outcome" => outcome
            )
        };
        Self { ok: histogram("ok"), error: histogram("error") }
    }

    fn record(&self, sample: Sample) {
        let histogram = if sample.failed { &self.error } else { &self.ok };
        histogram.record(sample.duration);
    }
}

#[derive(Clone, Copy)]
struct Sample {
    failed: bool,
    duration: Duration,
}

/// Measures an operation.
pub(super) struct Meter {
    backend: &'static str,
    operation: &'static str,
    durations: Durations,
    running: Gauge,
    is_traced: bool,
}

impl Meter {
    pub(super) fn new(backend: &'static str, operation: &'static str) -> Self {
        let running = metrics::gauge!("backend_calls_running", "backend" => backend);
        Self { backend, operation, durations: Durations::new(backend, operation), running, is_traced: true }
    }

    /// Without spans in traces.
    pub(super) fn untraced(backend: &'static str, operation: &'static str) -> Self {
        Self { is_traced: false, ..Self::new(backend, operation) }
    }

    /// Awaits a call; an error counts as failed.
    pub(super) async fn measure<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        self.measure_as(call, Result::is_err).await
    }

    /// Awaits a call; `is_failure` decides whether it failed.
    pub(super) async fn measure_as<T>(
        &self,
        call: impl Future<Output = T> + Send,
        is_failure: fn(&T) -> bool,
    ) -> T {
        let (backend, operation) = (self.backend, self.operation);
        let span = if self.is_traced {
            tracing::trace_span!(target: traces::TARGET, "backend call", backend, operation)
        } else {
            Span::none()
        };
        let mut running = RunningCall::start(self);
        let result = call.instrument(span.clone()).await;
        running.failed = is_failure(&result);
        traces::annotate(&span, "outcome", if running.failed { "error" } else { "ok" });
        result
    }
}

/// A call that runs. Dropped before its result is known, it counts as failed: the caller has given it up.
struct RunningCall<'a> {
    meter: &'a Meter,
    started: Instant,
    failed: bool,
}

impl<'a> RunningCall<'a> {
    fn start(meter: &'a Meter) -> Self {
        meter.running.increment(1.0);
        Self { meter, started: Instant::now(), failed: true }
    }
}

impl Drop for RunningCall<'_> {
    fn drop(&mut self) {
        self.meter.running.decrement(1.0);
        let sample = Sample { failed: self.failed, duration: self.started.elapsed() };
        self.meter.durations.record(sample);
    }
}

/// Calls that appear together in the metrics.
const GROUP: usize = 20;

/// Measures an operation that only some classes of subjects cause. A single call must not be visible, because a reader of
/// the metrics who makes a request would learn whether its birthdate was right. The calls appear in groups of
/// [`GROUP`], each after a random number of further calls, and in no trace.
pub(super) struct GroupedMeter {
    durations: Durations,
    hidden: Mutex<Hidden>,
}

/// Calls that do not appear yet.
#[derive(Default)]
struct Hidden {
    samples: Vec<Sample>,
    /// As soon as there are this many, a group appears; zero before the first call.
    threshold: usize,
}

impl GroupedMeter {
    pub(super) fn new(backend: &'static str, operation: &'static str) -> Self {
        Self { durations: Durations::new(backend, operation), hidden: Mutex::default() }
    }

    /// Awaits a call; an error counts as failed.
    pub(super) async fn measure<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        let started = Instant::now();
        let result = call.await;
        let sample = Sample { failed: result.is_err(), duration: started.elapsed() };
        for sample in self.hide(sample) {
            self.durations.record(sample);
        }
        result
    }

    /// Adds a call and returns the group that appears now, usually none.
    fn hide(&self, sample: Sample) -> Vec<Sample> {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        if hidden.threshold == 0 {
            hidden.threshold = random_threshold();
        }
        hidden.samples.push(sample);
        if hidden.samples.len() < hidden.threshold {
            return Vec::new();
        }
        hidden.threshold = random_threshold();
        hidden.samples.drain(..GROUP).collect()
    }
}

/// From one to two groups. Without random bytes the calls appear as late as possible.
fn random_threshold() -> usize {
    random::bytes::<1>().map_or(2 * GROUP, |[byte]| GROUP + usize::from(byte) % (GROUP + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    #[tokio::test]
    async fn outcome_of_a_call_is_recorded() {
        let recorder = PrometheusBuilder::new().set_buckets(&[0.1, 1.0]).unwrap().build_recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        let meter = Meter::new("directory", "find");
        meter.measure(async { Ok::<_, ()>(()) }).await.unwrap();
        meter.measure(async { Err::<(), _>(()) }).await.unwrap_err();
        let mut given_up = Box::pin(meter.measure(std::future::pending::<Result<(), ()>>()));
        assert!(futures::poll!(&mut given_up).is_pending());
        drop(given_up);
        meter.durations.record(Sample { failed: false, duration: Duration::from_millis(500) });
        let text = recorder.handle().render();
        let name = "backend_call_duration_seconds";
        let labels =
            |outcome: &str| format!("backend=\"directory\",operation=\"find\",outcome=\"{outcome}\"");
        for line in [
            format!("{name}_bucket{{{},le=\"1\"}} 2", labels("ok")),
            format!("{name}_count{{{}}} 2", labels("ok")),
            format!("{name}_count{{{}}} 2", labels("error")),
            "backend_calls_running{backend=\"directory\"} 0".to_owned(),
        ] {
            assert!(text.contains(&line), "{line}\n{text}");
        }
        let sum = text.lines().find(|line| line.starts_with(&format!("{name}_sum{{{}}}", labels("ok"))));
        assert!(sum.unwrap().rsplit(' ').next().unwrap().parse::<f64>().unwrap() >= 0.5, "{text}");
    }

    #[tokio::test]
    async fn running_calls_are_counted() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        let meter = Meter::new("store", "sessions");
        let call = meter.measure(async {
            let text = recorder.handle().render();
            assert!(text.contains("backend_calls_running{backend=\"store\"} 1"), "{text}");
            Ok::<_, ()>(())
        });
        call.await.unwrap();
    }

    #[tokio::test]
    async fn calls_that_only_a_right_birthdate_causes_appear_in_groups() {
        let recorder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap().build_recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        let meter = GroupedMeter::new("entrust", "verify");
        let mut waits = Vec::new();
        let mut last = 0;
        for call in 1..=2000_usize {
            meter.measure(async { Ok::<_, ()>(()) }).await.unwrap();
            let text = recorder.handle().render();
            let count = text.lines().find(|line| line.contains("_count") && line.contains("outcome=\"ok\""));
            let shown = count.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap());
            assert_eq!(shown % GROUP, 0, "a multiple of a group");
            assert!(call - shown <= 2 * GROUP, "{call} {shown}");
            if shown != last {
                waits.push(call - last);
                last = shown;
            }
        }
        waits.sort_unstable();
        waits.dedup();
        assert!(waits.len() > 5, "the moment cannot be predicted: {waits:?}");
    }
}
