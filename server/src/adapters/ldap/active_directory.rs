//! The directory port for Active Directory, on Windows and on Samba.
//!
//! | module | content |
//! |---|---|
//! | `domain_info` | domain, protected groups and capabilities of a server |
//! | `membership` | whether an account is in a group |
//! | `account`, `list` | lookup of one account and listing of all, with their eligibility |
//! | `policy` | the password policy of an account |
//! | `write`, `outcome` | password write and unlock, and the meaning of the response |
//! | `sign_in` | verification of a user's password within the lockout margin |
//! | `mobile` | read and write of the mobile number |
//! | `check`, `self_writable` | the rows of the `check` command |
//! | `security_descriptor` | evaluation of permissions |

mod account;
mod check;
mod domain_info;
mod list;
mod membership;
mod mobile;
mod outcome;
#[cfg(any(test, feature = "test-support"))]
pub mod parsers;
mod policy;
mod security_descriptor;
mod self_writable;
mod sign_in;
mod write;

use super::config::{LdapConfig, LdapConfigError, SECTION, TimeSource};
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
use domain_info::Pool;
use policy::PolicyCache;

/// Active Directory over LDAP.
pub struct ActiveDirectory {
    pool: Pool,
    policies: PolicyCache,
    sign_in_locks: KeyedLocks,
    now: TimeSource,
}

impl ActiveDirectory {
    /// Loads the trusted certificates. Connects only at the first request.
    pub fn new(config: LdapConfig, now: TimeSource) -> Result<Self, LdapConfigError> {
        Ok(Self {
            pool: Pool::new(config)?,
            policies: PolicyCache::default(),
            sign_in_locks: KeyedLocks::new(),
            now,
        })
    }

    fn scope(&self) -> SearchScope<'_> {
        let config = &self.pool.config;
        SearchScope {
            base: &config.base_dn,
            allowed_groups: &config.allowed_groups,
            birthdate: config.birthdate_attribute.as_deref(),
            mobile: config.mobile_attribute.as_deref(),
            private_mail: config.private_mail_attribute.as_deref(),
            employee_number: config.employee_number_attribute.as_deref(),
            now: (self.now)(),
        }
    }
}

#[async_trait]
impl Directory for ActiveDirectory {
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
        self.pool.query(&self.policies.query_for(account)).await
    }

    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError> {
        write::password(&self.pool, &self.policies, &self.now, account, password).await
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
        let attempt = sign_in::SignIn { margin };
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
        listing::list::<_, list::DomainListing<'_>>(&self.pool, &self.scope(), sink).await
    }

    async fn is_member(&self, account: AccountId, groups: &[String]) -> Result<bool, DirectoryError> {
        self.pool.query(&membership::IsMember { account, groups }).await
    }

    async fn written_mobile(&self, account: &Account) -> Result<Option<String>, DirectoryError> {
        mobile::read(&self.pool, account.id).await
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        mobile::write(&self.pool, account.id, mobile).await
    }

    async fn check(&self) -> Vec<Finding> {
        if let Err(error) = self.pool.resolved_servers().await {
            return vec![Finding::bad(SECTION, self.pool.configured_urls(), error.to_string())];
        }
        let discovered = self.pool.config.urls.iter().filter(|url| url.starts_with("srv:")).map(|url| {
            let detail = "DNS is not authenticated: a forged answer can direct the service account's password to any machine \
                          of the domain with a certificate of the same authority. Named servers are safer";
            Finding::warning(SECTION, url.as_str(), detail)
        });
        let mut rows: Vec<Finding> = discovered.collect();
        rows.extend(check::check(&self.pool, (self.now)()).await);
        rows
    }
}
