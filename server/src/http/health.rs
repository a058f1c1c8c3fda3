//! Public health endpoints, whose response is one word so that it reveals nothing else, and the admin listener.

use super::{AppState, unreadable_proxy_header};
use crate::enrollment;
use crate::hr_sync;
use crate::ports::directory::Directory;
use crate::ports::health_finding::{Finding, State as Severity};
use crate::ports::sessions::SessionId;
use crate::reset::ServiceDeps;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::{info, warn};

/// Checks the external systems.
pub struct Health {
    deps: ServiceDeps,
    hr: Option<Arc<hr_sync::HrSync>>,
    has_tables: bool,
    stopping: Arc<AtomicBool>,
    write_tests: SharedChecks,
    was_ready: AtomicBool,
}

/// Says that the service stops soon.
#[derive(Debug, Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// From now on `/readyz` answers 503.
    pub fn announce(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Health {
    /// Checks these ports.
    pub fn new(deps: ServiceDeps) -> Self {
        Self {
            deps,
            hr: None,
            has_tables: true,
            stopping: Arc::default(),
            write_tests: SharedChecks::lasting(WRITE_TEST_LIFETIME),
            was_ready: AtomicBool::new(true),
        }
    }

    /// Not ready any more as soon as `stopping` says so.
    #[must_use]
    pub fn until(self, stopping: &Stopping) -> Self {
        Self { stopping: Arc::clone(&stopping.0), ..self }
    }

    /// Also checks the HR source, if one is configured.
    #[must_use]
    pub fn with_hr_sync(self, hr: Option<Arc<hr_sync::HrSync>>) -> Self {
        Self { hr, ..self }
    }

    /// Omits what reads the store, if this is `false`: its tables do not exist yet.
    #[must_use]
    pub fn with_tables(self, has_tables: bool) -> Self {
        Self { has_tables, ..self }
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
        let (directory, otp_provider, authenticators, store, audit, notifier, queue, hr, stored, breached) = tokio::join!(
            directory.check(),
            self.deps.otp_provider.check(),
            self.deps.authenticators.check(),
            self.store_findings(),
            self.deps.audit.check(),
            self.deps.notifier.check(),
            self.queue_findings(),
            hr,
            self.stored_findings(),
            self.deps.breach_check.findings(),
        );
        [directory, otp_provider, authenticators, store, audit, notifier, queue, hr, stored, breached]
            .concat()
    }

    async fn store_findings(&self) -> Vec<Finding> {
        if self.has_tables { self.deps.sessions.check().await } else { Vec::new() }
    }

    async fn queue_findings(&self) -> Vec<Finding> {
        if self.has_tables { vec![self.deps.notifier.check_queue().await] } else { Vec::new() }
    }

    /// What the service has stored about its work: requests of a proxy, and writes that failed.
    async fn stored_findings(&self) -> Vec<Finding> {
        if !self.has_tables {
            return Vec::new();
        }
        let mut findings = unreadable_proxy_header::findings(&self.deps).await;
        findings.push(enrollment::mobile_write::finding(&*self.deps.records, self.now()).await);
        findings
    }

    /// Checks only what this machine decides: the store and the audit log.
    pub async fn local_findings(&self) -> Vec<Finding> {
        let (store, audit) = tokio::join!(self.store_findings(), self.deps.audit.check());
        [store, audit].concat()
    }

    /// Whether this node can begin and finish resets: its store answers, and store and audit log can be written. Logs
    /// each change with its cause.
    async fn is_ready(&self) -> bool {
        let cause = match tokio::time::timeout(READY_TIMEOUT, self.unready_cause()).await {
            Ok(cause) => cause,
            Err(_) => Some(format!("no answer within {} s", READY_TIMEOUT.as_secs())),
        };
        let was_ready = self.was_ready.swap(cause.is_none(), Ordering::Relaxed);
        match &cause {
            Some(cause) if was_ready => warn!(cause, "not ready: proxies send no more requests to this node"),
            None if !was_ready => info!("ready again"),
            Some(_) | None => {}
        }
        cause.is_none()
    }

    async fn unready_cause(&self) -> Option<String> {
        if let Err(error) = self.deps.sessions.load(&SessionId::unused()).await {
            return Some(format!("{error}: {}", error.source));
        }
        let findings = self.write_tests.findings(self.now(), self.local_findings()).await;
        let bad = findings.into_iter().find(|finding| finding.state == Severity::Bad)?;
        Some(format!("{} {}: {}", bad.part, bad.what, bad.detail))
    }
}

/// `GET /healthz`: the process is running.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 503 if store or audit log cannot be used or the service is about to stop. If the directory or Entrust is
/// unavailable, the service is still ready: the pages explain the outage.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    if state.health.stopping.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if !state.health.is_ready().await {
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

/// How long `/readyz` relies on one write. Several proxies may ask each second, and so may anyone else.
const WRITE_TEST_LIFETIME: SignedDuration = SignedDuration::from_secs(2);
/// After this time the node is not ready. The store itself waits longer for a disk or a network that does not answer, and
/// proxies wait no longer than this.
const READY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long findings are shown again. The checks sign in at the directory and at Entrust, so reloading a page must not
/// run them each time.
const FINDINGS_LIFETIME: SignedDuration = SignedDuration::from_secs(5);

/// Runs one check at a time, however many requests wait for its findings.
struct SharedChecks {
    lifetime: SignedDuration,
    latest: tokio::sync::Mutex<Option<(Timestamp, Vec<Finding>)>>,
}

impl SharedChecks {
    /// Whose findings are returned again for this time.
    fn lasting(lifetime: SignedDuration) -> Self {
        Self { lifetime, latest: tokio::sync::Mutex::default() }
    }

    /// The latest findings, or else those of `check`.
    async fn findings(&self, now: Timestamp, check: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
        let mut latest = self.latest.lock().await;
        // A request that waited for another one's check began before that check ended.
        if let Some((at, findings)) = latest.as_ref()
            && now.duration_since(*at).abs() < self.lifetime
        {
            return findings.clone();
        }
        let findings = check.await;
        *latest = Some((now, findings.clone()));
        findings
    }
}

/// The routes of the admin listener.
pub fn admin(health: Arc<Health>, metrics: PrometheusHandle) -> Router {
    let checks = Arc::new(SharedChecks::lasting(FINDINGS_LIFETIME));
    let status = move || {
        let (health, checks) = (Arc::clone(&health), Arc::clone(&checks));
        async move { Json(Status::of(checks.findings(health.now(), health.findings()).await)) }
    };
    Router::new()
        .route("/status", get(status))
        .route("/metrics", get(move || std::future::ready(metrics.render())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn many_requests_for_the_state_share_one_check() {
        let (checks, runs) = (SharedChecks::lasting(FINDINGS_LIFETIME), AtomicU32::new(0));
        let now = Timestamp::constant(1_800_000_000, 0);
        let findings = async |seconds| {
            let check = async {
                runs.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                vec![Finding::good("store", "SQLite", "")]
            };
            checks.findings(now + SignedDuration::from_secs(seconds), check).await.len()
        };
        let many = futures::future::join_all((0..100).map(|_| findings(0))).await;
        assert_eq!((many.iter().sum::<usize>(), runs.load(Ordering::SeqCst)), (100, 1));
        findings(4).await;
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        findings(5).await;
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }

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
