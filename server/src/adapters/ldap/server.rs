//! One LDAP server: its idle connections and its availability.

use super::config::LdapConfig;
use super::connection::{Connection, DirectoryInfo, Session};
use super::failure::LdapFailure;
use super::locks::lock;
use super::result_code::{INVALID_CREDENTIALS, retry_on_other_server};
use super::url::Url;
use crate::ports::directory::{DirectoryError, code_suffix};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep};
use tracing::info;

/// Concurrent queries per server, and therefore open connections. A query takes about two milliseconds, and more
/// concurrency only makes each one slower.
const MAX_CONNECTIONS: usize = 8;
/// Idle connections are closed after this time: firewalls drop idle ones, Windows closes them after 15 minutes.
const MAX_IDLE_TIME: Duration = Duration::from_mins(1);
/// Connections are replaced after this time, because the information about protected groups is as old as the
/// connection.
const MAX_AGE: Duration = Duration::from_mins(10);
/// Interval at which an unavailable server is probed. No request waits for it: the other servers serve users
/// meanwhile.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
/// Delay before the next bind after the service account's bind was refused. Each further attempt would count as a
/// wrong password and lock the service account.
const BIND_RETRY_DELAY: Duration = Duration::from_secs(30);
/// The delay doubles with each further refusal up to this maximum, the usual duration of a lockout.
const MAX_BIND_RETRY_DELAY: Duration = Duration::from_mins(30);

/// A refused bind of the service account.
#[derive(Clone)]
struct RefusedBind {
    /// No server is tried before this time.
    until: Instant,
    /// The delay that led to `until`; doubled at the next refusal.
    delay: Duration,
    diagnostic: String,
}

/// What all servers of a directory share.
pub(super) struct ConnectionContext {
    pub(super) config: Arc<LdapConfig>,
    pub(super) tls: Arc<rustls::ClientConfig>,
    /// The last bind of the service account, if it was refused.
    refused_bind: Mutex<Option<RefusedBind>>,
}

impl ConnectionContext {
    pub(super) fn new(config: Arc<LdapConfig>, tls: Arc<rustls::ClientConfig>) -> Self {
        Self { config, tls, refused_bind: Mutex::default() }
    }

    /// Returns the last refusal while binds are suspended.
    pub(super) fn bind_suspended(&self) -> Option<LdapFailure> {
        let refused = lock(&self.refused_bind).clone().filter(|refused| refused.until > Instant::now())?;
        let diagnostic = refused.diagnostic;
        Some(LdapFailure::Answer { operation: "bind", code: INVALID_CREDENTIALS, diagnostic, advice: "" })
    }

    /// Suspends binds after a refusal, for twice as long as the last time.
    pub(super) fn record_refused_bind(&self, diagnostic: &str) {
        let mut refused = lock(&self.refused_bind);
        let delay =
            refused.as_ref().map_or(BIND_RETRY_DELAY, |last| (last.delay * 2).min(MAX_BIND_RETRY_DELAY));
        *refused =
            Some(RefusedBind { until: Instant::now() + delay, delay, diagnostic: diagnostic.to_owned() });
    }
}

/// One LDAP server.
pub(super) struct Server<R> {
    pub(super) url: Url,
    context: Arc<ConnectionContext>,
    idle: Mutex<Vec<(Session<R>, Instant)>>,
    down_since: Mutex<Option<Instant>>,
    permits: Semaphore,
    /// Connections are opened one at a time: many concurrent requests would otherwise bind with a wrong service
    /// password often enough to lock the account, or all wait for an unavailable server.
    opening: AsyncMutex<()>,
}

impl<R: DirectoryInfo> Server<R> {
    pub(super) fn new(url: Url, context: Arc<ConnectionContext>) -> Arc<Self> {
        Arc::new(Self {
            url,
            context,
            idle: Mutex::default(),
            down_since: Mutex::default(),
            permits: Semaphore::new(MAX_CONNECTIONS),
            opening: AsyncMutex::default(),
        })
    }

    /// Waits for one of the concurrent query slots.
    pub(super) async fn acquire_permit(&self) -> Result<SemaphorePermit<'_>, LdapFailure> {
        self.permits.acquire().await.map_err(|e| LdapFailure::Disconnected(e.to_string()))
    }

    /// Locks the opening of connections.
    pub(super) async fn lock_opening(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().await
    }

    /// Opens a session. The caller holds the lock of `lock_opening`.
    pub(super) async fn open(self: &Arc<Self>, started: Instant) -> Result<Session<R>, LdapFailure> {
        self.ensure_not_down_since(started)?;
        let session = self.connect().await;
        match &session {
            Ok(_) => self.mark_up(),
            Err(LdapFailure::Disconnected(_) | LdapFailure::TimedOut(_)) => self.mark_down(),
            Err(LdapFailure::Answer { .. } | LdapFailure::Unusable(_) | LdapFailure::ServerUnusable(_)) => {}
        }
        session
    }

    async fn connect(&self) -> Result<Session<R>, LdapFailure> {
        if let Some(failure) = self.context.bind_suspended() {
            return Err(failure);
        }
        let connection = Connection::open(&self.url, &self.context.config, &self.context.tls).await?;
        let session = connection.bind_as_service().await;
        match &session {
            Err(LdapFailure::Answer { operation: "bind", code: INVALID_CREDENTIALS, diagnostic, .. }) => {
                self.context.record_refused_bind(diagnostic);
            }
            Ok(_) => *lock(&self.context.refused_bind) = None,
            Err(_) => {}
        }
        session
    }

    /// Takes an idle connection that is neither too old nor idle for too long.
    pub(super) fn take_idle(&self) -> Option<Session<R>> {
        let now = Instant::now();
        let mut idle = lock(&self.idle);
        idle.retain(|(session, since)| now - *since < MAX_IDLE_TIME && now - session.opened_at < MAX_AGE);
        idle.pop().map(|(session, _)| session)
    }

    /// Stores a connection for the next query.
    pub(super) fn return_idle(&self, session: Session<R>) {
        let mut idle = lock(&self.idle);
        if idle.len() < MAX_CONNECTIONS {
            idle.push((session, Instant::now()));
        }
    }

    pub(super) fn drop_idle(&self) {
        lock(&self.idle).clear();
    }

    /// Fails if the server was marked as down after `since`, so that requests that waited for the lock do not each
    /// repeat the timeout.
    pub(super) fn ensure_not_down_since(&self, since: Instant) -> Result<(), LdapFailure> {
        match *lock(&self.down_since) {
            Some(down_since) if down_since > since => {
                Err(LdapFailure::Disconnected("it stopped answering other requests".to_owned()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Maps a failure to the error of the port, and marks an unreachable server as down.
    pub(super) fn directory_error(self: &Arc<Self>, failure: LdapFailure) -> DirectoryError {
        let server = self.url.text.clone();
        let what = match failure {
            LdapFailure::Disconnected(what) | LdapFailure::TimedOut(what) => what,
            LdapFailure::Answer { operation, code, diagnostic, .. } if retry_on_other_server(code) => {
                // The server is up and may answer the next query.
                return DirectoryError::Unreachable {
                    tried: format!("{server}: {operation}: result code {code}{}", code_suffix(&diagnostic)),
                };
            }
            LdapFailure::Answer { operation, code, diagnostic, advice } => {
                return DirectoryError::Answer { server, operation, code, diagnostic, advice };
            }
            LdapFailure::Unusable(what) => return DirectoryError::Unusable { server, what },
            // The server answers but cannot serve any account; another one may.
            LdapFailure::ServerUnusable(what) => {
                return DirectoryError::Unreachable { tried: format!("{server}: {what}") };
            }
        };
        self.mark_down();
        DirectoryError::Unreachable { tried: format!("{server}: {what}") }
    }

    pub(super) fn is_down(&self) -> bool {
        lock(&self.down_since).is_some()
    }

    fn mark_up(&self) {
        *lock(&self.down_since) = None;
        self.report(1.0);
    }

    fn report(&self, up: f64) {
        metrics::gauge!("directory_server_up", "server" => self.url.text.clone()).set(up);
    }

    /// Moves the server to the end of the order until a probe succeeds.
    fn mark_down(self: &Arc<Self>) {
        self.drop_idle();
        if lock(&self.down_since).replace(Instant::now()).is_some() {
            return;
        }
        self.report(0.0);
        let server = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(PROBE_INTERVAL).await;
                // The task ends when the pool is dropped.
                let Some(server) = server.upgrade() else { return };
                if server.probe().await {
                    return;
                }
            }
        });
    }

    async fn probe(&self) -> bool {
        let _guard = self.lock_opening().await;
        if !self.is_down() {
            return true;
        }
        // Any response shows that the server is up.
        match self.connect().await {
            Err(LdapFailure::Disconnected(_) | LdapFailure::TimedOut(_)) => {
                *lock(&self.down_since) = Some(Instant::now());
                return false;
            }
            Ok(session) => self.return_idle(session),
            Err(LdapFailure::Answer { .. } | LdapFailure::Unusable(_) | LdapFailure::ServerUnusable(_)) => {}
        }
        self.mark_up();
        info!(server = %self.url.text, "domain controller answers again");
        true
    }
}
