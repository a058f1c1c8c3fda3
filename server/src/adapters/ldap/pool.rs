//! The servers of a directory in order of preference, with failover and connection reuse.

use super::config::{self, LdapConfig, LdapConfigError};
use super::connection::{Connection, DirectoryInfo, Session};
use super::discovery::{self, Domain};
use super::failure::LdapFailure;
use super::locks::lock;
use super::server::{ConnectionContext, Server};
use super::url::Url;
use crate::ports::directory::DirectoryError;
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, timeout};
use tracing::warn;

/// Delay before the next DNS lookup after a failed one.
const LOOKUP_RETRY_DELAY: Duration = Duration::from_secs(10);

/// All servers of one directory.
pub(super) struct Pool<R> {
    pub(super) config: Arc<LdapConfig>,
    pub(super) context: Arc<ConnectionContext>,
    sources: Arc<[Source]>,
    server_list: Arc<ServerList<R>>,
}

/// A configured source of servers.
enum Source {
    Server(Url),
    Domain(Box<Domain>),
}

/// The servers of all sources, in order.
struct ServerList<R> {
    servers: Mutex<Vec<Arc<Server<R>>>>,
    /// When the `srv:` domains are looked up again.
    refresh_due: Mutex<Option<Instant>>,
    /// Time and cause of the last lookup, if it failed.
    last_failure: Mutex<Option<(Instant, String)>>,
    refresh_lock: AsyncMutex<()>,
}

/// An idempotent query that any server can answer, and that may be repeated.
#[async_trait]
pub(super) trait Query<R: DirectoryInfo>: Sync {
    /// Result of the query.
    type Answer: Send;
    /// Runs the query over this session.
    async fn run(&self, session: &mut Session<R>) -> Result<Self::Answer, LdapFailure>;
}

impl<R: DirectoryInfo> Pool<R> {
    /// Loads the trusted certificates. Connects only at the first request.
    pub(super) fn new(config: LdapConfig) -> Result<Self, LdapConfigError> {
        if config.bind_password.is_empty() {
            return Err(LdapConfigError::NoPassword);
        }
        let tls = Arc::new(config::tls_client_config(config.ca_file.as_ref())?);
        let config = Arc::new(config);
        let context = Arc::new(ConnectionContext::new(Arc::clone(&config), tls));
        let parse_source = |text: &String| {
            let source = match text.strip_prefix(discovery::SCHEME) {
                Some(domain) => {
                    Domain::parse(domain, config.dns_server).map(|domain| Source::Domain(Box::new(domain)))
                }
                None => Url::parse(text).map(Source::Server),
            };
            source.map_err(|what| LdapConfigError::Url { url: text.clone(), what })
        };
        let sources: Arc<[Source]> = config.urls.iter().map(parse_source).collect::<Result<_, _>>()?;
        if sources.is_empty() {
            return Err(LdapConfigError::NoUrl);
        }
        let server_list = Arc::new(ServerList {
            servers: Mutex::default(),
            refresh_due: Mutex::default(),
            last_failure: Mutex::default(),
            refresh_lock: AsyncMutex::default(),
        });
        let pool = Self { config, context, sources, server_list };
        let configured = pool.sources.iter().filter_map(|source| match source {
            Source::Server(url) => Some(url.clone()),
            Source::Domain(_) => None,
        });
        let configured = configured.collect();
        pool.server_list.replace(configured, &pool.context);
        Ok(pool)
    }

    /// The servers in configured order; those of a domain only after its first lookup.
    pub(super) fn servers(&self) -> Vec<Arc<Server<R>>> {
        lock(&self.server_list.servers).clone()
    }

    /// Looks up the domains if that is due. Requests wait for the lookup only while no server is known; a failure is
    /// the answer to all requests until the next attempt.
    async fn refresh(&self) -> Result<(), DirectoryError> {
        if self.sources.iter().all(|source| matches!(source, Source::Server(_))) {
            return Ok(());
        }
        let now = Instant::now();
        let refresh_due = *lock(&self.server_list.refresh_due);
        match refresh_due {
            Some(refresh_due) if refresh_due > now => {}
            Some(_) if !self.servers().is_empty() => {
                let (servers, sources, context) =
                    (Arc::clone(&self.server_list), Arc::clone(&self.sources), Arc::clone(&self.context));
                tokio::spawn(async move {
                    // One lookup is enough: other requests continue with the servers known so far.
                    let Ok(_guard) = servers.refresh_lock.try_lock() else { return };
                    servers.refresh(&sources, &context).await;
                });
            }
            Some(_) | None => {
                let _guard = self.server_list.refresh_lock.lock().await;
                // Another task may have refreshed the list while this one waited for the lock.
                if lock(&self.server_list.refresh_due).is_none_or(|refresh_due| refresh_due <= now) {
                    self.server_list.refresh(&self.sources, &self.context).await;
                }
            }
        }
        match &*lock(&self.server_list.last_failure) {
            // Servers that are named in the settings remain usable.
            Some((_, tried)) if self.servers().is_empty() => {
                Err(DirectoryError::Unreachable { tried: tried.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Finds the server with this URL.
    pub(super) fn server_named(&self, name: &str) -> Option<Arc<Server<R>>> {
        self.servers().into_iter().find(|server| server.url.text == name)
    }

    /// Refreshes the list if that is due and returns it as [`Self::servers_by_health`] does.
    pub(super) async fn resolved_servers(&self) -> Result<Vec<Arc<Server<R>>>, DirectoryError> {
        self.refresh().await?;
        Ok(self.servers_by_health())
    }

    /// The reachable servers in configured order, followed by the unreachable ones.
    pub(super) fn servers_by_health(&self) -> Vec<Arc<Server<R>>> {
        let (down, up): (Vec<_>, Vec<_>) = self.servers().into_iter().partition(|server| server.is_down());
        up.into_iter().chain(down).collect()
    }

    /// Queries the first server that answers.
    pub(super) async fn query<Q: Query<R>>(&self, query: &Q) -> Result<Q::Answer, DirectoryError> {
        self.within_total_timeout(self.query_any(query)).await
    }

    /// Queries only this server.
    pub(super) async fn query_at<Q: Query<R>>(
        &self,
        name: &str,
        query: &Q,
    ) -> Result<Q::Answer, DirectoryError> {
        let server = self.server_named(name).ok_or_else(|| unknown_server(name))?;
        let operation = async {
            self.query_server(&server, query).await.map_err(|failure| server.directory_error(failure))
        };
        self.within_total_timeout(operation).await
    }

    async fn within_total_timeout<T>(
        &self,
        operation: impl Future<Output = Result<T, DirectoryError>>,
    ) -> Result<T, DirectoryError> {
        timeout(self.config.total_timeout, operation).await.unwrap_or_else(|_| Err(self.timeout_error()))
    }

    pub(super) fn timeout_error(&self) -> DirectoryError {
        DirectoryError::Unreachable { tried: format!("{}: no answer in time", self.configured_urls()) }
    }

    async fn query_any<Q: Query<R>>(&self, query: &Q) -> Result<Q::Answer, DirectoryError> {
        let mut tried = Vec::new();
        let servers = self.resolved_servers().await?;
        // A slow server must leave time for the others.
        let slice = self.config.total_timeout / u32::try_from(servers.len()).unwrap_or(1).max(1);
        for server in servers {
            let answer = timeout(slice, self.query_server(&server, query)).await;
            match answer.unwrap_or_else(|_| {
                Err(LdapFailure::TimedOut("no answer in its share of the time".to_owned()))
            }) {
                Ok(answer) => return Ok(answer),
                Err(failure) => self.record_or_fail(&server, failure, &mut tried)?,
            }
        }
        Err(DirectoryError::Unreachable { tried: tried.join("; ") })
    }

    /// Queries one server, first over an idle connection. Such a connection may have been closed unnoticed, so its
    /// failure does not mark the server as down.
    pub(super) async fn query_server<Q: Query<R>>(
        &self,
        server: &Arc<Server<R>>,
        query: &Q,
    ) -> Result<Q::Answer, LdapFailure> {
        let started = Instant::now();
        let _permit = server.acquire_permit().await?;
        server.ensure_not_down_since(started)?;
        if let Some(session) = server.take_idle() {
            match run_query(server, session, query).await {
                // The other idle connections are probably dead too; a firewall may have dropped a silent one.
                Err(LdapFailure::Disconnected(_) | LdapFailure::TimedOut(_)) => server.drop_idle(),
                outcome => return outcome,
            }
        }
        let guard = server.lock_opening().await;
        // Another task may have returned a working connection while this one waited for the lock.
        let session = match server.take_idle() {
            Some(session) => session,
            None => server.open(started).await?,
        };
        drop(guard);
        run_query(server, session, query).await
    }

    /// Returns a session that has just answered; for writes, which must not be sent over a dead connection.
    pub(super) async fn live_session(&self, server: &Arc<Server<R>>) -> Result<Session<R>, LdapFailure> {
        let started = Instant::now();
        let acquire = async {
            if let Some(mut session) = server.take_idle()
                && session.is_alive().await
            {
                return Ok(session);
            }
            let _guard = server.lock_opening().await;
            server.open(started).await
        };
        // Opening a session sends several requests, each with its own timeout.
        let session = timeout(self.config.total_timeout, acquire).await;
        session.unwrap_or_else(|_| Err(LdapFailure::TimedOut("no session in time".to_owned())))
    }

    /// Opens a connection that is not bound, for a bind as another account.
    pub(super) async fn open_unbound(&self, server: &Server<R>) -> Result<Connection, LdapFailure> {
        Connection::open(&server.url, &self.config, &self.context.tls).await
    }

    /// Records an unreachable server in `tried`; returns an error that every server would give.
    pub(super) fn record_or_fail(
        &self,
        server: &Arc<Server<R>>,
        failure: LdapFailure,
        tried: &mut Vec<String>,
    ) -> Result<(), DirectoryError> {
        match server.directory_error(failure) {
            DirectoryError::Unreachable { tried: what } => {
                if tried.len() + 1 < self.servers().len() {
                    warn!(what = %what, "domain controller does not answer; trying the next");
                }
                tried.push(what);
                Ok(())
            }
            error @ (DirectoryError::Answer { .. } | DirectoryError::Unusable { .. }) => Err(error),
        }
    }

    pub(super) fn configured_urls(&self) -> String {
        self.config.urls.join(", ")
    }
}

impl<R: DirectoryInfo> ServerList<R> {
    /// Looks up the sources. The caller holds `refresh_lock`.
    async fn refresh(&self, sources: &[Source], context: &Arc<ConnectionContext>) {
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
                self.replace(urls, context);
                *lock(&self.last_failure) = None;
                *lock(&self.refresh_due) = Some(now + context.config.discovery_ttl);
            }
            Some(what) => {
                warn!(what, "domain controller lookup failed; servers known so far remain in use");
                *lock(&self.last_failure) = Some((now, what));
                *lock(&self.refresh_due) = Some(now + LOOKUP_RETRY_DELAY);
            }
        }
    }

    /// Replaces the list; servers that remain keep their connections and state.
    fn replace(&self, urls: Vec<Url>, context: &Arc<ConnectionContext>) {
        let mut servers = lock(&self.servers);
        let mut next: Vec<Arc<Server<R>>> = Vec::new();
        for url in urls {
            if next.iter().any(|server| server.url.text == url.text) {
                continue;
            }
            // A server whose address has changed counts as the same while it answers.
            let is_same = |server: &&Arc<Server<R>>| {
                server.url.text == url.text && (server.url.ip == url.ip || !server.is_down())
            };
            let existing = servers.iter().find(is_same);
            next.push(existing.map_or_else(|| Server::new(url, Arc::clone(context)), Arc::clone));
        }
        *servers = next;
    }
}

/// Runs the query and returns the session to the idle connections unless the connection is lost.
async fn run_query<R: DirectoryInfo, Q: Query<R>>(
    server: &Arc<Server<R>>,
    mut session: Session<R>,
    query: &Q,
) -> Result<Q::Answer, LdapFailure> {
    let answer = query.run(&mut session).await;
    match &answer {
        Err(LdapFailure::Disconnected(_) | LdapFailure::TimedOut(_)) => {}
        Ok(_)
        | Err(LdapFailure::Answer { .. } | LdapFailure::Unusable(_) | LdapFailure::ServerUnusable(_)) => {
            session.last_answer_at = Instant::now();
            server.return_idle(session);
        }
    }
    answer
}

pub(super) fn unknown_server(name: &str) -> DirectoryError {
    DirectoryError::Unreachable { tried: format!("{name}: it is not one of the configured servers") }
}
