//! The servers that are asked, one after the other, and the connections that are kept. Not what is asked, nor
//! of which kind the directory is.

use super::connection::{Connection, LdapFailure, Realm, Session};
use super::discovery::{self, Domain};
use super::server::{ConnectionLimits, Server};
use super::url::Url;
use super::{LdapConfig, LdapConfigError};
use crate::ports::directory::DirectoryError;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex as TurnLock;
use tokio::time::{Instant, timeout};
use tracing::warn;

/// Result codes with which a server sends one elsewhere, having done nothing: a referral, as a read-only
/// controller gives to a write; busy; unavailable.
const ELSEWHERE: [u32; 3] = [10, 51, 52];

/// After a look-up that failed the next one is made so much later.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// All of them.
pub(super) struct Pool<R> {
    pub(super) config: Arc<LdapConfig>,
    pub(super) terms: Arc<ConnectionLimits>,
    sources: Arc<[Source]>,
    list: Arc<List<R>>,
}

/// Where servers come from, as it is configured.
enum Source {
    Server(Url),
    Domain(Box<Domain>),
}

/// The servers of all sources, in order.
struct List<R> {
    servers: Mutex<Vec<Arc<Server<R>>>>,
    /// When domains are looked up again; one look-up at a time.
    due: Mutex<Option<Instant>>,
    /// The last look-up that failed.
    failed: Mutex<Option<(Instant, String)>>,
    turn: TurnLock<()>,
}

/// A question that may be asked twice, of any server.
#[async_trait]
pub(super) trait Query<R: Realm>: Sync {
    /// What comes back.
    type Answer: Send;
    /// Asks it over this session.
    async fn ask(&self, session: &mut Session<R>) -> Result<Self::Answer, LdapFailure>;
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half-done under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Realm> Pool<R> {
    pub(super) fn new(config: LdapConfig, tls: Arc<rustls::ClientConfig>) -> Result<Self, LdapConfigError> {
        let config = Arc::new(config);
        let terms = Arc::new(ConnectionLimits::new(Arc::clone(&config), tls));
        let read = |text: &String| {
            let source = match text.strip_prefix(discovery::SCHEME) {
                Some(domain) => {
                    Domain::parse(domain, config.dns_server).map(|domain| Source::Domain(Box::new(domain)))
                }
                None => Url::parse(text).map(Source::Server),
            };
            source.map_err(|what| LdapConfigError::Url { url: text.clone(), what })
        };
        let sources: Arc<[Source]> = config.urls.iter().map(read).collect::<Result<_, _>>()?;
        if sources.is_empty() {
            return Err(LdapConfigError::NoUrl);
        }
        let list = Arc::new(List {
            servers: Mutex::default(),
            due: Mutex::default(),
            failed: Mutex::default(),
            turn: TurnLock::default(),
        });
        let pool = Self { config, terms, sources, list };
        let known = pool.sources.iter().filter_map(|source| match source {
            Source::Server(url) => Some(url.clone()),
            Source::Domain(_) => None,
        });
        let known = known.collect();
        pool.list.replace(known, &pool.terms);
        Ok(pool)
    }

    /// In the configured order; those of a domain once it has been looked up.
    pub(super) fn servers(&self) -> Vec<Arc<Server<R>>> {
        lock(&self.list.servers).clone()
    }

    /// Looks the domains up, where that is due. Somebody waits for it only as long as no server is known; a failure
    /// is the answer to everybody until it is tried again.
    async fn look_up(&self) -> Result<(), DirectoryError> {
        if self.sources.iter().all(|source| matches!(source, Source::Server(_))) {
            return Ok(());
        }
        let now = Instant::now();
        let due = *lock(&self.list.due);
        match due {
            Some(due) if due > now => {}
            Some(_) if !self.servers().is_empty() => {
                let (servers, sources, terms) =
                    (Arc::clone(&self.list), Arc::clone(&self.sources), Arc::clone(&self.terms));
                tokio::spawn(async move {
                    // One is enough: whoever comes while it runs goes on with those known so far.
                    let Ok(_turn) = servers.turn.try_lock() else { return };
                    servers.look_up(&sources, &terms).await;
                });
            }
            Some(_) | None => {
                let _turn = self.list.turn.lock().await;
                // Somebody else may have done it while this one waited.
                if lock(&self.list.due).is_none_or(|due| due <= now) {
                    self.list.look_up(&self.sources, &self.terms).await;
                }
            }
        }
        match &*lock(&self.list.failed) {
            // Servers that the settings name serve on.
            Some((_, tried)) if self.servers().is_empty() => {
                Err(DirectoryError::Unreachable { tried: tried.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The one of this name.
    pub(super) fn named(&self, name: &str) -> Option<Arc<Server<R>>> {
        self.servers().into_iter().find(|server| server.url.text == name)
    }

    /// The same, after the domains have been looked up where that is due.
    pub(super) async fn looked_up(&self) -> Result<Vec<Arc<Server<R>>>, DirectoryError> {
        self.look_up().await?;
        Ok(self.in_order())
    }

    /// Those that answered last, in the configured order, then those that did not.
    pub(super) fn in_order(&self) -> Vec<Arc<Server<R>>> {
        let (dead, alive): (Vec<_>, Vec<_>) = self.servers().into_iter().partition(|server| server.is_dead());
        alive.into_iter().chain(dead).collect()
    }

    /// Asks the first server that answers.
    pub(super) async fn read<Q: Query<R>>(&self, question: &Q) -> Result<Q::Answer, DirectoryError> {
        self.in_time(self.read_from_any(question)).await
    }

    /// Asks this server and no other.
    pub(super) async fn read_at<Q: Query<R>>(
        &self,
        name: &str,
        question: &Q,
    ) -> Result<Q::Answer, DirectoryError> {
        let server = self.named(name).ok_or_else(|| unknown(name))?;
        let asking =
            async { self.read_from(&server, question).await.map_err(|trouble| server.error(trouble)) };
        self.in_time(asking).await
    }

    async fn in_time<T>(
        &self,
        asking: impl Future<Output = Result<T, DirectoryError>>,
    ) -> Result<T, DirectoryError> {
        timeout(self.config.total_timeout, asking).await.unwrap_or_else(|_| Err(self.too_late()))
    }

    pub(super) fn too_late(&self) -> DirectoryError {
        DirectoryError::Unreachable { tried: format!("{}: no answer in time", self.names()) }
    }

    async fn read_from_any<Q: Query<R>>(&self, question: &Q) -> Result<Q::Answer, DirectoryError> {
        let mut tried = Vec::new();
        let servers = self.looked_up().await?;
        // A slow one must leave the others their part of the time.
        let slice = self.config.total_timeout / u32::try_from(servers.len()).unwrap_or(1).max(1);
        for server in servers {
            let asked = timeout(slice, self.read_from(&server, question)).await;
            match asked
                .unwrap_or_else(|_| Err(LdapFailure::Silent("no answer in its part of the time".to_owned())))
            {
                Ok(answer) => return Ok(answer),
                Err(trouble) => self.next_or_stop(&server, trouble, &mut tried)?,
            }
        }
        Err(DirectoryError::Unreachable { tried: tried.join("; ") })
    }

    /// One server, with a kept connection first: it may have ended unnoticed, so it is no proof.
    pub(super) async fn read_from<Q: Query<R>>(
        &self,
        server: &Arc<Server<R>>,
        question: &Q,
    ) -> Result<Q::Answer, LdapFailure> {
        let begun = Instant::now();
        let _place = server.place().await?;
        server.still_answers(begun)?;
        if let Some(session) = server.kept() {
            match ask(server, session, question).await {
                // The other kept ones are no better. One that is silent may have been forgotten by a firewall.
                Err(LdapFailure::Lost(_) | LdapFailure::Silent(_)) => server.forget_kept(),
                outcome => return outcome,
            }
        }
        let turn = server.turn().await;
        // While waiting for the turn somebody may have finished with a good one.
        let session = match server.kept() {
            Some(session) => session,
            None => server.open(begun).await?,
        };
        drop(turn);
        ask(server, session, question).await
    }

    /// A session that has just proved to carry answers, for what must not be sent in vain.
    pub(super) async fn proven(&self, server: &Arc<Server<R>>) -> Result<Session<R>, LdapFailure> {
        let begun = Instant::now();
        let finding = async {
            if let Some(mut session) = server.kept()
                && session.is_alive().await
            {
                return Ok(session);
            }
            let _turn = server.turn().await;
            server.open(begun).await
        };
        // It asks several things, each with a time limit of its own.
        let found = timeout(self.config.total_timeout, finding).await;
        found.unwrap_or_else(|_| Err(LdapFailure::Silent("no session in time".to_owned())))
    }

    /// A connection that is nobody's yet, for what is to be bound as somebody else.
    pub(super) async fn unbound(&self, server: &Server<R>) -> Result<Connection, LdapFailure> {
        Connection::open(&server.url, &self.config, &self.terms.tls).await
    }

    /// Notes a server that is out of reach, or stops at an answer that another would give too.
    pub(super) fn next_or_stop(
        &self,
        server: &Arc<Server<R>>,
        trouble: LdapFailure,
        tried: &mut Vec<String>,
    ) -> Result<(), DirectoryError> {
        match server.error(trouble) {
            DirectoryError::Unreachable { tried: what } => {
                if tried.len() + 1 < self.servers().len() {
                    warn!(what = %what, "domain controller does not answer; asking the next");
                }
                tried.push(what);
                Ok(())
            }
            error @ (DirectoryError::Answer { .. } | DirectoryError::Unusable { .. }) => Err(error),
        }
    }

    pub(super) fn names(&self) -> String {
        self.config.urls.join(", ")
    }
}

impl<R: Realm> List<R> {
    /// To be called by whoever has the turn.
    async fn look_up(&self, sources: &[Source], terms: &Arc<ConnectionLimits>) {
        let mut urls: Vec<Url> = Vec::new();
        let mut failed = None;
        for source in sources {
            match source {
                Source::Server(url) => urls.push(url.clone()),
                Source::Domain(domain) => match domain.controllers().await {
                    Ok(controllers) => urls.extend(controllers),
                    Err(what) => failed = Some(what),
                },
            }
        }
        let now = Instant::now();
        match failed {
            None => {
                self.replace(urls, terms);
                *lock(&self.failed) = None;
                *lock(&self.due) = Some(now + terms.config.listed_for);
            }
            Some(what) => {
                warn!(what, "the servers known so far are used on");
                *lock(&self.failed) = Some((now, what));
                *lock(&self.due) = Some(now + AGAIN_AFTER);
            }
        }
    }

    /// Those that stay keep their connections, and what is known of them.
    fn replace(&self, urls: Vec<Url>, terms: &Arc<ConnectionLimits>) {
        let mut servers = lock(&self.servers);
        let mut next: Vec<Arc<Server<R>>> = Vec::new();
        for url in urls {
            if next.iter().any(|server| server.url.text == url.text) {
                continue;
            }
            // One that has moved is the same server as long as it answers.
            let stays = |server: &&Arc<Server<R>>| {
                server.url.text == url.text && (server.url.ip == url.ip || !server.is_dead())
            };
            let known = servers.iter().find(stays);
            next.push(known.map_or_else(|| Server::new(url, Arc::clone(terms)), Arc::clone));
        }
        *servers = next;
    }
}

/// Asks over this session, and keeps it unless it is lost.
async fn ask<R: Realm, Q: Query<R>>(
    server: &Arc<Server<R>>,
    mut session: Session<R>,
    question: &Q,
) -> Result<Q::Answer, LdapFailure> {
    let answer = question.ask(&mut session).await;
    match &answer {
        Err(LdapFailure::Lost(_) | LdapFailure::Silent(_)) => {}
        Ok(_) | Err(LdapFailure::Answer { .. } | LdapFailure::Unusable(_) | LdapFailure::Unfit(_)) => {
            session.answered = Instant::now();
            server.keep(session);
        }
    }
    answer
}

pub(super) fn unknown(name: &str) -> DirectoryError {
    DirectoryError::Unreachable { tried: format!("{name}: it is not one of the configured servers") }
}

/// Whether the answer sends one elsewhere.
pub(super) fn is_elsewhere(code: u32) -> bool {
    ELSEWHERE.contains(&code)
}
