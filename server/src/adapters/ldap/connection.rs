//! One encrypted, bound connection to one domain controller. Not which controller, and not what its
//! answers mean for an account.

use super::Config;
use super::entry::{self, Entry};
use super::url::Url;
use async_trait::async_trait;
use ldap3::controls::{Control, PagedResults, RawControl};
use ldap3::exop::PasswordModify;
use ldap3::result::ExopResult;
use ldap3::{LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Mod, Scope, SearchOptions, StdStream};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// The paged-results control (RFC 2696).
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// Which parts of a security descriptor are wanted (MS-ADTS 3.1.1.3.4.1.11). Without it all of it is, and whoever
/// may not read the auditing part gets nothing.
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
/// Its value: BER for `SEQUENCE { INTEGER 5 }`, owner and permissions.
const OWNER_AND_PERMISSIONS: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x05];

/// What has answered so lately need not prove itself again before a write: if it ends just then, the write is
/// looked after as any that is not answered.
const FRESH: Duration = Duration::from_secs(2);

/// What went wrong with one request to one server.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// No connection, or it ended.
    #[error("{0}")]
    Lost(String),
    /// The connection stands and nothing came in time: the server hangs, and would on another one.
    #[error("{0}")]
    Silent(String),
    /// The server said no.
    #[error("{operation}: result code {code}: {diagnostic}")]
    Answer { operation: &'static str, code: u32, diagnostic: String },
    /// The server said something that is of no use.
    #[error("{0}")]
    Unusable(String),
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
    pub(super) config: Arc<Config>,
    /// To whom, as it is configured.
    pub(super) server: String,
}

impl Connection {
    pub(super) async fn open(
        url: &Url,
        config: &Arc<Config>,
        tls: &Arc<rustls::ClientConfig>,
    ) -> Result<Self, Trouble> {
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
            LdapConnAsync::with_settings(settings, &url.text).await.map_err(|e| Trouble::Lost(e.to_string()))
        };
        let (driver, ldap) = timeout(config.connect_timeout, connecting)
            .await
            .map_err(|_| Trouble::Silent("no connection in time".to_owned()))??;
        // How a connection ends is seen by whoever waits on it.
        tokio::spawn(async move { driver.drive().await.ok() });
        Ok(Self { ldap, config: Arc::clone(config), server: url.text.clone() })
    }

    /// A simple bind; the answer's code and diagnostic.
    pub(super) async fn bind(&mut self, name: &str, password: &str) -> Result<(u32, String), Trouble> {
        if password.is_empty() {
            // A name without a password is an anonymous bind, which a directory may well accept (RFC 4513 5.1.2).
            return Err(Trouble::Unusable("an empty password is never sent".to_owned()));
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
    ) -> Result<LdapResult, Trouble> {
        if password.is_empty() {
            return Err(Trouble::Unusable("an empty password is never sent".to_owned()));
        }
        self.ldap.with_controls(controls);
        let answer = self.ldap.with_timeout(self.config.operation_timeout).simple_bind(name, password).await;
        answer.map_err(|e| failed(&e))
    }

    /// Binds as the service and learns the realm.
    pub(super) async fn enter<R: Realm>(mut self) -> Result<Session<R>, Trouble> {
        let config = Arc::clone(&self.config);
        match self.bind(&config.bind_dn, &config.bind_password).await? {
            (0, _) => {}
            (code, diagnostic) => return Err(Trouble::Answer { operation: "bind", code, diagnostic }),
        }
        let realm = R::read(&mut self).await?;
        let now = Instant::now();
        Ok(Session { connection: self, realm, opened: now, answered: now })
    }

    /// The entry itself, if it is there and the filter takes it.
    pub(super) async fn one(
        &mut self,
        dn: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, Trouble> {
        match self.search(dn, Scope::Base, filter, attributes, 0).await {
            Ok(hits) => Ok(hits.into_iter().next()),
            Err(Trouble::Answer { code: 32, .. }) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Any one entry that the filter takes, with the server stopping there.
    pub(super) async fn any(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, Trouble> {
        let (found, _) = self.results(base, Scope::Subtree, filter, attributes, 1).await?;
        Ok(found.into_iter().next())
    }

    /// Some entries that the filter takes, with the server stopping at `limit`; where `nTSecurityDescriptor` is
    /// asked for, it comes as far as it may be read. A base that is not there has none.
    pub(super) async fn some(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<Vec<Entry>, Trouble> {
        let value = Some(OWNER_AND_PERMISSIONS.to_vec());
        self.ldap.with_controls(vec![RawControl { ctype: SD_FLAGS.to_owned(), crit: true, val: value }]);
        let (mut entries, result) = self.results(base, scope, filter, attributes, limit).await?;
        if limit > 0 {
            // Samba does not stop where it is told to.
            entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        match result.rc {
            // 4: there are more than so many.
            0 | 4 => Ok(entries),
            32 => Ok(Vec::new()),
            code => Err(Trouble::Answer { operation: "search", code, diagnostic: result.text }),
        }
    }

    /// All entries found; more than `limit` of them is an answer with code 4.
    pub(super) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<Vec<Entry>, Trouble> {
        match self.results(base, scope, filter, attributes, limit).await? {
            (entries, result) if result.rc == 0 => Ok(entries),
            (_, result) => {
                Err(Trouble::Answer { operation: "search", code: result.rc, diagnostic: result.text })
            }
        }
    }

    /// The next so many entries that the filter takes, and the cookie that brings those after them; an
    /// empty cookie begins, and ends.
    pub(super) async fn page(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
        cookie: Vec<u8>,
    ) -> Result<(Vec<Entry>, Vec<u8>), Trouble> {
        let mut control =
            RawControl::from(PagedResults { size: self.config.page_size, cookie: cookie.clone() });
        // Critical: a server that cannot page shall say so, and not bring the first thousand for all.
        control.crit = true;
        self.ldap.with_controls(vec![control]);
        let (entries, result) = self.results(base, Scope::Subtree, filter, attributes, 0).await?;
        if result.rc != 0 {
            let (code, diagnostic) = (result.rc, result.text);
            return Err(Trouble::Answer { operation: "search", code, diagnostic });
        }
        let next = result
            .ctrls
            .iter()
            .find(|Control(_, raw)| raw.ctype == PAGED_RESULTS)
            .and_then(|Control(_, raw)| entry::paging_cookie(raw.val.as_deref()?))
            .ok_or_else(|| {
                Trouble::Unusable("a page without the word whether there is another".to_owned())
            })?;
        if entries.is_empty() && !next.is_empty() && next == cookie {
            return Err(Trouble::Unusable("a listing that does not advance".to_owned()));
        }
        Ok((entries, next))
    }

    /// All of what the filter takes, for what is known to be little.
    pub(super) async fn all_pages(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, Trouble> {
        let mut all = Vec::new();
        let mut cookie = Vec::new();
        loop {
            let (page, next) = self.page(base, filter, attributes, cookie).await?;
            all.extend(page);
            if next.is_empty() {
                return Ok(all);
            }
            cookie = next;
        }
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

    /// What came before the result, and the result; referrals to other partitions are left out.
    async fn results(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<(Vec<Entry>, LdapResult), Trouble> {
        let limit = SearchOptions::new().sizelimit(limit);
        let searching = self.ldap.with_search_options(limit).search(base, scope, filter, attributes);
        // ldap3's own time limit starts anew with every entry.
        let found = timeout(self.config.operation_timeout, searching)
            .await
            .map_err(|_| Trouble::Silent("no answer to a search in time".to_owned()))?
            .map_err(|e| failed(&e))?;
        let ldap3::SearchResult(entries, result) = found;
        let entries = entries.into_iter().map(Entry::read).collect::<Result<_, _>>()?;
        Ok((entries, result))
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
    async fn read(connection: &mut Connection) -> Result<Self, Trouble>;
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

fn lost(e: &std::io::Error) -> Trouble {
    Trouble::Lost(e.to_string())
}

fn failed(e: &LdapError) -> Trouble {
    if matches!(e, LdapError::Timeout { .. }) {
        Trouble::Silent("no answer in time".to_owned())
    } else {
        Trouble::Lost(e.to_string())
    }
}
