//! Public health endpoints, whose response is one word so that it reveals nothing else, and the admin listener.

use super::{AppState, unreadable_proxy_header};
use crate::hr_sync;
use crate::ports::directory::Directory;
use crate::ports::health_finding::{Finding, State as Severity};
use crate::reset::ServiceDeps;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Checks the external systems.
pub struct Health {
    deps: ServiceDeps,
    hr: Option<Arc<hr_sync::HrSync>>,
}

impl Health {
    /// Checks these ports.
    pub fn new(deps: ServiceDeps) -> Self {
        Self { deps, hr: None }
    }

    /// Also checks the HR source, if one is configured.
    #[must_use]
    pub fn with_hr_sync(self, hr: Option<Arc<hr_sync::HrSync>>) -> Self {
        Self { hr, ..self }
    }

    /// Returns the current time.
    pub fn now(&self) -> jiff::Timestamp {
        self.deps.clock.now()
    }

    /// Checks all external systems concurrently and returns their findings.
    pub async fn findings(&self) -> Vec<Finding> {
        let directory: &dyn Directory = &*self.deps.directory;
        let hr = async {
            match &self.hr {
                Some(hr) => hr.findings().await,
                None => Vec::new(),
            }
        };
        let (directory, otp_provider, authenticators, store, audit, notifier, hr, proxy) = tokio::join!(
            directory.check(),
            self.deps.otp_provider.check(),
            self.deps.authenticators.check(),
            self.deps.sessions.check(),
            self.deps.audit.check(),
            self.deps.notifier.check(),
            hr,
            unreadable_proxy_header::findings(&self.deps),
        );
        [directory, otp_provider, authenticators, store, audit, notifier, hr, proxy].concat()
    }

    async fn is_store_available(&self) -> bool {
        let unused_id = crate::ports::sessions::SessionId(Zeroizing::new([0; 32]));
        self.deps.sessions.load(&unused_id).await.is_ok()
    }
}

/// `GET /healthz`: the process is running.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 503 if the store is unavailable. If the directory or Entrust is unavailable, the service is still
/// ready: the pages explain the outage.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    if !state.health.is_store_available().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n");
    }
    if state.reset.is_degraded() { (StatusCode::OK, "degraded\n") } else { (StatusCode::OK, "ready\n") }
}

/// Returns the worst state of these findings.
pub fn worst_state(findings: &[Finding]) -> Severity {
    findings.iter().map(|finding| finding.state).max().unwrap_or(Severity::Good)
}

#[derive(Serialize)]
struct Status {
    state: Severity,
    /// The worst state per part.
    parts: BTreeMap<&'static str, Severity>,
    findings: Vec<Finding>,
}

impl Status {
    fn of(findings: Vec<Finding>) -> Self {
        let mut parts = BTreeMap::new();
        for Finding { part, state, .. } in &findings {
            let worst_so_far = parts.entry(*part).or_insert(*state);
            *worst_so_far = *state.max(worst_so_far);
        }
        Self { state: worst_state(&findings), parts, findings }
    }
}

/// The routes of the admin listener.
pub fn admin(health: Arc<Health>, metrics: PrometheusHandle) -> Router {
    let status = move || {
        let health = Arc::clone(&health);
        async move { Json(Status::of(health.findings().await)) }
    };
    Router::new()
        .route("/status", get(status))
        .route("/metrics", get(move || std::future::ready(metrics.render())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_of_a_part_is_the_worst_of_its_findings() {
        let status = Status::of(vec![
            Finding::good("directory", "TLS", ""),
            Finding::bad("directory", "bind", ""),
            Finding::good("directory", "clock", ""),
            Finding::warning("history control", "dc1", ""),
        ]);
        assert_eq!(status.state, Severity::Bad);
        assert_eq!(
            status.parts,
            BTreeMap::from([("directory", Severity::Bad), ("history control", Severity::Warning)])
        );
    }
}
