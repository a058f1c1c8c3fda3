//! Counts and times every request, by the template of its path and by its status and refusal.
//!
//! The duration includes the minimum response time of verifications: without it, the sum of the durations would show a
//! reader of the metrics how long the calls of one request took.

use super::{openapi, pages};
use crate::telemetry::traces;
use app::paths;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Span;

/// The kind of a refusal, attached to its response.
#[derive(Clone, Copy)]
pub(super) struct RefusalName(pub(super) &'static str);

/// The template of a path: a known page or call, the page of a link without its secret, or `other`.
pub(super) fn route(path: &str) -> &str {
    if super::api::admission::is_call(path) || path == openapi::PATH || pages::is_page(path) {
        path
    } else if pages::not_me::is_link(path) {
        paths::NOT_ME
    } else {
        "other"
    }
}

/// Middleware within the span of the request.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let route = route(request.uri().path()).to_owned();
    let started = Instant::now();
    let response = next.run(request).await;
    let duration = started.elapsed();
    let span = Span::current();
    if let Some(RefusalName(refusal)) = response.extensions().get() {
        traces::annotate(&span, "refusal", *refusal);
        metrics::counter!("refusals_total", "route" => route.clone(), "refusal" => *refusal).increment(1);
    }
    let status = response.status().as_str().to_owned();
    traces::annotate(&span, "status", status.clone());
    metrics::counter!("http_requests_total", "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!("http_request_duration_seconds", "route" => route).record(duration);
    response
}
