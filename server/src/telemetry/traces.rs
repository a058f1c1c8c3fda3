//! Traces: one span for each request and one for each call that it makes to another system. Off unless
//! `telemetry.otlp_url` is set.
//!
//! A span holds the request id, the template of the path, status, refusal, backend, operation and outcome, and never text
//! of a person or of another system: log events and the spans of libraries are left out.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanExporter};
use std::time::Duration;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// The target of spans that only traces show; they do not appear in log lines.
pub(crate) const TARGET: &str = "server::traces";
/// The target of the span of a request, which log lines show too.
const REQUEST_TARGET: &str = "server::http";
/// For the spans that wait when the service ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The exporter of traces. [`Traces::shut_down`] sends what waits.
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Passes spans to this exporter, in batches and on a thread of their own.
    pub fn new(exporter: impl SpanExporter + 'static) -> Self {
        let resource = Resource::builder_empty()
            .with_attribute(KeyValue::new("service.name", "wachtwoord-reset"))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource);
        Self { provider: provider.build() }
    }

    /// The layer of the subscriber that passes spans to the exporter.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let layer: OpenTelemetryLayer<S, SdkTracer> = tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("wachtwoord-reset"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_level(false)
            .with_target(false);
        layer.with_filter(filter_fn(is_exported))
    }

    /// Sends the spans that wait. A collector that does not answer loses them.
    pub fn shut_down(&self) {
        drop(self.provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT));
    }
}

/// Only our own spans, and no events: an event may hold the error text of another system.
fn is_exported(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && (metadata.target() == TARGET
            || (metadata.target() == REQUEST_TARGET && metadata.name() == "request"))
}

/// Adds a value to a span in traces only.
pub(crate) fn annotate(span: &Span, name: &'static str, value: impl Into<Value>) {
    span.set_attribute(name, value);
}
