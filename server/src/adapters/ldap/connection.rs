//! One encrypted connection to one LDAP server: bind, search and write.

mod search;

use super::config::LdapConfig;
use super::failure::LdapFailure;
use super::url::Url;
use crate::adapters::tls_failure::TlsServer;
use async_trait::async_trait;
use ldap3::controls::RawControl;
use ldap3::exop::PasswordModify;
use ldap3::result::ExopResult;
use ldap3::{LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Mod, StdStream};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// A connection that answered within this time is used for a write without a liveness check. If it drops just then,
/// the write counts as unanswered, like any other.
const LIVENESS_TTL: Duration = Duration::from_secs(2);

/// Filter that matches every entry; for reading an entry by DN.
pub(super) const ANY_ENTRY: &str = "(objectClass=*)";

/// Result of sending a replace modify.
pub(super) enum ReplaceOutcome {
    /// Result code and diagnostic message of the response.
    Answered(u32, String),
    /// The request was not sent.
    NotSent(String),
    /// The request was, or may have been, sent, and no response arrived.
    NoAnswer(String),
}

/// Result of sending a write, with the complete response including its controls.
pub(super) enum WriteOutcome {
    /// The response.
    Answered(LdapResult),
    /// The request was not sent.
    NotSent(String),
    /// The request was, or may have been, sent, and no response arrived.
    NoAnswer(String),
}

/// A connection over TLS, not yet bound. The type has no unencrypted variant.
pub(super) struct Connection {
    ldap: ldap3::Ldap,
    pub(super) config: Arc<LdapConfig>,
    /// URL of the server, as configured.
    pub(super) server: String,
}

impl Connection {
    pub(super) async fn open(
        url: &Url,
        config: &Arc<LdapConfig>,
        tls: &Arc<rustls::ClientConfig>,
    ) -> Result<Self, LdapFailure> {
        let connect = async {
            let connected = match url.ip {
                Some(ip) => TcpStream::connect((ip, url.port)).await,
                None => TcpStream::connect((url.host.as_str(), url.port)).await,
            };
            let stream = connected.map_err(|e| disconnected(&e))?;
            // Without TCP_NODELAY each small request waits for the peer's delayed acknowledgement: 61 ms instead of
            // 17 ms.
            stream.set_nodelay(true).map_err(|e| disconnected(&e))?;
            let stream = stream.into_std().map_err(|e| disconnected(&e))?;
            let settings = LdapConnSettings::new()
                .set_config(Arc::clone(tls))
                .set_starttls(url.starttls)
                .set_std_stream(StdStream::Tcp(stream));
            let connected = LdapConnAsync::with_settings(settings, &url.text).await;
            connected.map_err(|e| handshake_failure(&e, &url.host))
        };
        let (driver, ldap) = timeout(config.connect_timeout, connect)
            .await
            .map_err(|_| LdapFailure::TimedOut("no connection in time".to_owned()))??;
        // Errors of the driver reach the pending requests, which report them.
        tokio::spawn(async move { driver.drive().await.ok() });
        Ok(Self { ldap, config: Arc::clone(config), server: url.text.clone() })
    }

    /// Simple bind; returns the result code and the diagnostic message.
    pub(super) async fn bind(&mut self, name: &str, password: &str) -> Result<(u32, String), LdapFailure> {
        if password.is_empty() {
            // A bind with a name and no password is anonymous, and a directory may accept it (RFC 4513 5.1.2).
            return Err(LdapFailure::Unusable("an empty password is never sent".to_owned()));
        }
        let result = self.ldap.with_timeout(self.config.operation_timeout).simple_bind(name, password).await;
        result.map(|result| (result.rc, result.text)).map_err(|e| request_failure(&e))
    }

    /// Simple bind with request controls; returns the complete response.
    pub(super) async fn bind_with(
        &mut self,
        name: &str,
        password: &str,
        controls: Vec<RawControl>,
    ) -> Result<LdapResult, LdapFailure> {
        if password.is_empty() {
            return Err(LdapFailure::Unusable("an empty password is never sent".to_owned()));
        }
        self.ldap.with_controls(controls);
        let result = self.ldap.with_timeout(self.config.operation_timeout).simple_bind(name, password).await;
        result.map_err(|e| request_failure(&e))
    }

    /// Binds as the service account and reads the directory information. `LdapFailure::Unusable` becomes
    /// `ServerUnusable`: without this information no account can be served from this server.
    pub(super) async fn bind_as_service<R: DirectoryInfo>(mut self) -> Result<Session<R>, LdapFailure> {
        let config = Arc::clone(&self.config);
        match self.bind(&config.bind_dn, &config.bind_password).await? {
            (0, _) => {}
            (code, diagnostic) => {
                return Err(LdapFailure::Answer { operation: "bind", code, diagnostic, advice: "" });
            }
        }
        let info = R::read(&mut self).await.map_err(|failure| match failure {
            LdapFailure::Unusable(what) => LdapFailure::ServerUnusable(what),
            other @ (LdapFailure::Disconnected(_)
            | LdapFailure::TimedOut(_)
            | LdapFailure::Answer { .. }
            | LdapFailure::ServerUnusable(_)) => other,
        })?;
        let now = Instant::now();
        Ok(Session { connection: self, info, opened_at: now, last_answer_at: now })
    }

    /// Replaces attribute values in one atomic modify. A server that does not support the `critical` control rejects
    /// the request and writes nothing.
    pub(super) async fn replace(
        &mut self,
        target: &str,
        values: Vec<(&str, Vec<u8>)>,
        critical: Option<(&str, &[u8])>,
    ) -> ReplaceOutcome {
        // `ldap3` does not wipe its copy of a secret value; this crate wipes its own.
        let changes = values
            .into_iter()
            .map(|(name, value)| Mod::Replace(name.as_bytes().to_vec(), HashSet::from([value])))
            .collect();
        if let Some((oid, value)) = critical {
            let control = RawControl { ctype: oid.to_owned(), crit: true, val: Some(value.to_vec()) };
            self.ldap.with_controls(vec![control]);
        }
        match self.ldap.with_timeout(self.config.operation_timeout).modify(target, changes).await {
            Ok(result) => ReplaceOutcome::Answered(result.rc, result.text),
            Err(e @ LdapError::OpSend { .. }) => ReplaceOutcome::NotSent(e.to_string()),
            Err(e) => ReplaceOutcome::NoAnswer(e.to_string()),
        }
    }

    /// Sends one modify, which a directory applies completely or not at all.
    pub(super) async fn modify(
        &mut self,
        target: &str,
        changes: Vec<Mod<Vec<u8>>>,
        controls: Vec<RawControl>,
    ) -> WriteOutcome {
        self.ldap.with_controls(controls);
        let response = self.ldap.with_timeout(self.config.operation_timeout).modify(target, changes);
        WriteOutcome::from_result(response.await)
    }

    /// Sets the password of another account with the password modify operation (RFC 3062).
    pub(super) async fn set_password(
        &mut self,
        target: &str,
        password: &str,
        controls: Vec<RawControl>,
    ) -> WriteOutcome {
        // `ldap3` does not wipe its copy of the password; this crate wipes its own.
        let request = PasswordModify { user_id: Some(target), old_pass: None, new_pass: Some(password) };
        self.ldap.with_controls(controls);
        let response = self.ldap.with_timeout(self.config.operation_timeout).extended(request);
        WriteOutcome::from_result(response.await.map(|ExopResult(_, result)| result))
    }
}

impl WriteOutcome {
    fn from_result(outcome: Result<LdapResult, LdapError>) -> Self {
        match outcome {
            Ok(result) => Self::Answered(result),
            Err(e @ LdapError::OpSend { .. }) => Self::NotSent(e.to_string()),
            Err(e) => Self::NoAnswer(e.to_string()),
        }
    }
}

/// What an adapter reads from a server after the bind, before the first query.
#[async_trait]
pub(super) trait DirectoryInfo: Sized + Send + Sync + 'static {
    /// Reads it over a bound connection.
    async fn read(connection: &mut Connection) -> Result<Self, LdapFailure>;
}

/// A connection bound as the service account.
pub(super) struct Session<R> {
    pub(super) connection: Connection,
    pub(super) info: R,
    pub(super) opened_at: Instant,
    /// Time of the last response.
    pub(super) last_answer_at: Instant,
}

impl<R: DirectoryInfo> Session<R> {
    /// Returns whether the server still answers; sends a request unless the last response is recent.
    pub(super) async fn is_alive(&mut self) -> bool {
        if self.last_answer_at.elapsed() < LIVENESS_TTL {
            return true;
        }
        let alive = self.connection.read_entry("", ANY_ENTRY, &["1.1"]).await.is_ok();
        if alive {
            self.last_answer_at = Instant::now();
        }
        alive
    }
}

/// The failure of the TLS handshake, or of `StartTLS` before it.
fn handshake_failure(e: &LdapError, host: &str) -> LdapFailure {
    let server = TlsServer { host, address_key: "directory.urls", ca_key: "directory.ca_file" };
    LdapFailure::Disconnected(server.explain(e).unwrap_or_else(|| e.to_string()))
}

fn disconnected(e: &std::io::Error) -> LdapFailure {
    LdapFailure::Disconnected(e.to_string())
}

fn request_failure(e: &LdapError) -> LdapFailure {
    if matches!(e, LdapError::Timeout { .. }) {
        LdapFailure::TimedOut("no answer in time".to_owned())
    } else {
        LdapFailure::Disconnected(e.to_string())
    }
}
