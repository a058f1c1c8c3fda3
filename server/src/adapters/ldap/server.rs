//! One domain controller: its kept connections, and whether it is dead. Not which one is asked.

use super::LdapConfig;
use super::connection::{Connection, LdapFailure, Realm, Session};
use super::pool::{is_elsewhere, lock};
use super::url::Url;
use crate::ports::directory::DirectoryError;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Mutex as TurnLock, MutexGuard, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep};
use tracing::info;

/// Questions asked of one server at a time, and so the connections kept open: each takes about two
/// milliseconds, and more at once only make each other slower.
const AT_ONCE: usize = 8;
/// An idle connection is not kept longer: firewalls forget idle ones, Windows closes them after 15 minutes.
const MAX_IDLE_TIME: Duration = Duration::from_mins(1);
/// Nor is any kept longer than this: what it knows of the protected groups is as old as it is.
const MAX_AGE: Duration = Duration::from_mins(10);
/// How often a dead server is looked at. Nobody waits for that: employees are served by the others.
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// How long nothing is asked after the service's own bind was refused. Each further try would count
/// as a wrong password and lock the service account.
const HOLD_OFF: Duration = Duration::from_secs(30);
/// Twice as long after each further refusal, up to this: as long as a lockout usually counts.
const LONGEST_HOLD_OFF: Duration = Duration::from_mins(30);

/// A bind of the service that was refused.
#[derive(Clone)]
struct Refused {
    /// Until then it is not tried again, by nobody.
    until: Instant,
    /// How long that was.
    pause: Duration,
    diagnostic: String,
}

/// An answer to a bind: no to name or password, or to the account.
const INVALID_CREDENTIALS: u32 = 49;

/// What all servers of a directory share.
pub(super) struct ConnectionLimits {
    pub(super) config: Arc<LdapConfig>,
    pub(super) tls: Arc<rustls::ClientConfig>,
    /// The service's own bind, refused.
    refused: Mutex<Option<Refused>>,
}

impl ConnectionLimits {
    pub(super) fn new(config: Arc<LdapConfig>, tls: Arc<rustls::ClientConfig>) -> Self {
        Self { config, tls, refused: Mutex::default() }
    }

    /// What the service's bind was answered last, as long as it is not tried again.
    pub(super) fn held_off(&self) -> Option<LdapFailure> {
        let refused = lock(&self.refused).clone().filter(|refused| refused.until > Instant::now())?;
        let diagnostic = refused.diagnostic;
        Some(LdapFailure::Answer { operation: "bind", code: INVALID_CREDENTIALS, diagnostic })
    }

    /// The service's bind was refused: from now on it is left alone for a while, and longer each time.
    pub(super) fn note_refused(&self, diagnostic: &str) {
        let mut refused = lock(&self.refused);
        let pause = refused.as_ref().map_or(HOLD_OFF, |last| (last.pause * 2).min(LONGEST_HOLD_OFF));
        *refused = Some(Refused { until: Instant::now() + pause, pause, diagnostic: diagnostic.to_owned() });
    }
}

/// One domain controller.
pub(super) struct Server<R> {
    pub(super) url: Url,
    terms: Arc<ConnectionLimits>,
    idle: Mutex<Vec<(Session<R>, Instant)>>,
    died: Mutex<Option<Instant>>,
    places: Semaphore,
    /// One connection is opened at a time: a crowd that arrives at once would otherwise bind with a
    /// wrong service password often enough to lock it, or all wait for a server that is gone.
    opening: TurnLock<()>,
}

impl<R: Realm> Server<R> {
    pub(super) fn new(url: Url, terms: Arc<ConnectionLimits>) -> Arc<Self> {
        Arc::new(Self {
            url,
            terms,
            idle: Mutex::default(),
            died: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
            opening: TurnLock::default(),
        })
    }

    /// A place among those who may ask.
    pub(super) async fn place(&self) -> Result<SemaphorePermit<'_>, LdapFailure> {
        self.places.acquire().await.map_err(|e| LdapFailure::Lost(e.to_string()))
    }

    /// The turn to open a connection.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().await
    }

    /// A new session; to be called by whoever has the turn.
    pub(super) async fn open(self: &Arc<Self>, begun: Instant) -> Result<Session<R>, LdapFailure> {
        self.still_answers(begun)?;
        let session = self.connect().await;
        match &session {
            Ok(_) => *lock(&self.died) = None,
            Err(LdapFailure::Lost(_) | LdapFailure::Silent(_)) => self.mark_down(),
            Err(LdapFailure::Answer { .. } | LdapFailure::Unusable(_) | LdapFailure::Unfit(_)) => {}
        }
        session
    }

    async fn connect(&self) -> Result<Session<R>, LdapFailure> {
        if let Some(trouble) = self.terms.held_off() {
            return Err(trouble);
        }
        let connection = Connection::open(&self.url, &self.terms.config, &self.terms.tls).await?;
        let entered = connection.enter().await;
        match &entered {
            Err(LdapFailure::Answer { operation: "bind", code: INVALID_CREDENTIALS, diagnostic }) => {
                self.terms.note_refused(diagnostic);
            }
            Ok(_) => *lock(&self.terms.refused) = None,
            Err(_) => {}
        }
        entered
    }

    /// A kept connection that is neither old nor long idle, if there is one.
    pub(super) fn kept(&self) -> Option<Session<R>> {
        let now = Instant::now();
        let mut idle = lock(&self.idle);
        idle.retain(|(session, since)| now - *since < MAX_IDLE_TIME && now - session.opened < MAX_AGE);
        idle.pop().map(|(session, _)| session)
    }

    /// Keeps a connection for the next question.
    pub(super) fn keep(&self, session: Session<R>) {
        let mut idle = lock(&self.idle);
        if idle.len() < AT_ONCE {
            idle.push((session, Instant::now()));
        }
    }

    pub(super) fn forget_kept(&self) {
        lock(&self.idle).clear();
    }

    /// Whoever waited for a turn need not find out again what those before have found out.
    pub(super) fn still_answers(&self, since: Instant) -> Result<(), LdapFailure> {
        match *lock(&self.died) {
            Some(died) if died > since => Err(LdapFailure::Lost("it stopped answering to others".to_owned())),
            Some(_) | None => Ok(()),
        }
    }

    /// What went wrong, in the words of the port; a server that is out of reach is dead from now on.
    pub(super) fn error(self: &Arc<Self>, trouble: LdapFailure) -> DirectoryError {
        let server = self.url.text.clone();
        let what = match trouble {
            LdapFailure::Lost(what) | LdapFailure::Silent(what) => what,
            LdapFailure::Answer { operation, code, diagnostic } if is_elsewhere(code) => {
                // It is there, and may well be good for the next question.
                return DirectoryError::Unreachable {
                    tried: format!("{server}: {operation}: result code {code}: {diagnostic}"),
                };
            }
            LdapFailure::Answer { operation, code, diagnostic } => {
                return DirectoryError::Answer { server, operation, code, diagnostic };
            }
            LdapFailure::Unusable(what) => return DirectoryError::Unusable { server, what },
            // It answers, and would not do for anybody; another one may.
            LdapFailure::Unfit(what) => {
                return DirectoryError::Unreachable { tried: format!("{server}: {what}") };
            }
        };
        self.mark_down();
        DirectoryError::Unreachable { tried: format!("{server}: {what}") }
    }

    pub(super) fn is_dead(&self) -> bool {
        lock(&self.died).is_some()
    }

    /// From now on it is asked last, until it has been seen to answer.
    fn mark_down(self: &Arc<Self>) {
        self.forget_kept();
        if lock(&self.died).replace(Instant::now()).is_some() {
            return;
        }
        let server = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(PROBE_EVERY).await;
                // It ends with the pool.
                let Some(server) = server.upgrade() else { return };
                if server.mark_up().await {
                    return;
                }
            }
        });
    }

    async fn mark_up(&self) -> bool {
        let _turn = self.turn().await;
        if !self.is_dead() {
            return true;
        }
        // An answer of any kind is a sign of life.
        match self.connect().await {
            Err(LdapFailure::Lost(_) | LdapFailure::Silent(_)) => {
                *lock(&self.died) = Some(Instant::now());
                return false;
            }
            Ok(session) => self.keep(session),
            Err(LdapFailure::Answer { .. } | LdapFailure::Unusable(_) | LdapFailure::Unfit(_)) => {}
        }
        *lock(&self.died) = None;
        info!(server = %self.url.text, "domain controller answers again");
        true
    }
}
