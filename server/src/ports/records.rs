//! What was registered beforehand: birthdate, mobile number, and how the app came to be. Not the
//! directory's own attributes, and not the rules of who may change what: those are in
//! `registration::record`.

use super::directory::AccountId;
use super::notifier::NoticeKind;
use super::sessions::{Revision, Swap};
use super::store::StoreError;
use app::api::enrollment_state::Source;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A keyed digest of a birthdate, and which key made it. The date itself is not kept: some 25,000
/// values are tried in an instant by whoever has the digest without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BirthdateDigest {
    /// Names the key.
    pub key_id: String,
    /// HMAC-SHA-256 over label, objectGUID and ISO date.
    #[serde(with = "crate::crypto::as_hex")]
    pub digest: [u8; 32],
}

/// A mobile number, encrypted; bound to its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedMobile {
    /// Names the key of both.
    pub key_id: String,
    /// E.164, sealed.
    #[serde(with = "crate::crypto::as_hex")]
    pub sealed: Vec<u8>,
    /// A keyed digest of the number alone: finds the accounts that share one.
    #[serde(with = "crate::crypto::as_hex")]
    pub digest: [u8; 32],
}

/// A registered value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered<T> {
    /// The value.
    pub value: T,
    /// Who gave it.
    pub source: Source,
    /// When it was given.
    pub since: Timestamp,
    /// The employee gave or confirmed it: HR does not overwrite it.
    pub confirmed: bool,
    /// Before this it cannot be used for a reset.
    pub usable_from: Timestamp,
}

/// A value from HR that waits for the employee's yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal<T> {
    /// The value.
    pub value: T,
    /// When it was given.
    pub since: Timestamp,
    /// The employee said no: the same value is not proposed again.
    pub declined: bool,
}

/// An activation of the app that was begun here and not seen finished yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// Entrust's id of the new token.
    pub token: String,
    /// When it was begun.
    pub since: Timestamp,
    /// There was an app already.
    pub replaces: bool,
}

/// Everything kept of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The birthdate.
    pub birthdate: Option<Registered<BirthdateDigest>>,
    /// The mobile number.
    pub mobile: Option<Registered<SealedMobile>>,
    /// HR's other birthdate.
    pub proposed_birthdate: Option<Proposal<BirthdateDigest>>,
    /// HR's other number.
    pub proposed_mobile: Option<Proposal<SealedMobile>>,
    /// The number before this one: as long as the new one cannot be used, the owner is told here.
    pub previous_mobile: Option<SealedMobile>,
    /// The activations of the app that were begun here and not seen finished yet; each may still be.
    pub activations: Vec<Activation>,
    /// Before this the app cannot be used for a reset.
    pub app_usable_from: Option<Timestamp>,
    /// What the owner has not been told yet: kept with the change itself, so that no crash can come in between.
    pub untold: Vec<NoticeKind>,
    /// Since when the account is not in the directory any more, or disabled: its record is removed some time later.
    pub left_since: Option<Timestamp>,
}

impl<T> Registered<T> {
    /// A value that was there before anybody counted: usable at once.
    pub fn by(source: Source, value: T, since: Timestamp) -> Self {
        let confirmed = source == Source::Employee;
        Self { value, source, since, confirmed, usable_from: Timestamp::UNIX_EPOCH }
    }
}

impl Record {
    /// With nothing but a birthdate.
    pub fn with_birthdate(birthdate: Registered<BirthdateDigest>) -> Self {
        Self { birthdate: Some(birthdate), ..Self::default() }
    }
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// What is kept.
    pub record: Record,
    /// Which change this is.
    pub revision: Revision,
}

/// What is counted over all records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Records.
    pub records: u64,
    /// With a birthdate.
    pub birthdates: u64,
    /// With a mobile number.
    pub mobiles: u64,
    /// With a value under another key than the writing one.
    pub on_old_keys: u64,
}

/// The product's own registration store.
#[async_trait]
pub trait Records: Send + Sync {
    /// What is kept of an account.
    async fn load(&self, account: AccountId) -> Result<Option<StoredRecord>, StoreError>;

    /// What is kept of many accounts; those without a record are not among them, and the order is any.
    async fn load_many(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let mut all = Vec::with_capacity(accounts.len());
        for account in accounts {
            all.extend(self.load(*account).await?.map(|kept| (*account, kept)));
        }
        Ok(all)
    }

    /// Keeps a record if `revision` still is its latest; `None`: if there is none yet.
    async fn store(
        &self,
        account: AccountId,
        record: &Record,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError>;

    /// Like [`Records::store`] for many, in one transaction; those that lost are left as they were.
    async fn store_many(
        &self,
        changes: &[(AccountId, Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError>;

    /// Removes a record; whether there was one.
    async fn remove(&self, account: AccountId) -> Result<bool, StoreError>;

    /// The next records in the order of their accounts, at most so many.
    async fn page(
        &self,
        after: Option<AccountId>,
        most: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError>;

    /// Counts; `writing_key` names the key that is not old.
    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError>;
}
