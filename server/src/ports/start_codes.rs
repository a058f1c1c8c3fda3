//! Port: start codes. An employee who lost the phone activates the app on another one with a start code, which two agents of the
//! service desk issue together. An account has at most one.

use super::directory::AccountId;
use super::sessions::{Revision, Swap};
use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A keyed digest of a start code and its account.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StartCodeDigest(pub [u8; 32]);

impl std::fmt::Debug for StartCodeDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StartCodeDigest(…)")
    }
}

/// A start code from its request on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartCodeRequest {
    /// The account of the employee.
    pub account: AccountId,
    /// The agent who requested it, and who is shown the code.
    pub requested_by: AccountId,
    /// When.
    pub requested_at: Timestamp,
    /// A lead has seen who the employee is: resets do not wait.
    pub identity_seen: bool,
    /// The other agent.
    pub approved_by: Option<AccountId>,
    /// The code, after it was shown to the first agent.
    pub code: Option<StartCodeDigest>,
    /// From when the request, or its code, is void.
    pub expires: Timestamp,
    /// How often a code was shown.
    #[serde(default)]
    pub shown: u8,
    /// How often the right code was entered, with whatever birthdate.
    #[serde(default)]
    pub attempts: u8,
}

impl StartCodeRequest {
    /// The revision of a request that is stored for the first time. It differs from those of an earlier request for the account, so
    /// that a change that is still under way cannot replace a later request.
    pub fn first_revision(&self) -> Revision {
        Revision(self.requested_at.as_microsecond())
    }

    /// The two agents. Without an approval the first one twice, so that the number of reads does not depend on the request.
    pub fn agents(&self) -> [AccountId; 2] {
        [self.requested_by, self.approved_by.unwrap_or(self.requested_by)]
    }

    /// The employee and the agents, whose freeze ends the request. Without an approval the first agent is in it twice, so that
    /// the number of reads does not depend on the request.
    pub fn participants(&self) -> [AccountId; 3] {
        [self.account, self.requested_by, self.approved_by.unwrap_or(self.requested_by)]
    }
}

/// The start codes that were not used yet.
#[async_trait]
pub trait StartCodes: Send + Sync {
    /// Stores the request of an account if `revision` still is its latest; `None`: if the account has none, with
    /// [`StartCodeRequest::first_revision`].
    async fn put_start_code(
        &self,
        request: &StartCodeRequest,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError>;

    /// The request of an account, also an expired one.
    async fn find_start_code(
        &self,
        account: AccountId,
    ) -> Result<Option<(StartCodeRequest, Revision)>, StoreError>;

    /// All requests that have not expired, oldest first.
    async fn open_start_codes(&self, now: Timestamp) -> Result<Vec<StartCodeRequest>, StoreError>;

    /// Removes the request of an account if `revision` still is its latest; `false` otherwise.
    async fn remove_start_code(&self, account: AccountId, revision: Revision) -> Result<bool, StoreError>;

    /// Deletes expired requests.
    async fn purge_start_codes(&self, now: Timestamp) -> Result<(), StoreError>;
}
