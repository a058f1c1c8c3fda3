//! Which domain controller is asked, and the connections that are kept. Not what is asked.

use super::connection::{Connection, Session, Trouble};
use super::url::Url;
use super::{Config, ConfigError};
use crate::ports::directory::DirectoryError;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as TurnLock, Semaphore};
use tokio::time::{Instant, timeout};
use tracing::warn;

/// Questions asked of one server at a time, and so the connections kept open: each takes about two
/// milliseconds, and more at once only make each other slower.
const AT_ONCE: usize = 8;
/// An idle connection is not kept longer: firewalls forget idle ones, Windows closes them after 15 minutes.
const MAX_IDLE_TIME: Duration = Duration::from_mins(1);
/// Nor is any kept longer than this: what it knows of the protected groups is as old as it is.
const MAX_AGE: Duration = Duration::from_mins(10);
/// How long a server that did not answer is asked last.
const DEAD_FOR: Duration = Duration::from_secs(30);
/// How long nothing is asked after the service's own bind was refused. Each further try would count
/// as a wrong password and lock the service account.
const HOLD_OFF: Duration = Duration::from_secs(30);
/// Result codes with which a server sends one elsewhere for now, having done nothing: busy, unavailable.
pub(super) const ELSEWHERE: [u32; 2] = [51, 52];

/// One domain controller.
pub(super) struct Server {
    pub(super) url: Url,
    idle: Mutex<Vec<(Session, Instant)>>,
    died: Mutex<Option<Instant>>,
    places: Semaphore,
    /// One connection is opened at a time: a crowd that arrives at once would otherwise bind with a
    /// wrong service password often enough to lock it, or all wait for a server that is gone.
    opening: TurnLock<()>,
}

/// All of them.
pub(super) struct Pool {
    pub(super) config: Arc<Config>,
    pub(super) tls: Arc<rustls::ClientConfig>,
    pub(super) servers: Vec<Server>,
    refused: Mutex<Option<(Instant, u32, String)>>,
}

/// A question that may be asked twice, of any server.
#[async_trait]
pub(super) trait Question: Sync {
    /// What comes back.
    type Answer: Send;
    /// Asks it over this session.
    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, Trouble>;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half-done under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(super) fn new(config: Config, tls: Arc<rustls::ClientConfig>) -> Result<Self, ConfigError> {
        let servers = config
            .urls
            .iter()
            .map(|url| {
                let parsed = Url::parse(url).map_err(|what| ConfigError::Url { url: url.clone(), what })?;
                Ok(Server {
                    url: parsed,
                    idle: Mutex::default(),
                    died: Mutex::default(),
                    places: Semaphore::new(AT_ONCE),
                    opening: TurnLock::default(),
                })
            })
            .collect::<Result<Vec<_>, ConfigError>>()?;
        if servers.is_empty() {
            return Err(ConfigError::NoUrl);
        }
        Ok(Self { config: Arc::new(config), tls, servers, refused: Mutex::default() })
    }

    /// Those that answered last, in the configured order, then those that did not.
    pub(super) fn in_order(&self) -> Vec<&Server> {
        let now = Instant::now();
        let (dead, alive): (Vec<_>, Vec<_>) = self
            .servers
            .iter()
            .partition(|server| lock(&server.died).is_some_and(|died| now - died < DEAD_FOR));
        alive.into_iter().chain(dead).collect()
    }

    /// Asks the first server that answers.
    pub(super) async fn read<Q: Question>(&self, question: &Q) -> Result<Q::Answer, DirectoryError> {
        match timeout(self.config.total_timeout, self.read_from_any(question)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(DirectoryError::Unreachable { tried: format!("{}: no answer in time", self.names()) })
            }
        }
    }

    async fn read_from_any<Q: Question>(&self, question: &Q) -> Result<Q::Answer, DirectoryError> {
        let mut tried = Vec::new();
        for server in self.in_order() {
            match self.read_from(server, question).await {
                Ok(answer) => {
                    server.lives();
                    return Ok(answer);
                }
                Err(trouble) => self.next_or_stop(server, trouble, &mut tried)?,
            }
        }
        Err(DirectoryError::Unreachable { tried: tried.join("; ") })
    }

    /// One server, with a kept connection first: it may have ended unnoticed, so it is no proof.
    pub(super) async fn read_from<Q: Question>(
        &self,
        server: &Server,
        question: &Q,
    ) -> Result<Q::Answer, Trouble> {
        let begun = Instant::now();
        let _place = server.places.acquire().await.map_err(|e| Trouble::Lost(e.to_string()))?;
        server.still_answers(begun)?;
        if let Some(session) = server.kept() {
            match ask(server, session, question).await {
                // The other kept ones are no better.
                Err(Trouble::Lost(_)) => lock(&server.idle).clear(),
                outcome => return outcome,
            }
        }
        let opening = server.opening.lock().await;
        // While waiting for the turn somebody may have finished with a good one.
        let session = match server.kept() {
            Some(session) => session,
            None => self.open(server, begun).await?,
        };
        drop(opening);
        ask(server, session, question).await
    }

    /// A session that has just proved to carry answers, for what must not be sent twice.
    pub(super) async fn proven(&self, server: &Server) -> Result<Session, Trouble> {
        let begun = Instant::now();
        if let Some(mut session) = server.kept()
            && session.is_alive().await
        {
            return Ok(session);
        }
        let opening = async {
            let _turn = server.opening.lock().await;
            self.open(server, begun).await
        };
        // It asks several things, each with a time limit of its own.
        let opened = timeout(self.config.total_timeout, opening).await;
        opened.unwrap_or_else(|_| Err(Trouble::Lost("no session in time".to_owned())))
    }

    /// A new session; to be called by whoever has the turn.
    async fn open(&self, server: &Server, begun: Instant) -> Result<Session, Trouble> {
        server.still_answers(begun)?;
        if let Some((until, code, diagnostic)) = &*lock(&self.refused)
            && *until > Instant::now()
        {
            return Err(Trouble::Answer { operation: "bind", code: *code, diagnostic: diagnostic.clone() });
        }
        let entered = match Connection::open(&server.url, &self.config, &self.tls).await {
            Ok(connection) => connection.enter().await,
            Err(trouble) => Err(trouble),
        };
        match &entered {
            Err(Trouble::Answer { operation: "bind", code: 49, diagnostic }) => {
                *lock(&self.refused) = Some((Instant::now() + HOLD_OFF, 49, diagnostic.clone()));
            }
            Err(Trouble::Lost(_)) => server.dies(),
            Err(Trouble::Answer { .. } | Trouble::Unusable(_)) | Ok(_) => {}
        }
        entered
    }

    /// Notes a server that is out of reach, or stops at an answer that another would give too.
    pub(super) fn next_or_stop(
        &self,
        server: &Server,
        trouble: Trouble,
        tried: &mut Vec<String>,
    ) -> Result<(), DirectoryError> {
        let name = &server.url.text;
        let what = match trouble {
            Trouble::Lost(what) => what,
            Trouble::Answer { operation, code, diagnostic } if ELSEWHERE.contains(&code) => {
                format!("{operation}: result code {code}: {diagnostic}")
            }
            Trouble::Answer { operation, code, diagnostic } => {
                return Err(DirectoryError::Answer { server: name.clone(), operation, code, diagnostic });
            }
            Trouble::Unusable(what) => return Err(DirectoryError::Unusable { server: name.clone(), what }),
        };
        server.dies();
        if tried.len() + 1 < self.servers.len() {
            warn!(server = %name, what = %what, "domain controller does not answer; asking the next");
        }
        tried.push(format!("{name}: {what}"));
        Ok(())
    }

    pub(super) fn names(&self) -> String {
        self.servers.iter().map(|server| server.url.text.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Asks over this session, and keeps it unless it is lost.
async fn ask<Q: Question>(server: &Server, mut session: Session, question: &Q) -> Result<Q::Answer, Trouble> {
    let answer = question.ask(&mut session).await;
    if !matches!(answer, Err(Trouble::Lost(_))) {
        server.keep(session);
    }
    answer
}

impl Server {
    /// A kept connection that is neither old nor long idle, if there is one.
    fn kept(&self) -> Option<Session> {
        let now = Instant::now();
        let mut idle = lock(&self.idle);
        idle.retain(|(session, since)| now - *since < MAX_IDLE_TIME && now - session.opened < MAX_AGE);
        idle.pop().map(|(session, _)| session)
    }

    /// Whoever waited for a turn need not find out again what those before have found out.
    fn still_answers(&self, since: Instant) -> Result<(), Trouble> {
        match *lock(&self.died) {
            Some(died) if died > since => Err(Trouble::Lost("it stopped answering to others".to_owned())),
            Some(_) | None => Ok(()),
        }
    }

    /// Keeps a connection for the next question.
    pub(super) fn keep(&self, session: Session) {
        let mut idle = lock(&self.idle);
        if idle.len() < AT_ONCE {
            idle.push((session, Instant::now()));
        }
    }

    fn dies(&self) {
        lock(&self.idle).clear();
        *lock(&self.died) = Some(Instant::now());
    }

    pub(super) fn lives(&self) {
        *lock(&self.died) = None;
    }
}
