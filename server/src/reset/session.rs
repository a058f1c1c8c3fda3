//! A visit as it is kept: sealed, expiring, advanced by compare-and-swap only. Not its stages.

use super::state::Stage;
use super::{Answer, ClientContext, Cookie, MAX_SESSION_DURATION, PROOF_LIFETIME, ResetService};
use crate::crypto::Purpose;
use crate::ports::sessions::{Revision, SessionId, Swap};
use app::api::refusal::Refusal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What is sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResetSession {
    pub(super) stage: Stage,
    /// Nothing is written in the end: a run to see whether a real one would succeed.
    #[serde(default)]
    pub(super) practice: bool,
    begun: Timestamp,
    idle_until: Timestamp,
}

/// A visit that is open in this request.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) id: SessionId,
    pub(super) visit: ResetSession,
    pub(super) revision: Revision,
}

impl ResetSession {
    /// When it ends by itself. After the proof the time is fixed.
    pub(super) fn ends(&self) -> Timestamp {
        match &self.stage {
            Stage::Verified(verified) => verified.until(),
            // A write that was begun is settled even after the proof's time is over.
            Stage::Writing(writing) => writing.verified().until() + PROOF_LIFETIME,
            // Nothing can be done with it any more but to read «done» again, also late in the hour.
            Stage::Finished(_) => self.idle_until,
            Stage::Identified(_) | Stage::AwaitingCode(_) | Stage::Checking(_) => {
                self.idle_until.min(self.begun + MAX_SESSION_DURATION)
            }
        }
    }
}

impl ResetService {
    /// Begins a visit at a stage, with an id of its own.
    pub(super) async fn begin(&self, stage: Stage, practice: bool) -> Result<Open, Refusal> {
        let now = self.now();
        let id =
            crate::random::bytes().map_err(|error| Self::fault("no random bytes for a visit", &error))?;
        let id = SessionId(Zeroizing::new(id));
        let visit = ResetSession { stage, practice, begun: now, idle_until: now + self.terms.session_idle };
        let sealed = self.seal(&id, &visit)?;
        let created = self.parts.visits.create(&id, &sealed, visit.ends()).await;
        let revision = created.map_err(|error| Self::store_away(&error))?;
        Ok(Open { id, visit, revision })
    }

    /// The caller's visit, if it is open.
    pub(super) async fn find_open(&self, caller: &ClientContext) -> Result<Option<Open>, Refusal> {
        match &caller.visit {
            Some(id) => self.load(id).await,
            None => Ok(None),
        }
    }

    /// The caller's visit; without one the browser starts again.
    pub(super) async fn open(&self, caller: &ClientContext) -> Result<Open, Refusal> {
        self.find_open(caller).await?.ok_or(Refusal::StartAgain)
    }

    pub(super) async fn load(&self, id: &SessionId) -> Result<Option<Open>, Refusal> {
        let kept = self.parts.visits.load(id).await.map_err(|error| Self::store_away(&error))?;
        let Some(kept) = kept else { return Ok(None) };
        // Sealed by a key that was withdrawn, or tampered with: there is no such visit.
        let Ok(plain) = self.parts.keys.open(Purpose::Session, &*id.0, &kept.sealed) else {
            tracing::warn!("a kept visit cannot be opened; was a key file taken away?");
            return Ok(None);
        };
        let visit: ResetSession = serde_json::from_slice(&plain)
            .map_err(|error| Self::fault("a kept visit is not in its own form", &error))?;
        Ok((visit.ends() > self.now()).then(|| Open { id: id.clone(), visit, revision: kept.revision }))
    }

    /// Moves the visit to a stage, as an accepted step: the idle time is renewed. Whoever loses
    /// hears that the step is being done.
    pub(super) async fn advance(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.visit.idle_until = self.now() + self.terms.session_idle;
        self.swap(open, stage).await
    }

    /// Moves the visit to a stage, leaving its time as it is.
    pub(super) async fn swap(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.visit.stage = stage;
        let sealed = self.seal(&open.id, &open.visit)?;
        let swap = self.parts.visits.swap(&open.id, open.revision, &sealed, open.visit.ends()).await;
        match swap.map_err(|error| Self::store_away(&error))? {
            Swap::Won(revision) => {
                open.revision = revision;
                Ok(())
            }
            Swap::Lost => Err(Refusal::InProgress),
        }
    }

    /// Moves the visit to a stage under a new id, derived from the old one by a key of ours: a
    /// repeated request finds it, and nobody else can.
    pub(super) async fn renew(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        let new = self.renewed(&open.id);
        open.visit.stage = stage;
        let sealed = self.seal(&new, &open.visit)?;
        let swap = self.parts.visits.renew(&open.id, &new, open.revision, &sealed, open.visit.ends()).await;
        match swap.map_err(|error| Self::store_away(&error))? {
            Swap::Won(revision) => {
                open.id = new;
                open.revision = revision;
                Ok(())
            }
            Swap::Lost => Err(Refusal::InProgress),
        }
    }

    /// The id under which a visit goes on after the proof.
    pub(super) fn renewed(&self, old: &SessionId) -> SessionId {
        SessionId(Zeroizing::new(self.parts.keys.digest(Purpose::Renewal, &[&*old.0])))
    }

    pub(super) async fn forget(&self, id: &SessionId) -> Result<(), Refusal> {
        self.parts.visits.remove(id).await.map_err(|error| Self::store_away(&error))
    }

    /// The answer that shows where the visit stands.
    pub(super) fn show(&self, open: &Open, cookie: Cookie) -> Answer {
        Answer::step(
            open.visit.stage.step(&self.view(self.now(), open.visit.ends(), open.visit.practice)),
            cookie,
        )
    }

    fn seal(&self, id: &SessionId, visit: &ResetSession) -> Result<Vec<u8>, Refusal> {
        let plain = serde_json::to_vec(visit)
            .map(Zeroizing::new)
            .map_err(|error| Self::fault("a visit cannot be written", &error))?;
        self.parts
            .keys
            .seal(Purpose::Session, &*id.0, &plain)
            .map_err(|error| Self::fault("a visit cannot be sealed", &error))
    }
}
