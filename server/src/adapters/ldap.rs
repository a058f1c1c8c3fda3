//! The directory over LDAP: Active Directory, Samba AD. The one place that imports `ldap3`; it reads
//! no settings and knows nothing of the workflow.
//!
//! | room | what is in it |
//! |---|---|
//! | `url`, `connection`, `pool` | TLS, time limits, which domain controller |
//! | `entry`, `account` | finding, and how an account stands |
//! | `policy` | which rules hold for a password |
//! | `outcome` | what an answer to a write means |
//! | `check` | the rows of the `check` command |
//!
//! Always over TLS: `ldaps://`, or `ldap://` with `StartTLS`. There is no switch for less.

mod account;
mod check;
mod connection;
mod entry;
mod outcome;
mod policy;
mod pool;
mod url;

use crate::ports::directory::{
    Account, AccountId, Directory, DirectoryError, Policy, SetPasswordError, SignIn, TakePage,
};
use crate::ports::finding::Finding;
use account::{Find, Read, Wanted, Where};
use app::password::Password;
use app::policy::Breach;
use app::username::Username;
use async_trait::async_trait;
use connection::{Connection, Sent, Session, Trouble};
use jiff::Timestamp;
use policy::PolicyOf;
use pool::{Pool, Question};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Where the directory is and as whom to ask it.
#[derive(Clone)]
pub struct Config {
    /// The domain controllers, in order of preference: `ldaps://host[:port]`, or `ldap://host[:port]`,
    /// which means `StartTLS`.
    pub urls: Vec<String>,
    /// PEM certificates to trust; without it the system's.
    pub ca_file: Option<PathBuf>,
    /// The service account, as DN or UPN.
    pub bind_dn: String,
    /// Its password.
    pub bind_password: Zeroizing<String>,
    /// Under which the employees are; nothing outside of it is found or written.
    pub base_dn: String,
    /// DNs of groups that count as administrative besides the well-known ones.
    pub protected_groups: Vec<String>,
    /// The attribute that holds birthdates, where the directory does.
    pub birthdate_attribute: Option<String>,
    /// Until a connection with TLS stands.
    pub connect_timeout: Duration,
    /// Until one request is answered.
    pub operation_timeout: Duration,
    /// Until a look-up gives up, all servers together.
    pub total_timeout: Duration,
}

impl Config {
    /// With the time limits that fit servers in the same organisation: a healthy one answers in
    /// milliseconds, and an employee waits for the sum.
    pub fn new(
        urls: Vec<String>,
        bind_dn: String,
        bind_password: Zeroizing<String>,
        base_dn: String,
    ) -> Self {
        Self {
            urls,
            ca_file: None,
            bind_dn,
            bind_password,
            base_dn,
            protected_groups: Vec::new(),
            birthdate_attribute: None,
            connect_timeout: Duration::from_secs(3),
            operation_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(12),
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("urls", &self.urls)
            .field("base_dn", &self.base_dn)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a [`Config`].
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No server at all.
    #[error("no directory server is given")]
    NoUrl,
    /// An address that cannot be used.
    #[error("{url}: {what}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No bind password; a directory may take a bind without one for an anonymous one.
    #[error("the bind password is empty")]
    NoPassword,
    /// The trusted certificates cannot be read.
    #[error("no trusted certificate could be read from {from}: {what}")]
    Trust {
        /// The file, or the system's store.
        from: String,
        /// What happened.
        what: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Tells the time; only the end dates of accounts and the clock check need it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The directory over LDAP.
pub struct Ldap {
    pool: Pool,
    now: Now,
}

impl Ldap {
    /// Reads the trusted certificates; connects only when asked something.
    pub fn new(config: Config, now: Now) -> Result<Self, ConfigError> {
        if config.bind_password.is_empty() {
            return Err(ConfigError::NoPassword);
        }
        let tls = client_config(config.ca_file.as_ref())?;
        Ok(Self { pool: Pool::new(config, Arc::new(tls))?, now })
    }

    fn scope(&self) -> Where<'_> {
        let config = &self.pool.config;
        Where { base: &config.base_dn, birthdate: config.birthdate_attribute.as_deref(), now: (self.now)() }
    }

    /// A refusal named as well as it can be: by the server's words, else by what can be computed.
    async fn refusal(
        &self,
        account: &Account,
        session: &mut Session,
        password: &Password,
        diagnostic: String,
    ) -> SetPasswordError {
        let breach = match outcome::told(&diagnostic) {
            Some(breach) => breach,
            None => match PolicyOf(account.id).ask(session).await {
                Ok(policy) => outcome::deduced(account, policy, password),
                // The write is answered; that the reason cannot be looked up changes nothing about it.
                Err(_) => Breach::DirectoryRefused,
            },
        };
        SetPasswordError::Refused { breach, diagnostic }
    }
}

#[async_trait]
impl Directory for Ldap {
    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError> {
        self.pool.read(&Find(Wanted::named(name), self.scope())).await
    }

    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.pool.read(&Read(id, self.scope())).await
    }

    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError> {
        self.pool.read(&PolicyOf(account.id)).await
    }

    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError> {
        let quoted = quoted(password);
        let mut tried = Vec::new();
        for server in self.pool.in_order() {
            let mut next = |trouble| {
                self.pool.next_or_stop(server, trouble, &mut tried).map_err(SetPasswordError::NotWritten)
            };
            let mut session = match self.pool.proven(server).await {
                Ok(session) => session,
                Err(trouble) => {
                    next(trouble)?;
                    continue;
                }
            };
            match session.write_password(&account::by_id(account.id), &quoted).await {
                Sent::Answered(0, _) => {
                    server.keep(session);
                    server.lives();
                    return Ok(());
                }
                Sent::Answered(code, diagnostic) if outcome::is_about_the_password(code, &diagnostic) => {
                    return Err(self.refusal(account, &mut session, password, diagnostic).await);
                }
                // Busy and unavailable say that nothing was done, so the next server may be asked.
                Sent::Answered(code, diagnostic) => {
                    next(Trouble::Answer { operation: "modify", code, diagnostic })?;
                }
                Sent::Not(what) => next(Trouble::Lost(what))?,
                // It may have been carried out: asking another server would be a second write.
                Sent::Silence(what) => {
                    let tried = format!("{}: {what}", server.url.text);
                    let server = server.url.text.clone();
                    return Err(SetPasswordError::Unknown {
                        server,
                        source: DirectoryError::Unreachable { tried },
                    });
                }
            }
        }
        Err(SetPasswordError::NotWritten(DirectoryError::Unreachable { tried: tried.join("; ") }))
    }

    async fn signs_in(&self, account: &Account, password: &Password) -> Result<Option<bool>, DirectoryError> {
        if password.expose().is_empty() {
            return Ok(Some(false));
        }
        let mut tried = Vec::new();
        for server in self.pool.in_order() {
            // A connection of its own: a bind changes as whom the connection speaks.
            let answer = match Connection::open(&server.url, &self.pool.config, &self.pool.tls).await {
                Ok(mut connection) => connection.bind(&account.dn, password.expose()).await,
                Err(trouble) => Err(trouble),
            };
            match answer {
                Ok((0, _)) => return Ok(Some(true)),
                Ok((49, diagnostic)) => {
                    return Ok((outcome::bind_reason(&diagnostic) == Some("52e")).then_some(false));
                }
                Ok((code, diagnostic)) => {
                    let trouble = Trouble::Answer { operation: "bind", code, diagnostic };
                    self.pool.next_or_stop(server, trouble, &mut tried)?;
                }
                Err(trouble) => self.pool.next_or_stop(server, trouble, &mut tried)?,
            }
        }
        Err(DirectoryError::Unreachable { tried: tried.join("; ") })
    }

    async fn sign_in(
        &self,
        account: Option<&Account>,
        password: &Password,
        _: u32,
    ) -> Result<SignIn, DirectoryError> {
        let Some(account) = account else { return Ok(SignIn::Not) };
        Ok(if self.signs_in(account, password).await? == Some(true) { SignIn::Right } else { SignIn::Not })
    }

    async fn list(&self, _: &mut TakePage<'_>) -> Result<(), DirectoryError> {
        Err(DirectoryError::Unusable { server: String::new(), what: "no listing yet".to_owned() })
    }

    async fn write_mobile(&self, _: &Account, _: &str) -> Result<(), DirectoryError> {
        Err(DirectoryError::Unusable { server: String::new(), what: "no writing yet".to_owned() })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.pool, (self.now)()).await
    }
}

/// The form of `unicodePwd`: in double quotes, UTF-16, little-endian (MS-ADTS 3.1.1.3.1.5.1).
fn quoted(password: &Password) -> Zeroizing<Vec<u8>> {
    let text = password.expose();
    // Room for all of it at once: a growing buffer would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 4));
    let units = std::iter::once(u16::from(b'"')).chain(text.encode_utf16()).chain([u16::from(b'"')]);
    bytes.extend(units.flat_map(u16::to_le_bytes));
    bytes
}

fn client_config(ca_file: Option<&PathBuf>) -> Result<rustls::ClientConfig, ConfigError> {
    let (certificates, from) = match ca_file {
        Some(file) => {
            let from = file.display().to_string();
            let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            (read.map_err(|e| ConfigError::Trust { from: from.clone(), what: e.to_string() })?, from)
        }
        None => (rustls_native_certs::load_native_certs().certs, "the system's store".to_owned()),
    };
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(ConfigError::Trust { from, what: "it holds none".to_owned() });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_quoted_utf16_whatever_is_in_it() {
        let bytes = quoted(&Password::new("é\"😀"));
        assert_eq!(bytes.as_slice(), [b'"', 0, 0xe9, 0, b'"', 0, 0x3d, 0xd8, 0x00, 0xde, b'"', 0]);
    }

    #[test]
    fn debug_prints_no_password() {
        let config =
            Config::new(vec!["ldaps://a".into()], "svc".into(), "geheim".to_owned().into(), "DC=a".into());
        assert!(!format!("{config:?}").contains("geheim"));
    }
}
