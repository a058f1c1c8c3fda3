//! Reports that a trusted proxy sends an `X-Forwarded-For` that cannot be parsed, in the log, by `check` and on
//! `/status`.
//!
//! `check` is another process, so the observation is a counter in the store, which expires by itself.

use crate::crypto::Purpose;
use crate::ports::health_finding::Finding;
use crate::ports::rate_limits::{Limit, LimitKey};
use crate::reset::ServiceDeps;
use std::error::Error;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tracing::warn;

/// How long an observation is shown, and the interval between two reports: every request of every client has such a
/// header.
const SHOWN: Limit = Limit { max: u32::MAX, window: Duration::from_hours(1) };

/// Reports the header, at most once an hour.
pub struct UnreadableProxyHeader {
    deps: ServiceDeps,
    /// Unix time in seconds before which nothing is reported.
    next_report: AtomicI64,
}

impl UnreadableProxyHeader {
    /// Creates a reporter that has reported nothing.
    pub fn new(deps: ServiceDeps) -> Self {
        Self { deps, next_report: AtomicI64::new(i64::MIN) }
    }

    /// Reports the header unless that was done within the last hour. Contains no value of the header: it holds
    /// addresses of clients.
    pub(super) async fn report(&self) {
        let now = self.deps.clock.now();
        let due = self.next_report.load(Ordering::Relaxed);
        let next = now.as_second().saturating_add(SHOWN.window.as_secs().cast_signed());
        let is_due = now.as_second() >= due
            && self.next_report.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !is_due {
            return;
        }
        warn!("X-Forwarded-For of a trusted proxy cannot be parsed: all clients share one limit");
        if let Err(error) = self.deps.limits.take(&[(key(&self.deps), SHOWN)], now).await {
            warn!(
                error = &error as &dyn Error,
                "store unavailable: the unreadable header is not shown by `check`"
            );
        }
    }
}

/// Returns a warning if the header was reported within the last hour.
pub(super) async fn findings(deps: &ServiceDeps) -> Vec<Finding> {
    // An unavailable store has its own finding.
    match deps.limits.count(&key(deps), SHOWN, deps.clock.now()).await.unwrap_or_default() {
        0 => Vec::new(),
        _ => vec![Finding::warning(
            "proxy",
            "X-Forwarded-For",
            "the proxy's header cannot be parsed; all clients share one limit, and /registratie is closed for them. \
             Seen within the last hour: let the proxy append the client's IP address, see docs/integrations/proxy.md",
        )],
    }
}

fn key(deps: &ServiceDeps) -> LimitKey {
    let digest = deps.keys.digest(Purpose::Limit, &[b"unreadable proxy header"]);
    let mut key = [0; 16];
    key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    LimitKey(key)
}
