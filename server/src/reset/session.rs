//! The session of a reset: its stage, its lifetime, and what the browser is shown of it.

use super::rate_limit::RateLimiter;
use super::state::projection::View;
use super::state::{Finished, Stage, Writing};
use super::{Answer, ClientContext, Cookie, MAX_SESSION_DURATION, PROOF_LIFETIME, RESEND_PAUSE};
use crate::crypto::{self, Keyring};
use crate::ports::clock::Clock;
use crate::ports::sessions::{SessionId, Sessions};
use crate::sealed_sessions::{self, SealedSessions, SessionState};
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::api::step::Purpose;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tracing::info;
use zeroize::Zeroizing;

/// A reset session as one request has loaded it.
pub(super) type Open = sealed_sessions::Open<ResetSession>;

/// The stored content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResetSession {
    pub(super) stage: Stage,
    /// A practice run verifies everything and writes no password.
    #[serde(default)]
    pub(super) practice: bool,
    /// What it is for.
    #[serde(default)]
    pub(super) purpose: Purpose,
    #[serde(rename = "begun")]
    started: Timestamp,
    idle_until: Timestamp,
}

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionKind {
    /// A new password.
    Reset,
    /// A practice run.
    Practice,
    /// A call code for the service desk.
    Call,
    /// The app on another phone, with a start code.
    NewApp,
}

impl SessionState for ResetSession {
    fn expires_at(&self) -> Timestamp {
        match &self.stage {
            // Fixed at the proof: accepted steps do not extend it.
            Stage::Verified(verified) => verified.until(),
            // A claimed write is settled even after the proof has expired.
            Stage::Writing(writing) => writing.verified().until() + PROOF_LIFETIME,
            Stage::Called(called) => called.until(),
            Stage::NewApp(new_app) if new_app.linked().is_none() => new_app.until(),
            // Can only be shown again, also after the maximum duration.
            Stage::Waiting(_) | Stage::NewApp(_) | Stage::Finished(_) => self.idle_until,
            Stage::Identified(_) | Stage::AwaitingCode(_) | Stage::Checking(_) => {
                self.idle_until.min(self.started + MAX_SESSION_DURATION)
            }
        }
    }
}

/// The sessions of the reset.
pub(super) struct ResetSessions {
    sealed: SealedSessions,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    site: Arc<Site>,
    idle: SignedDuration,
}

impl ResetSessions {
    pub(super) fn new(
        store: Arc<dyn Sessions>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        site: Arc<Site>,
        idle: SignedDuration,
    ) -> Self {
        let sealed =
            SealedSessions::new(store, Arc::clone(&keys), Arc::clone(&clock), crypto::Purpose::Session);
        Self { sealed, keys, clock, site, idle }
    }

    /// Starts a session at a stage.
    pub(super) async fn start(&self, stage: Stage, kind: SessionKind) -> Result<Open, Refusal> {
        let now = self.clock.now();
        let purpose = match kind {
            SessionKind::Reset | SessionKind::Practice => Purpose::Reset,
            SessionKind::Call => Purpose::Call,
            SessionKind::NewApp => Purpose::NewApp,
        };
        let practice = kind == SessionKind::Practice;
        let session = ResetSession { stage, practice, purpose, started: now, idle_until: now + self.idle };
        self.sealed.create(session).await
    }

    /// The client's session, if it is open.
    pub(super) async fn find_open(&self, client: &ClientContext) -> Result<Option<Open>, Refusal> {
        match &client.session {
            Some(id) => self.load(id).await,
            None => Ok(None),
        }
    }

    /// The client's session; [`Refusal::StartAgain`] without one. Counts the call as a step of that session, or as a
    /// call without one.
    pub(super) async fn open_counted(
        &self,
        client: &ClientContext,
        limiter: &RateLimiter,
        call: &'static str,
    ) -> Result<Open, Refusal> {
        let open = self.find_open(client).await?;
        limiter.count_step(client, open.as_ref().map(|open| &open.id), call).await?;
        open.ok_or(Refusal::StartAgain)
    }

    pub(super) async fn load(&self, id: &SessionId) -> Result<Option<Open>, Refusal> {
        self.sealed.load(id).await
    }

    /// Moves the session to a stage as an accepted step, which renews the idle time. [`Refusal::InProgress`] if
    /// another request moved it first.
    pub(super) async fn advance(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.session.idle_until = self.clock.now() + self.idle;
        self.swap(open, stage).await
    }

    /// Moves the session to a stage and leaves the idle time as it is.
    pub(super) async fn swap(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.session.stage = stage;
        self.sealed.swap(open).await
    }

    /// Moves the session to a stage under a new id, derived from the old one with our key: a repeated request
    /// finds it, and nobody else can derive it.
    pub(super) async fn renew(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        let id = self.renewed(&open.id);
        open.session.stage = stage;
        self.sealed.renew(open, id).await
    }

    /// The id of a session after the proof.
    pub(super) fn renewed(&self, old: &SessionId) -> SessionId {
        SessionId(Zeroizing::new(self.keys.digest(crypto::Purpose::Renewal, &[&*old.0])))
    }

    pub(super) async fn remove(&self, id: &SessionId) -> Result<(), Refusal> {
        self.sealed.remove(id).await
    }

    /// The answer with the step that the session is at.
    pub(super) fn show(&self, open: &Open, cookie: Cookie) -> Answer {
        let view = View {
            now: self.clock.now(),
            ends: open.session.expires_at(),
            practice: open.session.practice,
            purpose: open.session.purpose,
            methods: &self.site.methods,
            applications: &self.site.organisation.applications,
            application_groups: &self.site.application_groups,
            resend_pause: RESEND_PAUSE,
        };
        Answer::step(open.session.stage.step(&view), cookie)
    }

    /// Stores that the session has finished. A failure is logged only: the action is done, and the screen must say so.
    pub(super) async fn finish(&self, open: &mut Open, finished: Finished, reference: &str) {
        if let Err(refusal) = self.advance(open, Stage::Finished(finished)).await {
            info!(
                reference,
                ?refusal,
                "session not stored: the claim of the finished write is settled later"
            );
        }
    }

    /// Nothing was written: back to the stage `Verified`, if the proof has not expired.
    pub(super) async fn back_to_proof(&self, open: &mut Open, writing: Writing) -> Result<(), Refusal> {
        let verified = writing.not_written();
        if verified.until() <= self.clock.now() {
            self.remove(&open.id).await?;
            return Err(Refusal::StartAgain);
        }
        self.swap(open, Stage::Verified(verified)).await
    }
}
