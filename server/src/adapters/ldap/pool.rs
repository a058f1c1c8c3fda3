//! Which domain controller is asked, and the connections that are kept. Not what is asked.

use super::connection::{Connection, Session, Trouble};
use super::url::Url;
use super::{Config, ConfigError};
use crate::ports::directory::DirectoryError;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tracing::warn;

/// Connections kept open per server: a reset asks a handful of questions, one after the other.
const MAX_IDLE: usize = 4;
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
    dead_until: Mutex<Option<Instant>>,
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
                Ok(Server { url: parsed, idle: Mutex::default(), dead_until: Mutex::default() })
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
        let (dead, alive): (Vec<_>, Vec<_>) =
            self.servers.iter().partition(|server| lock(&server.dead_until).is_some_and(|until| until > now));
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
    async fn read_from<Q: Question>(&self, server: &Server, question: &Q) -> Result<Q::Answer, Trouble> {
        if let Some(mut session) = server.kept() {
            let answer = question.ask(&mut session).await;
            if !matches!(answer, Err(Trouble::Lost(_))) {
                server.keep(session);
                return answer;
            }
        }
        let mut session = self.fresh(server).await?;
        let answer = question.ask(&mut session).await;
        if !matches!(answer, Err(Trouble::Lost(_))) {
            server.keep(session);
        }
        answer
    }

    /// A session that has just proved to carry answers, for what must not be sent twice.
    pub(super) async fn proven(&self, server: &Server) -> Result<Session, Trouble> {
        if let Some(mut session) = server.kept()
            && session.is_alive().await
        {
            return Ok(session);
        }
        // It asks several things, each with a time limit of its own.
        let fresh = timeout(self.config.total_timeout, self.fresh(server)).await;
        fresh.unwrap_or_else(|_| Err(Trouble::Lost("no session in time".to_owned())))
    }

    /// A new session.
    pub(super) async fn fresh(&self, server: &Server) -> Result<Session, Trouble> {
        if let Some((until, code, diagnostic)) = &*lock(&self.refused)
            && *until > Instant::now()
        {
            return Err(Trouble::Answer { operation: "bind", code: *code, diagnostic: diagnostic.clone() });
        }
        let entered = Connection::open(&server.url, &self.config, &self.tls).await?.enter().await;
        if let Err(Trouble::Answer { operation: "bind", code: 49, diagnostic }) = &entered {
            let until = Instant::now() + HOLD_OFF;
            *lock(&self.refused) = Some((until, 49, diagnostic.clone()));
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

impl Server {
    /// A kept connection that is neither old nor long idle, if there is one.
    fn kept(&self) -> Option<Session> {
        let now = Instant::now();
        let mut idle = lock(&self.idle);
        idle.retain(|(session, since)| now - *since < MAX_IDLE_TIME && now - session.opened < MAX_AGE);
        idle.pop().map(|(session, _)| session)
    }

    /// Keeps a connection for the next question.
    pub(super) fn keep(&self, session: Session) {
        let mut idle = lock(&self.idle);
        if idle.len() < MAX_IDLE {
            idle.push((session, Instant::now()));
        }
    }

    fn dies(&self) {
        lock(&self.idle).clear();
        *lock(&self.dead_until) = Some(Instant::now() + DEAD_FOR);
    }

    pub(super) fn lives(&self) {
        *lock(&self.dead_until) = None;
    }
}
