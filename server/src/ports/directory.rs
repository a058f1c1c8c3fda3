//! The directory that holds the accounts. Not the records of the registration, nor the judge.

use super::health_finding::Finding;
use app::domain::password::Password;
use app::domain::username::Username;
use app::policy::Violation;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// An account's identity that survives renames: its `objectGUID`, or `entryUUID`. A deleted and recreated name
/// has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub Uuid);

/// An account as the directory knows it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Survives renames.
    pub id: AccountId,
    /// Where it is; does not survive renames.
    pub dn: String,
    /// `sAMAccountName`, or `uid`.
    pub login: String,
    /// `userPrincipalName`; `OpenLDAP` has none.
    pub principal_name: Option<String>,
    /// `mail`.
    pub mail: Option<String>,
    /// The attribute configured as `records.mobile_attribute`, as it stands there.
    pub mobile: Option<String>,
    /// `displayName`; empty where there is none.
    pub display_name: String,
    /// Whether this account may use the reset.
    #[serde(rename = "standing")]
    pub eligibility: Eligibility,
    /// `pwdLastSet`, in units of 100 ns since 1601, or `pwdChangedTime` in the same. It only ever is compared.
    pub password_last_set: i64,
    /// The attribute configured as `records.birthdate_attribute`, as it stands there.
    pub birthdate: Option<String>,
    /// Locked out after too many wrong passwords.
    pub locked: bool,
    /// The DN of the fine-grained policy that holds for it; `None`: the domain's.
    pub policy_object: Option<String>,
    /// Which server said all this; another one may be behind. What is done with this account is done there.
    pub server: String,
}

/// Whether an account may use the reset. A locked-out account may: the reset unlocks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// It may.
    Eligible,
    /// Switched off by an administrator.
    Disabled,
    /// Past its end date.
    Expired,
    /// Holds, or held, administrative rights, directly or through nested groups.
    Privileged,
    /// Signs in by smart card only: a password would be of no use.
    SmartCard,
    /// In a part of the directory that is excluded, or in none of the allowed groups.
    OutOfScope,
}

/// The password policy that holds for one account; `None` where the directory does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Fewest characters.
    pub min_length: u16,
    /// Windows' complexity rule.
    pub complexity: bool,
    /// How many earlier passwords are refused; `None` where a reset by this service is not held to it.
    pub history: Option<u16>,
    /// How old a password must be before another is taken; zero where a reset by this service is not held to it.
    pub min_age: Duration,
}

/// What the directory says of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The password is right, and the account can sign in.
    Right,
    /// Anything else: wrong, unknown, disabled, expired, locked.
    Not,
    /// Nobody was asked: one more wrong password would come too near to the lockout.
    LockoutRisk,
}

/// An account as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// Survives renames.
    pub id: AccountId,
    /// Where it is.
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

/// Takes the pages of a listing, one after the other.
pub type PageSink<'a> = dyn FnMut(Vec<ListedAccount>) + Send + 'a;

/// The directory could not do what was asked, and it is not the employee's fault.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// None of the servers could be reached, or all stopped answering.
    #[error("the directory is out of reach; tried {tried}")]
    Unreachable {
        /// Each server with what happened.
        tried: String,
    },
    /// A server answered, but not with what was asked.
    #[error("{server} answered {operation} with result code {code}: {diagnostic}")]
    Answer {
        /// Which server.
        server: String,
        /// What was asked.
        operation: &'static str,
        /// LDAP result code.
        code: u32,
        /// The server's own words.
        diagnostic: String,
    },
    /// An entry lacks what every account has, or a name hit more than one.
    #[error("{server} gave an unusable entry: {what}")]
    Unusable {
        /// Which server.
        server: String,
        /// What is wrong with it.
        what: String,
    },
}

/// Why a password was not, or may not have been, set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// The directory's «no» to this password; another one may do.
    #[error("the directory refused the password: {diagnostic}")]
    Refused {
        /// What the employee is told.
        breach: Violation,
        /// The server's own words, for the log.
        diagnostic: String,
    },
    /// Certain: nothing was changed, and another password will not help.
    #[error("nothing was written")]
    NotWritten(#[source] DirectoryError),
    /// The request was sent and no answer came: it may have been carried out.
    #[error("the write was sent and not answered")]
    Unknown {
        /// What happened.
        source: DirectoryError,
    },
}

/// The directory.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The one account with this login name, or UPN prefix where there are such, whatever its standing. Looks up the
    /// same whether it exists or not.
    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError>;

    /// The account with this identity, read afresh.
    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError>;

    /// The servers, by address: first those that answer, in the order of preference.
    fn servers(&self) -> Vec<String>;

    /// The account with this identity, as this server knows it.
    async fn read_at(&self, server: &str, id: AccountId) -> Result<Option<Account>, DirectoryError>;

    /// The policy that holds for the account; it may be a minute old.
    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError>;

    /// Sets the password and unlocks, in one atomic change, at the account's server and nowhere else. Dropping
    /// the future does not call back what was sent: give it a task of its own, so that a caller who leaves
    /// does not lose the answer.
    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError>;

    /// Ends the lock at the account's server, and leaves the password as it is.
    async fn unlock(&self, account: &Account) -> Result<(), DirectoryError>;

    /// Whether the account signs in with exactly this password at its server; `None` where the answer says
    /// nothing about it (disabled, expired, must change …).
    async fn verify_password(
        &self,
        account: &Account,
        password: &Password,
    ) -> Result<Option<bool>, DirectoryError>;

    /// Signs in, unless fewer than `margin` wrong passwords would then be left before the directory
    /// locks the account. For `None` the same calls are made about nobody.
    async fn sign_in(
        &self,
        account: Option<&Account>,
        password: &Password,
        margin: u32,
    ) -> Result<PasswordCheck, DirectoryError>;

    /// Every account in the staff's part of the directory, whatever its standing, page by page. An error
    /// may come after some pages: nothing is known to be missing only when it ends well.
    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError>;

    /// Writes the mobile number (E.164) to the attribute configured for that.
    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError>;

    /// What an operator wants to know, row by row.
    async fn check(&self) -> Vec<Finding>;
}
