//! What an employee registered beforehand. Not the directory's own attributes.

use super::directory::AccountId;
use super::store::StoreError;
use async_trait::async_trait;

/// A keyed digest of a birthdate, and which key made it. The date itself is not kept: some 25,000
/// values are tried in an instant by whoever has the digest without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BirthdateDigest {
    /// Names the key.
    pub key_id: String,
    /// HMAC-SHA-256 over label, objectGUID and ISO date.
    pub digest: [u8; 32],
}

/// The product's own registration store.
#[async_trait]
pub trait Records: Send + Sync {
    /// The digest kept for an account.
    async fn birthdate(&self, account: AccountId) -> Result<Option<BirthdateDigest>, StoreError>;

    /// Keeps, or replaces, the digest of an account.
    async fn put_birthdate(&self, account: AccountId, digest: &BirthdateDigest) -> Result<(), StoreError>;

    /// How many accounts have a birthdate.
    async fn count(&self) -> Result<u64, StoreError>;
}
