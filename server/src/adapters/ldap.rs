//! The directory over LDAP: Active Directory, Samba AD. The one place that imports `ldap3`; it reads
//! no settings and knows nothing of the workflow.
//!
//! | room | what is in it |
//! |---|---|
//! | `url`, `connection`, `pool`, `realm` | TLS, time limits, which domain controller, which domain |
//! | `config` | what it is told at the start |
//! | `entry`, `account` | finding, and how an account stands |
//! | `list` | everybody, page by page |
//! | `sign_in` | an employee's own password, short of the lockout |
//! | `mobile` | writing the number |
//! | `policy` | which rules hold for a password |
//! | `outcome` | what an answer to a write means |
//! | `check`, `self_written` | the rows of the `check` command |
//!
//! Always over TLS: `ldaps://`, or `ldap://` with `StartTLS`. There is no switch for less.

mod account;
mod check;
mod config;
mod connection;
mod entry;
mod list;
mod mobile;
mod outcome;
mod policy;
mod pool;
mod realm;
mod self_written;
mod sign_in;
mod url;

pub use config::{Config, ConfigError};

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
use sign_in::Turns;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Tells the time; only the end dates of accounts and the clock check need it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The directory over LDAP.
pub struct Ldap {
    pool: Pool,
    turns: Turns,
    now: Now,
}

impl Ldap {
    /// Reads the trusted certificates; connects only when asked something.
    pub fn new(config: Config, now: Now) -> Result<Self, ConfigError> {
        if config.bind_password.is_empty() {
            return Err(ConfigError::NoPassword);
        }
        let tls = config::client_config(config.ca_file.as_ref())?;
        Ok(Self { pool: Pool::new(config, Arc::new(tls))?, turns: Turns::new(), now })
    }

    fn scope(&self) -> Where<'_> {
        let config = &self.pool.config;
        Where {
            base: &config.base_dn,
            birthdate: config.birthdate_attribute.as_deref(),
            mobile: config.mobile_attribute.as_deref(),
            employee_number: config.employee_number_attribute.as_deref(),
            now: (self.now)(),
        }
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
        margin: u32,
    ) -> Result<SignIn, DirectoryError> {
        sign_in::sign_in(&self.pool, &self.turns, account.map(|account| account.id), password, margin).await
    }

    async fn list(&self, take: &mut TakePage<'_>) -> Result<(), DirectoryError> {
        list::list(&self.pool, &self.scope(), take).await
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        mobile::write(&self.pool, account.id, mobile).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_quoted_utf16_whatever_is_in_it() {
        let bytes = quoted(&Password::new("é\"😀"));
        assert_eq!(bytes.as_slice(), [b'"', 0, 0xe9, 0, b'"', 0, 0x3d, 0xd8, 0x00, 0xde, b'"', 0]);
    }
}
