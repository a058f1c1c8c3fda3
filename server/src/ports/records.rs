//! Port: the store of registered values: birthdates, mobile numbers and app activations. The rules for changing them
//! are in `enrollment::record`.

use super::directory::AccountId;
use super::notifier::NoticeKind;
use super::sessions::{Revision, Swap};
use super::store::StoreError;
use app::api::enrollment_state::Source;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A keyed digest of a birthdate, with the id of its key. The date itself is not stored. The digest needs a key because
/// an attacker can try all of some 25,000 possible birthdates against an unkeyed one in an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BirthdateDigest {
    /// The id of the key.
    pub key_id: String,
    /// HMAC-SHA-256 over label, objectGUID and ISO date.
    #[serde(with = "crate::crypto::as_hex")]
    pub digest: [u8; 32],
}

/// A mobile number, encrypted and bound to its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedMobile {
    /// The id of the key of `sealed` and `digest`.
    pub key_id: String,
    /// The number in E.164, sealed.
    #[serde(with = "crate::crypto::as_hex")]
    pub sealed: Vec<u8>,
    /// A keyed digest of the number alone, to find accounts that share a number.
    #[serde(with = "crate::crypto::as_hex")]
    pub digest: [u8; 32],
}

/// A registered value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredValue<T> {
    /// The value.
    pub value: T,
    /// Its source.
    pub source: Source,
    /// The time at which it was entered.
    pub since: Timestamp,
    /// Whether the employee entered or accepted it: HR does not overwrite it then.
    pub confirmed: bool,
    /// The end of the waiting time: before it the value cannot be used for a reset.
    pub usable_from: Timestamp,
}

/// A value from HR that waits for the employee's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal<T> {
    /// The value.
    pub value: T,
    /// The time at which HR supplied it.
    pub since: Timestamp,
    /// Whether the employee declined it: the same value is not proposed again.
    pub declined: bool,
}

/// An activation of the app that was started here and whose completion was not observed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// Entrust's id of the new token.
    pub token: String,
    /// The time at which it was started.
    pub since: Timestamp,
    /// Whether it replaces an active app.
    pub replaces: bool,
    /// A lead of the service desk has seen who the person is: no waiting time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identity_seen: bool,
}

/// The registered number is still to be written to the code provider and the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingMobileWrite {
    /// The end of the waiting time: before it the number is not written.
    pub due: Timestamp,
    /// The time of the next attempt. A claimed attempt moves it, so that of several processes only one writes, and so
    /// that an attempt that a crash interrupts is repeated.
    pub next_attempt: Timestamp,
    /// The attempts that did not succeed, including one that is in progress.
    pub attempts: u32,
}

/// The registered values of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The birthdate.
    pub birthdate: Option<RegisteredValue<BirthdateDigest>>,
    /// The mobile number.
    pub mobile: Option<RegisteredValue<SealedMobile>>,
    /// A birthdate from HR that differs from a confirmed one.
    pub proposed_birthdate: Option<Proposal<BirthdateDigest>>,
    /// A number from HR that differs from a confirmed one.
    pub proposed_mobile: Option<Proposal<SealedMobile>>,
    /// The previous number, which also receives notices as long as the new one cannot be used.
    pub previous_mobile: Option<SealedMobile>,
    /// The write of the number to other systems that has not been made yet.
    pub pending_mobile_write: Option<PendingMobileWrite>,
    /// The activations that were started here and may still be completed.
    pub activations: Vec<Activation>,
    /// The end of the app's waiting time: before it the app cannot be used for a reset.
    pub app_usable_from: Option<Timestamp>,
    /// When an activation of the app was last completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_activated: Option<Timestamp>,
    /// The notices that are not queued yet. They are stored together with the change, so that a crash between the two
    /// loses none.
    #[serde(rename = "untold")]
    pub pending_notices: Vec<NoticeKind>,
    /// The time since which the account is missing from the directory or disabled. Retention removes the record later.
    pub left_since: Option<Timestamp>,
}

impl<T> RegisteredValue<T> {
    /// Creates a value without waiting time: usable at once.
    pub fn by(source: Source, value: T, since: Timestamp) -> Self {
        let confirmed = source == Source::Employee;
        Self { value, source, since, confirmed, usable_from: Timestamp::UNIX_EPOCH }
    }
}

impl Record {
    /// Creates a record that contains only a birthdate.
    pub fn with_birthdate(birthdate: RegisteredValue<BirthdateDigest>) -> Self {
        Self { birthdate: Some(birthdate), ..Self::default() }
    }
}

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The record.
    pub record: Record,
    /// Its revision.
    pub revision: Revision,
}

/// Counts over all records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All records.
    pub records: u64,
    /// Records with a birthdate.
    pub birthdates: u64,
    /// Records with a mobile number.
    pub mobiles: u64,
    /// Records with a value under a key other than the current one.
    pub on_old_keys: u64,
}

/// The store of registered values.
#[async_trait]
pub trait Records: Send + Sync {
    /// Returns the record of an account, or `None` if there is none.
    async fn load(&self, account: AccountId) -> Result<Option<StoredRecord>, StoreError>;

    /// Returns the records of many accounts, in any order; accounts without a record are omitted.
    async fn load_many(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let mut all = Vec::with_capacity(accounts.len());
        for account in accounts {
            all.extend(self.load(*account).await?.map(|stored| (*account, stored)));
        }
        Ok(all)
    }

    /// Stores a record if `revision` still is its latest; with `None`, if the account has no record yet.
    async fn store(
        &self,
        account: AccountId,
        record: &Record,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError>;

    /// Like [`Records::store`] for many records in one transaction. Records that lost the comparison do not change.
    async fn store_many(
        &self,
        changes: &[(AccountId, Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError>;

    /// Removes a record. Returns whether there was one.
    async fn remove(&self, account: AccountId) -> Result<bool, StoreError>;

    /// Returns at most `max` records after an account, in the order of their accounts.
    async fn page(
        &self,
        after: Option<AccountId>,
        max: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError>;

    /// Returns the counts over all records. `writing_key` is the id of the current key.
    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError>;
}
