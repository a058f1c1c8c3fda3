//! Active Directory, that of Windows and that of Samba. Not the connections to it.
//!
//! | room | what is in it |
//! |---|---|
//! | `realm` | which domain it is, which groups are administrative, what a server can do |
//! | `account`, `list` | finding one or everybody, and how an account stands |
//! | `policy` | which rules hold for a password |
//! | `write`, `outcome` | writing it, and what the answer means |
//! | `sign_in` | an employee's own password, short of the lockout |
//! | `mobile` | writing the number |
//! | `check`, `self_writable` | the rows of the `check` command |
//! | `security_descriptor` | who may do what with an object |

mod account;
mod check;
mod list;
mod mobile;
mod outcome;
mod policy;
mod realm;
mod security_descriptor;
mod self_writable;
mod sign_in;
mod write;

use super::keyed_lock::KeyedLocks;
use super::{LdapConfig, LdapConfigError, Now, config, connection, pool, server};
use crate::ports::directory::{
    Account, AccountId, Directory, DirectoryError, PageSink, PasswordCheck, Policy, SetPasswordError,
};
use crate::ports::health_finding::Finding;
use account::{Find, Where};
use app::domain::password::Password;
use app::domain::username::Username;
use async_trait::async_trait;
use policy::Policies;
use realm::Realm;
use std::sync::Arc;

type Pool = pool::Pool<Realm>;
type Server = Arc<server::Server<Realm>>;
type Session = connection::Session<Realm>;

/// Active Directory over LDAP.
pub struct ActiveDirectory {
    pool: Pool,
    policies: Policies,
    turns: KeyedLocks,
    now: Now,
}

impl ActiveDirectory {
    /// Reads the trusted certificates; connects only when asked something.
    pub fn new(config: LdapConfig, now: Now) -> Result<Self, LdapConfigError> {
        if config.bind_password.is_empty() {
            return Err(LdapConfigError::NoPassword);
        }
        let tls = config::client_config(config.ca_file.as_ref())?;
        let pool = Pool::new(config, Arc::new(tls))?;
        Ok(Self { pool, policies: Policies::default(), turns: KeyedLocks::new(), now })
    }

    fn scope(&self) -> Where<'_> {
        let config = &self.pool.config;
        Where {
            base: &config.base_dn,
            allowed_groups: &config.allowed_groups,
            birthdate: config.birthdate_attribute.as_deref(),
            mobile: config.mobile_attribute.as_deref(),
            employee_number: config.employee_number_attribute.as_deref(),
            now: (self.now)(),
        }
    }
}

#[async_trait]
impl Directory for ActiveDirectory {
    fn servers(&self) -> Vec<String> {
        self.pool.in_order().iter().map(|server| server.url.text.clone()).collect()
    }

    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError> {
        self.pool.read(&Find::named(name, self.scope())).await
    }

    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.pool.read(&Find::of(id, self.scope())).await
    }

    async fn read_at(&self, server: &str, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.pool.read_at(server, &Find::of(id, self.scope())).await
    }

    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError> {
        self.pool.read(&self.policies.of(account)).await
    }

    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError> {
        write::password(self, account, password).await
    }

    async fn unlock(&self, account: &Account) -> Result<(), DirectoryError> {
        write::unlock(&self.pool, account).await
    }

    async fn verify_password(
        &self,
        account: &Account,
        password: &Password,
    ) -> Result<Option<bool>, DirectoryError> {
        sign_in::verify_password(&self.pool, account, password).await
    }

    async fn sign_in(
        &self,
        account: Option<&Account>,
        password: &Password,
        margin: u32,
    ) -> Result<PasswordCheck, DirectoryError> {
        sign_in::sign_in(&self.pool, &self.turns, account.map(|account| account.id), password, margin).await
    }

    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        list::list(&self.pool, &self.scope(), take).await
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        mobile::write(&self.pool, account.id, mobile).await
    }

    async fn check(&self) -> Vec<Finding> {
        if let Err(error) = self.pool.looked_up().await {
            return vec![Finding::bad("directory", self.pool.names(), error.to_string())];
        }
        let discovered = self.pool.config.urls.iter().filter(|url| url.starts_with("srv:")).map(|url| {
            let detail = "DNS is not authenticated: whoever forges an answer can lead the service's password to any machine \
                          of the domain with a certificate of the same authority. Named servers are safer";
            Finding::warning("directory", url.as_str(), detail)
        });
        let mut rows: Vec<Finding> = discovered.collect();
        rows.extend(check::check(&self.pool, (self.now)()).await);
        rows
    }
}
