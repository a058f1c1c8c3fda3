//! The directory port for `OpenLDAP` (slapd, from 2.5) with its `ppolicy` overlay.
//!
//! | module | content |
//! |---|---|
//! | `slapd_info`, `context` | server capabilities and configured groups; policies and group nesting |
//! | `membership` | whether an account is in a group |
//! | `account`, `account_filter`, `list` | lookup of one account and listing of all, with their eligibility |
//! | `write`, `outcome` | password write and unlock, and the meaning of the response |
//! | `sign_in` | verification of a user's password within the lockout margin |
//! | `check`, `probe` | the rows of the `check` command |
//! | `generalized_time` | times in attributes |
//!
//! slapd cannot address an entry by its identity, as Active Directory can. Each write therefore first looks up the
//! current DN of the account and asserts the identity in the request (RFC 4528), so that it does nothing if another
//! entry has that DN by then. The password write is the exception: slapd accepts no assertion with RFC 3062. Between
//! lookup and write, which follow each other on one connection, an account that is deleted and recreated under the
//! same name is not detected.
//!
//! `pwdChangedTime` has whole seconds, so two changes within one second look like one. An unanswered write in the
//! same second as an earlier change is therefore repeated instead of detected, which is harmless. `entryCSN` has
//! microseconds, but changes with every wrong password.

mod account;
mod account_filter;
mod check;
mod context;
mod generalized_time;
mod list;
mod membership;
mod outcome;
mod probe;
mod sign_in;
mod slapd_info;
mod write;

use super::config::{LdapConfig, LdapConfigError, TimeSource};
use super::listing;
use super::locks::KeyedLocks;
use crate::ports::directory::{
    Account, AccountId, Directory, DirectoryError, PageSink, PasswordCheck, Policy, SetPasswordError,
};
use crate::ports::health_finding::Finding;
use account::{FindAccount, SearchScope};
use app::domain::password::Password;
use app::domain::username::Username;
use async_trait::async_trait;
use context::PolicyQuery;
use slapd_info::Pool;

/// `OpenLDAP` over LDAP.
pub struct OpenLdap {
    pool: Pool,
    sign_in_locks: KeyedLocks,
    now: TimeSource,
}

impl OpenLdap {
    /// Loads the trusted certificates. Connects only at the first request.
    pub fn new(config: LdapConfig, now: TimeSource) -> Result<Self, LdapConfigError> {
        Ok(Self { pool: Pool::new(config)?, sign_in_locks: KeyedLocks::new(), now })
    }

    fn scope(&self) -> SearchScope<'_> {
        SearchScope { config: &self.pool.config, now: (self.now)() }
    }
}

#[async_trait]
impl Directory for OpenLdap {
    fn servers(&self) -> Vec<String> {
        self.pool.servers_by_health().iter().map(|server| server.url.text.clone()).collect()
    }

    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError> {
        self.pool.query(&FindAccount::by_name(name, self.scope())).await
    }

    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.pool.query(&FindAccount::by_id(id, self.scope())).await
    }

    async fn read_at(&self, server: &str, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.pool.query_at(server, &FindAccount::by_id(id, self.scope())).await
    }

    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError> {
        self.pool.query(&PolicyQuery(account)).await
    }

    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError> {
        write::password(&self.pool, &self.now, account, password).await
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
        let attempt = sign_in::SignIn { margin, now: (self.now)() };
        super::sign_in::sign_in(
            &self.pool,
            &self.sign_in_locks,
            account.map(|account| account.id),
            password,
            &attempt,
        )
        .await
    }

    async fn list(&self, sink: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        listing::list::<_, list::SlapdListing<'_>>(&self.pool, &self.scope(), sink).await
    }

    async fn is_member(&self, account: AccountId, groups: &[String]) -> Result<bool, DirectoryError> {
        self.pool.query(&membership::IsMember { account, groups }).await
    }

    async fn written_mobile(&self, account: &Account) -> Result<Option<String>, DirectoryError> {
        write::read_mobile(&self.pool, account.id).await
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        write::mobile(&self.pool, account.id, mobile).await
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.pool).await
    }
}
