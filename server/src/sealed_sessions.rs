//! Sessions in the store: sealed with a key of this service, expiring, advanced by compare-and-swap only.
//!
//! The reset and the enrollment each have their own sessions, with a key of their own: an id of one opens nothing
//! of the other.

use crate::crypto::{Keyring, Purpose};
use crate::ports::clock::Clock;
use crate::ports::sessions::{Revision, SessionId, Sessions, Swap};
use crate::reset::failure::{fault, store_unavailable};
use app::api::refusal::Refusal;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The content of a session. Its JSON form is sealed before it is stored.
pub(crate) trait SessionState: Serialize + DeserializeOwned {
    /// When the session expires.
    fn expires_at(&self) -> Timestamp;
}

/// A session as one request has loaded it.
#[derive(Debug, Clone)]
pub(crate) struct Open<S> {
    pub(crate) id: SessionId,
    pub(crate) session: S,
    revision: Revision,
}

/// Creates, loads and advances sessions of one purpose.
pub(crate) struct SealedSessions {
    store: Arc<dyn Sessions>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    purpose: Purpose,
}

impl SealedSessions {
    pub(crate) fn new(
        store: Arc<dyn Sessions>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        purpose: Purpose,
    ) -> Self {
        Self { store, keys, clock, purpose }
    }

    /// Stores a new session under a random id.
    pub(crate) async fn create<S: SessionState>(&self, session: S) -> Result<Open<S>, Refusal> {
        let id = Self::new_id()?;
        let sealed = self.seal(&id, &session)?;
        let created = self.store.create(&id, &sealed, session.expires_at()).await;
        let revision = created.map_err(|error| store_unavailable(&error))?;
        Ok(Open { id, session, revision })
    }

    /// A random session id.
    pub(crate) fn new_id() -> Result<SessionId, Refusal> {
        let id = crate::random::bytes().map_err(|error| fault("no random bytes for a session id", &error))?;
        Ok(SessionId(Zeroizing::new(id)))
    }

    /// The session with this id; `None` if there is none, it has expired, or its key is no longer configured.
    pub(crate) async fn load<S: SessionState>(&self, id: &SessionId) -> Result<Option<Open<S>>, Refusal> {
        let stored = self.store.load(id).await.map_err(|error| store_unavailable(&error))?;
        let Some(stored) = stored else { return Ok(None) };
        let Ok(plain) = self.keys.open(self.purpose, self.binding(id).as_slice(), &stored.sealed) else {
            tracing::warn!(
                "stored session cannot be opened: its key file was removed, or it was tampered with"
            );
            return Ok(None);
        };
        let session: S = serde_json::from_slice(&plain)
            .map_err(|error| fault("a stored session has an unknown form", &error))?;
        let is_open = session.expires_at() > self.clock.now();
        Ok(is_open.then(|| Open { id: id.clone(), session, revision: stored.revision }))
    }

    /// Stores the changed session. [`Refusal::InProgress`] if another request changed it first.
    pub(crate) async fn swap<S: SessionState>(&self, open: &mut Open<S>) -> Result<(), Refusal> {
        let sealed = self.seal(&open.id, &open.session)?;
        let swap = self.store.swap(&open.id, open.revision, &sealed, open.session.expires_at()).await;
        open.revision = won(swap.map_err(|error| store_unavailable(&error))?)?;
        Ok(())
    }

    /// Like [`SealedSessions::swap`], and moves the session to a new id: the old one opens nothing afterwards.
    pub(crate) async fn renew<S: SessionState>(
        &self,
        open: &mut Open<S>,
        id: SessionId,
    ) -> Result<(), Refusal> {
        let sealed = self.seal(&id, &open.session)?;
        let swap = self.store.renew(&open.id, &id, open.revision, &sealed, open.session.expires_at()).await;
        open.revision = won(swap.map_err(|error| store_unavailable(&error))?)?;
        open.id = id;
        Ok(())
    }

    pub(crate) async fn remove(&self, id: &SessionId) -> Result<(), Refusal> {
        self.store.remove(id).await.map_err(|error| store_unavailable(&error))
    }

    /// What a sealed session is bound to, so that it opens only under its own id. A session of the service desk is bound to
    /// the digest of the id, which the store knows: an operator can list and end it without its cookie.
    fn binding(&self, id: &SessionId) -> Zeroizing<[u8; 32]> {
        if self.purpose == Purpose::ServiceDeskSession { Zeroizing::new(id.digest().0) } else { id.0.clone() }
    }

    fn seal<S: SessionState>(&self, id: &SessionId, session: &S) -> Result<Vec<u8>, Refusal> {
        let plain = serde_json::to_vec(session)
            .map(Zeroizing::new)
            .map_err(|error| fault("a session cannot be serialised", &error))?;
        let sealed = self.keys.seal(self.purpose, self.binding(id).as_slice(), &plain);
        sealed.map_err(|error| fault("a session cannot be sealed", &error))
    }
}

fn won(swap: Swap) -> Result<Revision, Refusal> {
    match swap {
        Swap::Won(revision) => Ok(revision),
        Swap::Lost => Err(Refusal::InProgress),
    }
}
