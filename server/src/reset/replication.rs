//! Whether all domain controllers have the new password. It decides one sentence of the last screen.

use super::password_write::outcome::is_everywhere;
use super::session::{Open, ResetSessions};
use super::state::{Finished, Stage};
use crate::ports::clock::Clock;
use crate::ports::directory::{AccountId, Directory};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracing::Instrument as _;

/// Checks before the response leaves: controllers of one site replicate within about a second.
const FOREGROUND_CHECKS: u32 = 3;
const FOREGROUND_INTERVAL: SignedDuration = SignedDuration::from_millis(400);
/// For all of these checks together.
const FOREGROUND_TIMEOUT: Duration = Duration::from_millis(1500);
/// Then in the background, with an interval that doubles; the last check is after about eight minutes. Between sites
/// replication takes a quarter of an hour and more.
const FIRST_BACKGROUND_INTERVAL: SignedDuration = SignedDuration::from_secs(2);
const BACKGROUND_CHECKS: u32 = 8;

enum Replication {
    /// There is only one server, or it does not say when the password was set.
    Unchecked,
    /// All servers have the password.
    Complete,
    /// Some servers do not have it or do not answer. The server where it was set, with its `pwdLastSet` there.
    Pending(String, i64),
}

impl Replication {
    fn is_complete(&self) -> Option<bool> {
        match self {
            Self::Unchecked => None,
            Self::Complete => Some(true),
            Self::Pending(..) => Some(false),
        }
    }
}

/// Checks replication, first before the response and then in the background.
pub(super) struct ReplicationMonitor {
    pub(super) sessions: Arc<ResetSessions>,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) clock: Arc<dyn Clock>,
}

impl ReplicationMonitor {
    /// Stores in the finished session whether the password that was set at `server` has reached the other servers,
    /// and goes on checking after the response has left.
    pub(super) async fn check(self: &Arc<Self>, open: &mut Open, id: AccountId, server: &str) {
        let started = self.clock.now();
        let replication = self.check_now(id, server).await;
        if let Some(everywhere) = replication.is_complete() {
            if everywhere {
                self.record_wait(started);
            }
            self.store(open, everywhere).await;
        }
        self.check_later(open, id, replication, started);
    }

    async fn check_now(&self, id: AccountId, server: &str) -> Replication {
        let directory = &*self.directory;
        if directory.servers().len() < 2 {
            return Replication::Unchecked;
        }
        let Ok(Some(account)) = directory.read_at(server, id).await else { return Replication::Unchecked };
        let since = account.password_last_set;
        let checks = async {
            for check in 0..FOREGROUND_CHECKS {
                if check > 0 {
                    self.clock.wait_until(self.clock.now() + FOREGROUND_INTERVAL).await;
                }
                if is_everywhere(directory, id, server, since).await {
                    return true;
                }
            }
            false
        };
        // A server that is down must not delay the employee.
        match timeout(FOREGROUND_TIMEOUT, checks).await {
            Ok(true) => Replication::Complete,
            Ok(false) | Err(_) => Replication::Pending(server.to_owned(), since),
        }
    }

    /// Goes on checking as long as the service exists; the browser polls `current`.
    fn check_later(
        self: &Arc<Self>,
        open: &Open,
        id: AccountId,
        replication: Replication,
        started: Timestamp,
    ) {
        let Replication::Pending(server, since) = replication else { return };
        let monitor = Arc::downgrade(self);
        let mut open = open.clone();
        let check = async move {
            let mut interval = FIRST_BACKGROUND_INTERVAL;
            for _ in 0..BACKGROUND_CHECKS {
                let Some(monitor) = monitor.upgrade() else { return };
                monitor.clock.wait_until(monitor.clock.now() + interval).await;
                if is_everywhere(&*monitor.directory, id, &server, since).await {
                    monitor.record_wait(started);
                    return monitor.store(&mut open, true).await;
                }
                interval = interval.saturating_mul(2);
            }
            metrics::counter!("replication_incomplete_total").increment(1);
        };
        tokio::spawn(check.in_current_span());
    }

    /// Records how long it took from the write until all servers had the password.
    fn record_wait(&self, started: Timestamp) {
        let waited = self.clock.now().duration_since(started);
        metrics::histogram!("replication_wait_seconds").record(waited.as_secs_f64());
    }

    async fn store(&self, open: &mut Open, everywhere: bool) {
        // If another request has moved the session, its stage stays: this is a remark, not a step.
        if matches!(open.session.stage, Stage::Finished(_)) {
            self.sessions.swap(open, Stage::Finished(Finished::password_set(Some(everywhere)))).await.ok();
        }
    }
}
