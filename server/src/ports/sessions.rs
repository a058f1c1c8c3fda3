//! Port: the store of sessions. Their content is sealed by the service; a store cannot read it.

use super::health_finding::Finding;
use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The secret in the cookie: 32 random bytes. A store holds only a digest of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(pub Zeroizing<[u8; 32]>);

impl SessionId {
    /// An id that no session has, to learn whether the store answers.
    pub fn unused() -> Self {
        Self(Zeroizing::new([0; 32]))
    }

    /// What a store knows of this id.
    pub fn digest(&self) -> SessionDigest {
        SessionDigest(Sha256::digest(*self.0).into())
    }
}

/// The SHA-256 of a session id. A session cannot be continued with it, only found and deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionDigest(pub [u8; 32]);

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionId(…)")
    }
}

/// Counts the changes of a stored value. A change is accepted only if it is based on the latest revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub i64);

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// The content, sealed by the service.
    pub sealed: Vec<u8>,
    /// The revision of this content.
    pub revision: Revision,
}

/// Result of a compare-and-swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The change was stored and now is the latest revision.
    Won(Revision),
    /// Another change was stored first, or the session no longer exists.
    Lost,
}

/// The store of sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Stores a new session until `expires`.
    async fn create(&self, id: &SessionId, sealed: &[u8], expires: Timestamp)
    -> Result<Revision, StoreError>;

    /// Returns the session with this id, or `None` if there is none.
    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError>;

    /// Replaces a session if `revision` still is its latest.
    async fn swap(
        &self,
        id: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError>;

    /// Like [`Sessions::swap`], and changes the session's id from `old` to `new`. The old id is invalid afterwards.
    async fn renew(
        &self,
        old: &SessionId,
        new: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError>;

    /// Deletes a session if it exists.
    async fn remove(&self, id: &SessionId) -> Result<(), StoreError>;

    /// At most `max` sessions whose digests follow `after`, in the order of the digests; `None` starts at the first. Contains
    /// expired ones until they are purged.
    async fn sessions_after(
        &self,
        after: Option<SessionDigest>,
        max: u32,
    ) -> Result<Vec<(SessionDigest, StoredSession)>, StoreError>;

    /// Deletes the session with this digest. Returns whether there was one.
    async fn remove_by_digest(&self, digest: SessionDigest) -> Result<bool, StoreError>;

    /// Deletes everything that expired before `now`.
    async fn purge(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Checks the store for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;
}
