//! Extends, cancels and shows a session, without an external call; `current` first settles what a crash left behind.

use super::call::digest;
use super::failure::store_unavailable;
use super::password_write::PasswordChange;
use super::rate_limit::RateLimiter;
use super::session::{Open, ResetSessions};
use super::session_metrics::SessionEvent;
use super::state::Stage;
use super::state::projection::seconds_until;
use super::{Answer, ClientContext, Cookie};
use crate::crypto::Keyring;
use crate::ports::call_codes::CallCodes;
use crate::ports::clock::Clock;
use crate::sealed_sessions::SessionState as _;
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::api::step::Step;
use std::sync::Arc;

/// Extends, cancels and shows sessions.
pub(super) struct SessionControl {
    pub(super) sessions: Arc<ResetSessions>,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) password: Arc<PasswordChange>,
    pub(super) calls: Arc<dyn CallCodes>,
    pub(super) keys: Arc<Keyring>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) site: Arc<Site>,
}

impl SessionControl {
    /// Renews the idle time. The time after the proof is fixed.
    pub(super) async fn extend(&self, client: &ClientContext) -> Result<Answer, Answer> {
        let mut open = self.sessions.open_counted(client, &self.limiter, "extend").await?;
        match open.session.stage.clone() {
            stage @ (Stage::Identified(_) | Stage::AwaitingCode(_)) => {
                self.sessions.advance(&mut open, stage).await?;
            }
            Stage::Checking(_)
            | Stage::Verified(_)
            | Stage::Waiting(_)
            | Stage::Called(_)
            | Stage::NewApp(_)
            | Stage::Writing(_)
            | Stage::Finished(_) => {}
        }
        Ok(self.sessions.show(&open, Cookie::Keep))
    }

    /// Ends the session.
    pub(super) async fn cancel(&self, client: &ClientContext) -> Result<Answer, Answer> {
        let open = self.sessions.find_open(client).await?;
        self.limiter.count_step(client, open.as_ref().map(|open| &open.id), "cancel").await?;
        self.end(open, SessionEvent::Cancelled).await?;
        Ok(Answer::step(Step::Identify {}, Cookie::Clear))
    }

    /// Ends the browser's session, unless a password is being written in it: the result of that must be shown.
    pub(super) async fn end_earlier(&self, client: &ClientContext) -> Result<(), Refusal> {
        self.end(self.sessions.find_open(client).await?, SessionEvent::Replaced).await
    }

    async fn end(&self, open: Option<Open>, event: SessionEvent) -> Result<(), Refusal> {
        let Some(earlier) = open else { return Ok(()) };
        match &earlier.session.stage {
            Stage::Writing(writing) if !writing.is_abandoned(self.clock.now()) => Err(Refusal::InProgress),
            // Counted when it finished.
            Stage::Finished(_) => self.sessions.remove(&earlier.id).await,
            Stage::Identified(_)
            | Stage::AwaitingCode(_)
            | Stage::Checking(_)
            | Stage::Verified(_)
            | Stage::Waiting(_)
            | Stage::Called(_)
            | Stage::NewApp(_)
            | Stage::Writing(_) => {
                self.sessions.remove(&earlier.id).await?;
                event.count_of(&earlier);
                Ok(())
            }
        }
    }

    /// The step that this browser's session is at. Extends nothing and sets no cookie; an abandoned write is settled
    /// first, so that the screen shows what has happened.
    pub(super) async fn current(&self, client: &ClientContext) -> Result<Answer, Answer> {
        let Some(id) = &client.session else { return Ok(Answer::step(Step::Identify {}, Cookie::Keep)) };
        let now = self.clock.now();
        let Some(mut open) = self.sessions.load(id).await? else {
            return self.current_of_renewed(client).await;
        };
        match &open.session.stage {
            Stage::Checking(checking) if !checking.is_abandoned(now) => Err(Refusal::InProgress.into()),
            Stage::Writing(writing) if !writing.is_abandoned(now) => Err(Refusal::InProgress.into()),
            Stage::Writing(_) => {
                self.password.settle_abandoned(client, &mut open).await?;
                Ok(self.sessions.show(&open, Cookie::Keep))
            }
            // A finished practice run must not stand in the way of a real reset.
            Stage::Finished(_) if open.session.practice => Ok(Answer::step(Step::Identify {}, Cookie::Keep)),
            Stage::Identified(_)
            | Stage::AwaitingCode(_)
            | Stage::Checking(_)
            | Stage::Verified(_)
            | Stage::Waiting(_)
            | Stage::NewApp(_)
            | Stage::Finished(_) => Ok(self.sessions.show(&open, Cookie::Keep)),
            Stage::Called(called) => {
                let is_open = self.calls.has_call(digest(&self.keys, called.call_code()), now).await;
                let is_open = is_open.map_err(|error| store_unavailable(&error))?;
                let mut answer = self.sessions.show(&open, Cookie::Keep);
                // The code is the caller's own, so this reveals nothing to anyone else.
                if let Ok(Step::Call { used, .. }) = &mut answer.outcome {
                    *used = !is_open;
                }
                Ok(answer)
            }
        }
    }

    /// The response to the proof was lost, so the browser still has the old id: within `CLAIM_LIFETIME` it is shown the
    /// code step, where the same code leads on.
    async fn current_of_renewed(&self, client: &ClientContext) -> Result<Answer, Answer> {
        let now = self.clock.now();
        if let Some(id) = &client.session
            && let Some(open) = self.sessions.load(&self.sessions.renewed(id)).await?
            && let Some(username) = open.session.stage.repeatable_proof(now)
        {
            let step = Step::Code {
                username: username.to_string(),
                methods: self.site.methods.clone(),
                method: self.site.first_method(),
                resend_after: None,
                expires_in: seconds_until(open.session.expires_at(), now),
                practice: open.session.practice,
                purpose: open.session.purpose,
            };
            return Ok(Answer::step(step, Cookie::Keep));
        }
        Ok(Answer::step(Step::Identify {}, Cookie::Keep))
    }
}
