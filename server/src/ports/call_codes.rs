//! Port: call codes. A caller of the service desk proves who they are in the wizard and gets a code, which the service desk
//! accepts once.

use super::directory::AccountId;
use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

/// A keyed digest of a call code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallCodeDigest(pub [u8; 32]);

/// A caller who was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The account of the caller.
    pub account: AccountId,
    /// When the caller was verified.
    pub verified_at: Timestamp,
    /// From when the code is no longer accepted.
    pub expires: Timestamp,
}

/// The call codes that the service desk has not accepted yet.
#[async_trait]
pub trait CallCodes: Send + Sync {
    /// Stores a call under its code. An earlier code of the same account is no longer accepted. Returns `false`, and changes
    /// nothing, if the code is in use by another account.
    async fn put_call(&self, code: CallCodeDigest, call: &Call) -> Result<bool, StoreError>;

    /// Whether a call with this code waits to be accepted.
    async fn has_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<bool, StoreError>;

    /// Removes the call with this code and returns it; `None` if there is none, or if it has expired.
    async fn take_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<Option<Call>, StoreError>;

    /// Stores a call again that [`CallCodes::take_call`] returned and that was not accepted. Changes nothing if the account has
    /// another code by now.
    async fn restore_call(&self, code: CallCodeDigest, call: &Call) -> Result<(), StoreError>;

    /// Deletes expired calls.
    async fn purge_calls(&self, now: Timestamp) -> Result<(), StoreError>;
}
