//! A session of the registration as it is kept: sealed, expiring, advanced by compare-and-swap only. It is no
//! visit of the reset: another cookie, another key.

use super::{EnrollmentClient, EnrollmentService};
use crate::crypto::Purpose;
use crate::ports::directory::{Account, AccountId};
use crate::ports::sessions::{Revision, SessionId, Swap};
use crate::reset::MAX_SESSION_DURATION;
use crate::reset::state::CLAIM_LIFE;
use crate::reset::state::projection::seconds_until;
use app::api::enrollment_state::{Activation, App};
use app::api::refusal::Refusal;
use app::domain::username::Username;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::error::Error;
use zeroize::Zeroizing;

/// What is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// As typed.
    pub(super) username: Username,
    /// Who signed in.
    pub(super) account: AccountId,
    /// `pwdLastSet` of then: a session does not outlive the password that began it.
    pub(super) password_last_set: i64,
    pub(super) stage: Stage,
    begun: Timestamp,
    idle_until: Timestamp,
}

/// Where a session stands.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Stage {
    /// The app is active: its code is asked.
    AwaitingCode,
    /// Somebody is judging a code.
    Checking {
        /// Since when.
        claimed_at: Timestamp,
    },
    /// Everything is open that the proof allows.
    SignedIn(SignedIn),
}

/// What is known of who signed in.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SignedIn {
    pub(super) proof: Proof,
    /// As the directory and Entrust said last.
    pub(super) seen: Seen,
    /// A number that waits to be confirmed.
    pub(super) pending: Option<Pending>,
    /// The activation that is under way, to be shown again after a reload, and its token.
    pub(super) activation: Option<(String, Activation)>,
}

/// What the session rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Proof {
    /// The password alone: there was no app to ask for a code.
    Password,
    /// Password and code, or the password and an app that was activated in this session.
    Code,
}

/// What the outside systems said last, so that `current` need not ask them.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) eligible: bool,
    pub(super) app: App,
    /// The directory has a birthdate.
    pub(super) birthdate: bool,
    /// The directory's number, masked.
    pub(super) mobile: Option<String>,
}

/// A number that waits for its code.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    /// E.164; the session is sealed.
    pub(super) mobile: Zeroizing<String>,
    pub(super) code_digest: [u8; 32],
    pub(super) until: Timestamp,
}

/// A session that is open in this request.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) id: SessionId,
    pub(super) session: Session,
    revision: Revision,
}

impl Open {
    /// What is known of who signed in; anybody else starts again.
    pub(super) fn signed_in(&self) -> Result<&SignedIn, Refusal> {
        match &self.session.stage {
            Stage::SignedIn(signed_in) => Ok(signed_in),
            Stage::AwaitingCode | Stage::Checking { .. } => Err(Refusal::StartAgain),
        }
    }

    /// Whole seconds until it ends.
    pub(super) fn expires_in(&self, now: Timestamp) -> u64 {
        seconds_until(self.session.ends(), now)
    }
}

impl Session {
    fn ends(&self) -> Timestamp {
        self.idle_until.min(self.begun + MAX_SESSION_DURATION)
    }
}

/// Whether a claim was left behind by a crash.
pub(super) fn is_abandoned(claimed_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(claimed_at) >= CLAIM_LIFE
}

impl EnrollmentService {
    /// Begins a session with an id of its own.
    pub(super) async fn begin(
        &self,
        username: Username,
        account: &Account,
        stage: Stage,
    ) -> Result<Open, Refusal> {
        let now = self.reset.now();
        let idle_until = now + self.reset.terms().session_idle;
        let session = Session {
            username,
            account: account.id,
            password_last_set: account.password_last_set,
            stage,
            begun: now,
            idle_until,
        };
        let id = new_id()?;
        let sealed = self.seal(&id, &session)?;
        let created = self.reset.parts().visits.create(&id, &sealed, session.ends()).await;
        let revision = created.map_err(|error| crate::reset::ResetService::store_away(&error))?;
        Ok(Open { id, session, revision })
    }

    /// The caller's session; without one the browser signs in again.
    pub(super) async fn open(&self, caller: &EnrollmentClient) -> Result<Open, Refusal> {
        self.find_open(caller).await?.ok_or(Refusal::StartAgain)
    }

    pub(super) async fn find_open(&self, caller: &EnrollmentClient) -> Result<Option<Open>, Refusal> {
        let Some(id) = &caller.session else { return Ok(None) };
        let parts = self.reset.parts();
        let kept =
            parts.visits.load(id).await.map_err(|error| crate::reset::ResetService::store_away(&error))?;
        let Some(kept) = kept else { return Ok(None) };
        // A visit of the reset is sealed by another key: its id opens nothing here.
        let Ok(plain) = parts.keys.open(Purpose::EnrollmentSession, &*id.0, &kept.sealed) else {
            return Ok(None);
        };
        let session: Session = serde_json::from_slice(&plain)
            .map_err(|error| fault("a kept session is not in its own form", &error))?;
        let is_open = session.ends() > self.reset.now();
        Ok(is_open.then(|| Open { id: id.clone(), session, revision: kept.revision }))
    }

    /// Moves the session to a stage, as an accepted step: the idle time is renewed. Whoever loses hears that the
    /// step is being done.
    pub(super) async fn advance(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.session.idle_until = self.reset.now() + self.reset.terms().session_idle;
        self.swap(open, stage).await
    }

    /// Moves the session to a stage, leaving its time as it is.
    pub(super) async fn swap(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        let id = open.id.clone();
        self.put(open, &id, stage).await
    }

    /// Moves the session to a stage under a new id: what was known before the proof opens nothing after it.
    pub(super) async fn renew(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.session.idle_until = self.reset.now() + self.reset.terms().session_idle;
        self.put(open, &new_id()?, stage).await
    }

    async fn put(&self, open: &mut Open, id: &SessionId, stage: Stage) -> Result<(), Refusal> {
        open.session.stage = stage;
        let sealed = self.seal(id, &open.session)?;
        let visits = &self.reset.parts().visits;
        let swap = visits.renew(&open.id, id, open.revision, &sealed, open.session.ends()).await;
        match swap.map_err(|error| crate::reset::ResetService::store_away(&error))? {
            Swap::Won(revision) => {
                open.id = id.clone();
                open.revision = revision;
                Ok(())
            }
            Swap::Lost => Err(Refusal::InProgress),
        }
    }

    pub(super) async fn forget(&self, id: &SessionId) -> Result<(), Refusal> {
        let removed = self.reset.parts().visits.remove(id).await;
        removed.map_err(|error| crate::reset::ResetService::store_away(&error))
    }

    fn seal(&self, id: &SessionId, session: &Session) -> Result<Vec<u8>, Refusal> {
        let plain = serde_json::to_vec(session)
            .map(Zeroizing::new)
            .map_err(|error| fault("a session cannot be written", &error))?;
        let sealed = self.reset.parts().keys.seal(Purpose::EnrollmentSession, &*id.0, &plain);
        sealed.map_err(|error| fault("a session cannot be sealed", &error))
    }
}

fn new_id() -> Result<SessionId, Refusal> {
    let id = crate::random::bytes().map_err(|error| fault("no random bytes for a session", &error))?;
    Ok(SessionId(Zeroizing::new(id)))
}

fn fault(what: &'static str, error: &(dyn Error + 'static)) -> Refusal {
    crate::reset::ResetService::fault(what, error)
}
