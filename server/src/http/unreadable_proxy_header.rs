//! Reports that a trusted proxy sends an `X-Forwarded-For` that cannot be parsed, or none, in the log, by `check` and on
//! `/status`.
//!
//! `check` is another process, so the observation is a counter in the store, which expires by itself.

use super::client_ip::Client;
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

/// What is wrong with the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defect {
    Unreadable,
    Missing,
}

impl Defect {
    const ALL: [Self; 2] = [Self::Unreadable, Self::Missing];

    fn of(client: Client) -> Option<Self> {
        match client {
            Client { is_header_unreadable: true, .. } => Some(Self::Unreadable),
            Client { is_header_missing: true, .. } => Some(Self::Missing),
            Client { .. } => None,
        }
    }

    fn warn(self) {
        match self {
            Self::Unreadable => {
                warn!("X-Forwarded-For of a trusted proxy cannot be parsed: all clients share one limit");
            }
            Self::Missing => {
                warn!("a trusted proxy sends no X-Forwarded-For: all clients share one limit");
            }
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::Unreadable => {
                "the proxy's header cannot be parsed; all clients share one limit, and /registratie is closed for \
                 them. Seen within the last hour: let the proxy append the client's IP address, see \
                 docs/integrations/proxy.md"
            }
            Self::Missing => {
                "an address in trusted_proxies sends requests without the header; all their clients share one limit, \
                 and /registratie is closed for them. Seen within the last hour: let the proxy append the client's IP \
                 address, or remove addresses that are no proxies, see docs/integrations/proxy.md"
            }
        }
    }

    fn key(self, deps: &ServiceDeps) -> LimitKey {
        let text: &[u8] = match self {
            Self::Unreadable => b"unreadable proxy header",
            Self::Missing => b"missing proxy header",
        };
        let mut key = [0; 16];
        key.iter_mut().zip(deps.keys.digest(Purpose::Limit, &[text])).for_each(|(to, from)| *to = from);
        LimitKey(key)
    }
}

/// Reports each defect of the header, at most once an hour.
pub struct UnreadableProxyHeader {
    deps: ServiceDeps,
    /// Unix times in seconds before which nothing is reported.
    next_unreadable: AtomicI64,
    next_missing: AtomicI64,
}

impl UnreadableProxyHeader {
    /// Creates a reporter that has reported nothing.
    pub fn new(deps: ServiceDeps) -> Self {
        Self { deps, next_unreadable: AtomicI64::new(i64::MIN), next_missing: AtomicI64::new(i64::MIN) }
    }

    /// Reports a defect of the header of this client's request, unless that was done within the last hour. Contains no
    /// value of the header: it holds addresses of clients.
    pub(super) async fn report(&self, client: Client) {
        let Some(defect) = Defect::of(client) else { return };
        let next_report = match defect {
            Defect::Unreadable => &self.next_unreadable,
            Defect::Missing => &self.next_missing,
        };
        let now = self.deps.clock.now();
        let due = next_report.load(Ordering::Relaxed);
        let next = now.as_second().saturating_add(SHOWN.window.as_secs().cast_signed());
        let is_due = now.as_second() >= due
            && next_report.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !is_due {
            return;
        }
        defect.warn();
        if let Err(error) = self.deps.limits.take(&[(defect.key(&self.deps), SHOWN)], now).await {
            warn!(
                error = &error as &dyn Error,
                "store unavailable: the unreadable header is not shown by `check`"
            );
        }
    }
}

/// Returns a warning for each defect that was reported within the last hour.
pub(super) async fn findings(deps: &ServiceDeps) -> Vec<Finding> {
    let mut findings = Vec::new();
    for defect in Defect::ALL {
        // An unavailable store has its own finding.
        let reports = deps.limits.count(&defect.key(deps), SHOWN, deps.clock.now()).await.unwrap_or_default();
        if reports > 0 {
            findings.push(Finding::warning("proxy", "X-Forwarded-For", defect.detail()));
        }
    }
    findings
}
