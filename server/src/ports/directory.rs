//! Port: the directory with the accounts. Registered values are in [`records`](super::records).

use super::health_finding::Finding;
use app::domain::password::Password;
use app::domain::username::Username;
use app::policy::Violation;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// Units of `pwdLastSet` in a second.
const FILETIME_PER_SECOND: i64 = 10_000_000;
/// Seconds from 1601, where `pwdLastSet` starts, to 1970.
const FILETIME_EPOCH: i64 = 11_644_473_600;

/// The identity of an account, unchanged by renames: its `objectGUID`, or `entryUUID` (`OpenLDAP`). An account that
/// was deleted and recreated under the same name has a different one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub Uuid);

/// An account as it is in the directory now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The identity.
    pub id: AccountId,
    /// The distinguished name; changes when the account is renamed or moved.
    pub dn: String,
    /// `sAMAccountName`, or `uid`.
    pub login: String,
    /// `userPrincipalName`; `OpenLDAP` has none.
    pub principal_name: Option<String>,
    /// `mail`.
    pub mail: Option<String>,
    /// The attribute configured as `notices.private_mail_attribute`.
    #[serde(default)]
    pub private_mail: Option<String>,
    /// The attribute configured as `records.mobile_attribute`, unparsed.
    pub mobile: Option<String>,
    /// `displayName`; empty if there is none.
    pub display_name: String,
    /// Whether this account may use the reset.
    #[serde(rename = "standing")]
    pub eligibility: Eligibility,
    /// Whether it is in a group of `directory.high_impact_groups`, directly or through nested groups.
    #[serde(default)]
    pub high_impact: bool,
    /// `pwdLastSet` in units of 100 ns since 1601, or `pwdChangedTime` converted to the same. It is only compared.
    pub password_last_set: i64,
    /// The attribute configured as `records.birthdate_attribute`, unparsed.
    pub birthdate: Option<String>,
    /// Whether it is locked out after too many wrong passwords.
    pub locked: bool,
    /// The DN of the fine-grained password policy that applies; `None` for the policy of the domain.
    pub policy_object: Option<String>,
    /// The server that returned this data; replication to the others may be pending. All writes go to this server.
    pub server: String,
}

impl Account {
    /// When the password was set, by the clock of the directory; `None` if it never was or must be changed first.
    pub fn password_set_at(&self) -> Option<Timestamp> {
        if self.password_last_set <= 0 {
            return None;
        }
        Timestamp::from_second(self.password_last_set / FILETIME_PER_SECOND - FILETIME_EPOCH).ok()
    }
}

/// Whether an account may use the reset. A locked-out account is eligible, because the reset unlocks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// The account may use the reset.
    Eligible,
    /// Disabled by an administrator.
    Disabled,
    /// Past its end date.
    Expired,
    /// Holds or held administrative rights, directly or through nested groups.
    Privileged,
    /// Signs in by smart card only and cannot use a password.
    SmartCard,
    /// In an excluded part of the directory, or in none of the allowed groups.
    OutOfScope,
}

/// The password policy that applies to one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Minimum number of characters.
    pub min_length: u16,
    /// Whether Windows' complexity rule applies.
    pub complexity: bool,
    /// Number of earlier passwords that are refused; `None` if the history is not enforced on a reset by this service.
    pub history: Option<u16>,
    /// Minimum age of a password before it can be changed; zero if it is not enforced on a reset by this service.
    pub min_age: Duration,
}

/// Result of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The password is correct and the account can sign in.
    Right,
    /// Any other result: wrong password; unknown, disabled, expired or locked account.
    Rejected,
    /// The sign-in was not attempted, because one more wrong password would come too close to the lockout threshold.
    LockoutRisk,
}

/// An account in the result of [`Directory::list`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// The identity.
    pub id: AccountId,
    /// The distinguished name.
    pub dn: String,
    /// `sAMAccountName`.
    pub login: String,
    /// `userPrincipalName`.
    pub principal_name: Option<String>,
    /// `mail`.
    pub mail: Option<String>,
    /// The attribute configured as the employee number.
    pub employee_number: Option<String>,
    /// The attribute configured as `records.birthdate_attribute`.
    pub birthdate: Option<String>,
    /// The attribute configured as `records.mobile_attribute`.
    pub mobile: Option<String>,
    /// Whether this account may use the reset.
    pub eligibility: Eligibility,
}

/// Receives the pages of [`Directory::list`], one after the other.
pub type PageSink<'a> = dyn FnMut(Vec<ListedAccount>) + Send + 'a;

/// An operation failed for a reason that the employee cannot change.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// No server could be reached, or all of them stopped responding.
    #[error("the directory is unreachable; tried {tried}")]
    Unreachable {
        /// Each server with its failure.
        tried: String,
    },
    /// A server returned an LDAP error.
    #[error(
        "{server} answered {operation} with result code {code}{}{}",
        code_suffix(diagnostic),
        advice_suffix(advice)
    )]
    Answer {
        /// The server.
        server: String,
        /// The requested operation.
        operation: &'static str,
        /// LDAP result code.
        code: u32,
        /// The diagnostic message of the server. It may contain names, so it is not part of the error's text.
        diagnostic: String,
        /// What an operator can do; may be empty.
        advice: &'static str,
    },
    /// An entry lacks a required attribute, or a name matches more than one entry.
    #[error("{server} returned an unusable entry: {what}")]
    Unusable {
        /// The server.
        server: String,
        /// What is wrong with the entry.
        what: String,
    },
}

/// The error code at the start of a diagnostic message, as the end of an error text.
pub fn code_suffix(diagnostic: &str) -> String {
    let code = super::audit::ErrorCode::of_diagnostic(diagnostic);
    code.map(|code| format!(" ({})", code.as_str())).unwrap_or_default()
}

fn advice_suffix(advice: &str) -> String {
    if advice.is_empty() { String::new() } else { format!(": {advice}") }
}

/// Why a password was not, or may not have been, set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// The directory refused this password; it may accept another one.
    #[error("the directory refused the password{}", code_suffix(diagnostic))]
    Refused {
        /// The violation that is shown to the employee.
        violation: Violation,
        /// The diagnostic message of the server.
        diagnostic: String,
    },
    /// Certainly nothing was changed, and another password would fail as well.
    #[error("nothing was written")]
    NotWritten(#[source] DirectoryError),
    /// The request was sent and not answered: it may have been executed.
    #[error("the write was sent and not answered")]
    Unknown {
        /// The failure.
        source: DirectoryError,
    },
}

/// The directory.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Returns the one account with this login name (or UPN prefix, if the directory has UPNs), eligible or not.
    /// Makes the same queries whether the account exists or not.
    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError>;

    /// Returns the account with this identity, without a cache.
    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError>;

    /// Returns the addresses of the servers: those that respond first, in the order of preference.
    fn servers(&self) -> Vec<String>;

    /// Returns the account with this identity from this server.
    async fn read_at(&self, server: &str, id: AccountId) -> Result<Option<Account>, DirectoryError>;

    /// Returns the policy that applies to the account, cached for up to a minute.
    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError>;

    /// Sets the password and unlocks, in one atomic change, at the account's server only. Dropping the future does not
    /// cancel a request that was sent: run it in a task of its own, so that the result survives a client that
    /// disconnects.
    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError>;

    /// Unlocks the account at its server without changing the password.
    async fn unlock(&self, account: &Account) -> Result<(), DirectoryError>;

    /// Returns whether this is the account's password at its server; `None` if the response does not show it
    /// (disabled, expired, must change …).
    async fn verify_password(
        &self,
        account: &Account,
        password: &Password,
    ) -> Result<Option<bool>, DirectoryError>;

    /// Signs in, unless fewer than `margin` wrong passwords would then be left before the directory
    /// locks the account. For `None` it makes the same calls with a decoy account.
    async fn sign_in(
        &self,
        account: Option<&Account>,
        password: &Password,
        margin: u32,
    ) -> Result<PasswordCheck, DirectoryError>;

    /// Passes every account below the base DN, eligible or not, to `take`, page by page. An error can follow after
    /// some pages; the list is complete only if this returns `Ok`.
    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError>;

    /// Returns the number in the attribute that [`Directory::write_mobile`] replaces, unparsed.
    async fn written_mobile(&self, account: &Account) -> Result<Option<String>, DirectoryError>;

    /// Writes the mobile number (E.164) to the attribute configured as `records.mobile_write_attribute`.
    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError>;

    /// Whether an account is in one of these groups (DNs): directly, through nested groups or as its primary group. `false` if
    /// there is no such account. [`DirectoryError::Unusable`] if the answer depends on a group that does not exist: a misspelt group
    /// has no members, and what is forbidden to its members would be allowed.
    async fn is_member(&self, account: AccountId, groups: &[String]) -> Result<bool, DirectoryError>;

    /// Checks the directory for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;
}
