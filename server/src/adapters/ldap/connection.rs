//! One encrypted, bound connection to one domain controller. Not which controller, and not what its
//! answers mean for an account.

use super::Config;
use super::entry::{self, Entry};
use super::realm::Realm;
use super::url::Url;
use ldap3::controls::{Control, PagedResults, RawControl};
use ldap3::{LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Mod, Scope, SearchOptions, StdStream};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

/// BER for `SEQUENCE { INTEGER 1 }`: enforce.
const ENFORCE: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x01];

/// The paged-results control (RFC 2696).
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";

/// What went wrong with one request to one server.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// No connection, or it ended, or no answer in time.
    #[error("{0}")]
    Lost(String),
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
            let stream = TcpStream::connect((url.host.as_str(), url.port)).await.map_err(|e| lost(&e))?;
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
            .map_err(|_| Trouble::Lost("no connection in time".to_owned()))??;
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
        answer.map(|result| (result.rc, result.text)).map_err(|e| Trouble::Lost(e.to_string()))
    }

    /// Binds as the service and learns the realm.
    pub(super) async fn enter(mut self) -> Result<Session, Trouble> {
        let config = Arc::clone(&self.config);
        match self.bind(&config.bind_dn, &config.bind_password).await? {
            (0, _) => {}
            (code, diagnostic) => return Err(Trouble::Answer { operation: "bind", code, diagnostic }),
        }
        let realm = self.realm().await?;
        Ok(Session { connection: self, realm, opened: Instant::now(), shows_counters: false })
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

    /// Gives an attribute this one value.
    pub(super) async fn replace(
        &mut self,
        target: &str,
        attribute: &str,
        value: &str,
    ) -> Result<(), Trouble> {
        let change = Mod::Replace(attribute.as_bytes(), HashSet::from([value.as_bytes()]));
        let answer = self.ldap.with_timeout(self.config.operation_timeout).modify(target, vec![change]).await;
        match answer {
            Ok(result) if result.rc == 0 => Ok(()),
            Ok(result) => {
                Err(Trouble::Answer { operation: "modify", code: result.rc, diagnostic: result.text })
            }
            Err(e) => Err(Trouble::Lost(e.to_string())),
        }
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
            .map_err(|_| Trouble::Lost("no answer to a search in time".to_owned()))?
            .map_err(|e| Trouble::Lost(e.to_string()))?;
        let ldap3::SearchResult(entries, result) = found;
        let entries = entries.into_iter().map(Entry::read).collect::<Result<_, _>>()?;
        Ok((entries, result))
    }
}

/// A connection bound as the service.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) realm: Realm,
    pub(super) opened: Instant,
    /// Whether it has been seen here that the counters of wrong passwords can be read.
    pub(super) shows_counters: bool,
}

impl Session {
    /// Asks something small: whether the connection still carries an answer.
    pub(super) async fn is_alive(&mut self) -> bool {
        self.connection.one("", "(objectClass=*)", &["1.1"]).await.is_ok()
    }

    /// Sets the password and unlocks, in one modify, which a directory carries out whole or not at all.
    pub(super) async fn write_password(&mut self, target: &str, quoted: &Zeroizing<Vec<u8>>) -> Sent {
        // The library keeps its copy of the value as it likes; ours is wiped.
        let replace =
            |name: &str, value: Vec<u8>| Mod::Replace(name.as_bytes().to_vec(), HashSet::from([value]));
        let changes = vec![replace("unicodePwd", quoted.to_vec()), replace("lockoutTime", b"0".to_vec())];
        let ldap = &mut self.connection.ldap;
        if let Some(oid) = self.realm.history_control {
            // Critical: a server that cannot hold us to the history shall say so and write nothing.
            ldap.with_controls(vec![RawControl {
                ctype: oid.to_owned(),
                crit: true,
                val: Some(ENFORCE.into()),
            }]);
        }
        match ldap.with_timeout(self.connection.config.operation_timeout).modify(target, changes).await {
            Ok(result) => Sent::Answered(result.rc, result.text),
            Err(e @ LdapError::OpSend { .. }) => Sent::Not(e.to_string()),
            Err(e) => Sent::Silence(e.to_string()),
        }
    }
}

fn lost(e: &std::io::Error) -> Trouble {
    Trouble::Lost(e.to_string())
}
