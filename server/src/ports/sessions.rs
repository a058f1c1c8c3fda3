//! Where visits are kept between requests. Not what is in them: the workflow seals that.

use super::health_finding::Finding;
use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use zeroize::Zeroizing;

/// The secret in the cookie: 32 random bytes. A store keeps a digest of it only.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(pub Zeroizing<[u8; 32]>);

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VisitId(…)")
    }
}

/// Counts the changes of a visit; a change is accepted only from its latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub i64);

/// A visit as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Sealed by the workflow; nobody else can read it.
    pub sealed: Vec<u8>,
    /// Which change this is.
    pub revision: Revision,
}

/// What came of a compare-and-swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// This change is now the latest.
    Won(Revision),
    /// Another change came first, or the visit is gone.
    Lost,
}

/// The store of visits.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Keeps a new visit until `expires`.
    async fn create(&self, id: &SessionId, sealed: &[u8], expires: Timestamp)
    -> Result<Revision, StoreError>;

    /// The visit with this id.
    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError>;

    /// Replaces a visit if `revision` still is its latest.
    async fn swap(
        &self,
        id: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError>;

    /// Like [`Sessions::swap`], and gives the visit a new id; the old one finds nothing any more.
    async fn renew(
        &self,
        old: &SessionId,
        new: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError>;

    /// Forgets a visit, if it is there.
    async fn remove(&self, id: &SessionId) -> Result<(), StoreError>;

    /// Forgets everything that expired before `now`.
    async fn purge(&self, now: Timestamp) -> Result<(), StoreError>;

    /// What an operator wants to know, row by row.
    async fn check(&self) -> Vec<Finding>;
}
