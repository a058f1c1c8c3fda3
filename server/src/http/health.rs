//! Public health in one word, and the admin listener. The public page tells a stranger nothing more.

use super::AppState;
use crate::hr_sync;
use crate::ports::directory::Directory;
use crate::ports::health_finding::{Finding, State as How};
use crate::reset::ResetDeps;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What health is told from.
pub struct Health {
    parts: ResetDeps,
    hr: Option<Arc<hr_sync::HrSync>>,
}

impl Health {
    /// Of these parts.
    pub fn new(parts: ResetDeps) -> Self {
        Self { parts, hr: None }
    }

    /// And of the HR source, where there is one.
    #[must_use]
    pub fn with_hr(self, hr: Option<Arc<hr_sync::HrSync>>) -> Self {
        Self { hr, ..self }
    }

    /// Now, by the clock of the parts.
    pub fn now(&self) -> jiff::Timestamp {
        self.parts.clock.now()
    }

    /// Every part, row by row.
    pub async fn findings(&self) -> Vec<Finding> {
        let directory: &dyn Directory = &*self.parts.directory;
        let hr = async {
            match &self.hr {
                Some(hr) => hr.findings().await,
                None => Vec::new(),
            }
        };
        let (directory, codes, onboarding, store, audit, notices, hr) = tokio::join!(
            directory.check(),
            self.parts.codes.check(),
            self.parts.onboarding.check(),
            self.parts.visits.check(),
            self.parts.audit.check(),
            self.parts.notices.check(),
            hr
        );
        [directory, codes, onboarding, store, audit, notices, hr].concat()
    }

    async fn store_answers(&self) -> bool {
        let nobody = crate::ports::sessions::SessionId(Zeroizing::new([0; 32]));
        self.parts.visits.load(&nobody).await.is_ok()
    }
}

/// `GET /healthz`: the process serves.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the store answers. With directory or Entrust away the pages still do their part.
pub async fn ready(State(served): State<AppState>) -> (StatusCode, &'static str) {
    if !served.health.store_answers().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n");
    }
    if served.workflow.is_degraded() { (StatusCode::OK, "degraded\n") } else { (StatusCode::OK, "ready\n") }
}

/// How the worst of these stands.
pub fn worst(findings: &[Finding]) -> How {
    findings.iter().map(|finding| finding.state).max().unwrap_or(How::Good)
}

#[derive(Serialize)]
struct Status {
    state: How,
    /// How each part stands: the worst of its rows.
    parts: BTreeMap<&'static str, How>,
    findings: Vec<Finding>,
}

impl Status {
    fn of(findings: Vec<Finding>) -> Self {
        let mut parts = BTreeMap::new();
        for Finding { part, state, .. } in &findings {
            let so_far = parts.entry(*part).or_insert(*state);
            *so_far = *state.max(so_far);
        }
        Self { state: worst(&findings), parts, findings }
    }
}

/// The admin listener's pages.
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
    fn a_part_stands_as_the_worst_of_its_rows() {
        let status = Status::of(vec![
            Finding::good("directory", "TLS", ""),
            Finding::bad("directory", "bind", ""),
            Finding::good("directory", "clock", ""),
            Finding::warning("history control", "dc1", ""),
        ]);
        assert_eq!(status.state, How::Bad);
        assert_eq!(
            status.parts,
            BTreeMap::from([("directory", How::Bad), ("history control", How::Warning)])
        );
    }
}
