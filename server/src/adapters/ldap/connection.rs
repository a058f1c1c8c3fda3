//! One encrypted, bound connection to one domain controller. Not which controller, and not what its
//! answers mean for an account.

mod search;

use super::LdapConfig;
use super::url::Url;
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

/// What has answered so lately need not prove itself again before a write: if it ends just then, the write is
/// looked after as any that is not answered.
const FRESH: Duration = Duration::from_secs(2);

/// What went wrong with one request to one server.
#[derive(Debug, thiserror::Error)]
pub(super) enum LdapFailure {
    /// No connection, or it ended.
    #[error("{0}")]
    Lost(String),
    /// The connection stands and nothing came in time: the server hangs, and would on another one.
    #[error("{0}")]
    Silent(String),
    /// The server said no.
    #[error("{operation}: result code {code}: {diagnostic}")]
    Answer { operation: &'static str, code: u32, diagnostic: String },
    /// What the server said of one entry is of no use.
    #[error("{0}")]
    Unusable(String),
    /// The server, or what the settings say of it, is of no use for anybody: an outage, and not somebody
    /// without an account.
    #[error("{0}")]
    Unfit(String),
}

/// What came of sending a modify.
pub(super) enum Sent {
    /// An answer: result code and diagnostic.
    Answered(u32, String),
    /// It never left.
    Not(String),
    /// It left, or may have, and nothing came back.
    Silence(String),
}

/// What came of sending a write: [`Sent`] with the whole answer, its controls among it.
pub(super) enum Reply {
    /// An answer.
    Answered(LdapResult),
    /// It never left.
    Not(String),
    /// It left, or may have, and nothing came back.
    Silence(String),
}

/// A connection over TLS, not yet bound. There is no other kind: nothing here can speak in the clear.
pub(super) struct Connection {
    ldap: ldap3::Ldap,
    pub(super) config: Arc<LdapConfig>,
    /// To whom, as it is configured.
    pub(super) server: String,
}

impl Connection {
    pub(super) async fn open(
        url: &Url,
        config: &Arc<LdapConfig>,
        tls: &Arc<rustls::ClientConfig>,
    ) -> Result<Self, LdapFailure> {
        let connecting = async {
            let connected = match url.ip {
                Some(ip) => TcpStream::connect((ip, url.port)).await,
                None => TcpStream::connect((url.host.as_str(), url.port)).await,
            };
            let stream = connected.map_err(|e| lost(&e))?;
            // Without it each small request waits for the peer's delayed acknowledgement: 61 ms instead of 17.
            stream.set_nodelay(true).map_err(|e| lost(&e))?;
            let stream = stream.into_std().map_err(|e| lost(&e))?;
            let settings = LdapConnSettings::new()
                .set_config(Arc::clone(tls))
                .set_starttls(url.starttls)
                .set_std_stream(StdStream::Tcp(stream));
            LdapConnAsync::with_settings(settings, &url.text)
                .await
                .map_err(|e| LdapFailure::Lost(e.to_string()))
        };
        let (driver, ldap) = timeout(config.connect_timeout, connecting)
            .await
            .map_err(|_| LdapFailure::Silent("no connection in time".to_owned()))??;
        // How a connection ends is seen by whoever waits on it.
        tokio::spawn(async move { driver.drive().await.ok() });
        Ok(Self { ldap, config: Arc::clone(config), server: url.text.clone() })
    }

    /// A simple bind; the answer's code and diagnostic.
    pub(super) async fn bind(&mut self, name: &str, password: &str) -> Result<(u32, String), LdapFailure> {
        if password.is_empty() {
            // A name without a password is an anonymous bind, which a directory may well accept (RFC 4513 5.1.2).
            return Err(LdapFailure::Unusable("an empty password is never sent".to_owned()));
        }
        let answer = self.ldap.with_timeout(self.config.operation_timeout).simple_bind(name, password).await;
        answer.map(|result| (result.rc, result.text)).map_err(|e| failed(&e))
    }

    /// A simple bind with these controls, and the whole answer.
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
        let answer = self.ldap.with_timeout(self.config.operation_timeout).simple_bind(name, password).await;
        answer.map_err(|e| failed(&e))
    }

    /// Binds as the service and learns the realm.
    pub(super) async fn enter<R: Realm>(mut self) -> Result<Session<R>, LdapFailure> {
        let config = Arc::clone(&self.config);
        match self.bind(&config.bind_dn, &config.bind_password).await? {
            (0, _) => {}
            (code, diagnostic) => return Err(LdapFailure::Answer { operation: "bind", code, diagnostic }),
        }
        let realm = R::read(&mut self).await.map_err(|trouble| match trouble {
            LdapFailure::Unusable(what) => LdapFailure::Unfit(what),
            other @ (LdapFailure::Lost(_)
            | LdapFailure::Silent(_)
            | LdapFailure::Answer { .. }
            | LdapFailure::Unfit(_)) => other,
        })?;
        let now = Instant::now();
        Ok(Session { connection: self, realm, opened: now, answered: now })
    }

    /// Replaces the values of attributes, in one modify, which a directory carries out whole or not at all.
    /// A critical control that the server lacks makes it say so and write nothing.
    pub(super) async fn replace(
        &mut self,
        target: &str,
        values: Vec<(&str, Vec<u8>)>,
        critical: Option<(&str, &[u8])>,
    ) -> Sent {
        // The library keeps its copy of a secret value as it likes; ours are wiped.
        let changes = values
            .into_iter()
            .map(|(name, value)| Mod::Replace(name.as_bytes().to_vec(), HashSet::from([value])))
            .collect();
        if let Some((oid, value)) = critical {
            let control = RawControl { ctype: oid.to_owned(), crit: true, val: Some(value.to_vec()) };
            self.ldap.with_controls(vec![control]);
        }
        match self.ldap.with_timeout(self.config.operation_timeout).modify(target, changes).await {
            Ok(result) => Sent::Answered(result.rc, result.text),
            Err(e @ LdapError::OpSend { .. }) => Sent::Not(e.to_string()),
            Err(e) => Sent::Silence(e.to_string()),
        }
    }

    /// Changes, in one modify, which a directory carries out whole or not at all.
    pub(super) async fn modify(
        &mut self,
        target: &str,
        changes: Vec<Mod<Vec<u8>>>,
        controls: Vec<RawControl>,
    ) -> Reply {
        self.ldap.with_controls(controls);
        let sending = self.ldap.with_timeout(self.config.operation_timeout).modify(target, changes);
        Reply::of(sending.await)
    }

    /// Sets the password of somebody else, by the operation that is made for it (RFC 3062).
    pub(super) async fn set_password(
        &mut self,
        target: &str,
        password: &str,
        controls: Vec<RawControl>,
    ) -> Reply {
        // The library keeps its copy of the password as it likes; ours are wiped.
        let request = PasswordModify { user_id: Some(target), old_pass: None, new_pass: Some(password) };
        self.ldap.with_controls(controls);
        let sending = self.ldap.with_timeout(self.config.operation_timeout).extended(request);
        Reply::of(sending.await.map(|ExopResult(_, result)| result))
    }
}

impl Reply {
    fn of(outcome: Result<LdapResult, LdapError>) -> Self {
        match outcome {
            Ok(result) => Self::Answered(result),
            Err(e @ LdapError::OpSend { .. }) => Self::Not(e.to_string()),
            Err(e) => Self::Silence(e.to_string()),
        }
    }
}

/// What a kind of directory has to know of its server before anything is asked.
#[async_trait]
pub(super) trait Realm: Sized + Send + Sync + 'static {
    /// Reads it; to be called bound.
    async fn read(connection: &mut Connection) -> Result<Self, LdapFailure>;
}

/// A connection bound as the service.
pub(super) struct Session<R> {
    pub(super) connection: Connection,
    pub(super) realm: R,
    pub(super) opened: Instant,
    /// When it last proved to carry answers.
    pub(super) answered: Instant,
}

impl<R: Realm> Session<R> {
    /// Whether the connection still carries answers. One that has just done so is not asked.
    pub(super) async fn is_alive(&mut self) -> bool {
        if self.answered.elapsed() < FRESH {
            return true;
        }
        let alive = self.connection.one("", "(objectClass=*)", &["1.1"]).await.is_ok();
        if alive {
            self.answered = Instant::now();
        }
        alive
    }
}

fn lost(e: &std::io::Error) -> LdapFailure {
    LdapFailure::Lost(e.to_string())
}

fn failed(e: &LdapError) -> LdapFailure {
    if matches!(e, LdapError::Timeout { .. }) {
        LdapFailure::Silent("no answer in time".to_owned())
    } else {
        LdapFailure::Lost(e.to_string())
    }
}
