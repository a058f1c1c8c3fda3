//! `OpenLDAP` (slapd, from 2.5) with its `ppolicy` overlay. Not the connections to it.
//!
//! | room | what is in it |
//! |---|---|
//! | `realm`, `surroundings` | what has to be there, which groups and policies there are |
//! | `account`, `list`, `moment` | finding one or everybody, and how an account stands |
//! | `write`, `answer` | writing a password, and what the answer means |
//! | `sign_in` | an employee's own password, short of the lockout |
//! | `check`, `probe` | the rows of the `check` command |
//!
//! Nothing can be addressed by its identity here, as Active Directory allows. So each write first asks where the
//! account is now, and carries the identity as a condition (RFC 4528), under which nothing is done to whoever has
//! the place meanwhile. The password alone goes without: slapd takes no condition with RFC 3062, so between the
//! question and the write, which follow each other on one connection, a deleted and recreated name is not told
//! from the old one.
//!
//! `pwdChangedTime` has whole seconds. Two changes within one second look like one, so that a write which nobody
//! answered, in the very second of an earlier change, is repeated rather than seen; that is harmless. What has
//! microseconds does not help: `entryCSN` changes with every wrong password.

mod account;
mod check;
mod context;
mod generalized_time;
mod list;
mod outcome;
mod probe;
mod realm;
mod sign_in;
mod write;

use super::keyed_lock::KeyedLocks;
use super::{LdapConfig, LdapConfigError, Now, config, connection, pool, server};
use crate::ports::directory::{
    Account, AccountId, Directory, DirectoryError, PageSink, PasswordCheck, Policy, SetPasswordError,
};
use crate::ports::health_finding::Finding;
use account::{Find, Scope};
use app::domain::password::Password;
use app::domain::username::Username;
use async_trait::async_trait;
use context::PolicyOf;
use realm::Realm;
use std::sync::Arc;

type Pool = pool::Pool<Realm>;
type Server = Arc<server::Server<Realm>>;
type Session = connection::Session<Realm>;

/// `OpenLDAP`.
pub struct OpenLdap {
    pool: Pool,
    turns: KeyedLocks,
    now: Now,
}

impl OpenLdap {
    /// Reads the trusted certificates; connects only when asked something.
    pub fn new(config: LdapConfig, now: Now) -> Result<Self, LdapConfigError> {
        if config.bind_password.is_empty() {
            return Err(LdapConfigError::NoPassword);
        }
        let tls = config::client_config(config.ca_file.as_ref())?;
        Ok(Self { pool: Pool::new(config, Arc::new(tls))?, turns: KeyedLocks::new(), now })
    }

    fn scope(&self) -> Scope<'_> {
        Scope { config: &self.pool.config, now: (self.now)() }
    }
}

#[async_trait]
impl Directory for OpenLdap {
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
        self.pool.read(&PolicyOf(account)).await
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
        sign_in::verify_password(&self.pool, account, password, (self.now)()).await
    }

    async fn sign_in(
        &self,
        account: Option<&Account>,
        password: &Password,
        margin: u32,
    ) -> Result<PasswordCheck, DirectoryError> {
        let id = account.map(|account| account.id);
        sign_in::sign_in(self, id, password, margin).await
    }

    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        list::list(&self.pool, &self.scope(), take).await
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        write::mobile(&self.pool, account.id, mobile).await
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.pool).await
    }
}
