//! Sends a code by SMS or mail (method OTP) instead of showing it in the app. The lookups and the sending run after the
//! response has left, so that its timing does not reveal whether a code is sent. A decoy is sent nothing.

use super::code_verifier::CodeVerifier;
use super::lookup::AccountLookup;
use super::rate_limit::{RateLimiter, network};
use super::response_time::ResponseTimer;
use super::session::{Open, ResetSessions};
use super::state::projection::seconds_until;
use super::state::{AwaitingCode, Evidence, Stage, Subject};
use super::{Answer, ClientContext, Cookie, RESEND_PAUSE};
use crate::ports::clock::Clock;
use crate::ports::otp_provider::{Challenge, OtpSubject};
use crate::ports::sessions::SessionId;
use app::api::refusal::{Reason, Refusal};
use app::api::site::Site;
use app::api::step::{OtpMethod, Purpose};
use app::domain::raw_input::RawInput;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tracing::Instrument as _;

/// Longer than a claim on the session lasts.
const STORE_TRIES: u32 = 80;
const STORE_PAUSE: SignedDuration = SignedDuration::from_millis(500);

/// One sending of a code.
struct Sending {
    client: ClientContext,
    session: SessionId,
    at: Timestamp,
}

/// What came of a sending.
#[derive(Clone)]
struct SendResult {
    /// With which it was decided.
    evidence: Evidence,
    subject: Subject,
    challenge: Option<Challenge>,
}

/// Sends codes.
pub(super) struct OtpDelivery {
    pub(super) sessions: Arc<ResetSessions>,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) accounts: Arc<AccountLookup>,
    pub(super) verifier: Arc<CodeVerifier>,
    pub(super) timer: Arc<ResponseTimer>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) site: Arc<Site>,
}

impl OtpDelivery {
    /// Sends another code, or changes the method.
    pub(super) async fn resend(
        self: &Arc<Self>,
        client: &ClientContext,
        method: Option<&RawInput>,
    ) -> Result<Answer, Answer> {
        let mut open = self.sessions.open_counted(client, &self.limiter, "resend").await?;
        let now = self.clock.now();
        if open.session.purpose == Purpose::NewApp {
            return Err(Refusal::invalid("way", Reason::NotOffered).into());
        }
        let awaiting = match open.session.stage.clone() {
            Stage::AwaitingCode(awaiting) => awaiting,
            Stage::Checking(checking) if checking.is_abandoned(now) => checking.released(),
            Stage::Checking(_) => return Err(Refusal::InProgress.into()),
            Stage::Identified(_)
            | Stage::Verified(_)
            | Stage::Waiting(_)
            | Stage::Called(_)
            | Stage::NewApp(_)
            | Stage::Writing(_)
            | Stage::Finished(_) => {
                return Err(Refusal::StartAgain.into());
            }
        };
        let method = match method {
            Some(typed) => OtpMethod::parse(typed.expose())
                .filter(|method| self.site.methods.contains(method))
                .ok_or(Refusal::invalid("way", Reason::NotOffered))?,
            None => awaiting.method,
        };
        match method {
            OtpMethod::Token => {
                let stage = Stage::AwaitingCode(AwaitingCode { method, ..awaiting });
                self.sessions.advance(&mut open, stage).await?;
            }
            OtpMethod::Otp => {
                if let Some(at) = awaiting.sent_at
                    && at + RESEND_PAUSE > now
                {
                    let retry_after = seconds_until(at + RESEND_PAUSE, now).max(1);
                    return Err(Refusal::TooMany { retry_after }.into());
                }
                // Another code is wanted, even if the earlier one could still be typed.
                let stage = Stage::AwaitingCode(AwaitingCode { method, challenge: None, ..awaiting });
                self.sessions.advance(&mut open, stage).await?;
                self.request_code(client, &mut open).await?;
            }
        }
        Ok(self.sessions.show(&open, Cookie::Keep))
    }

    /// Starts the sending of a code to the subject of the session, if it is known; within the pause after an earlier code
    /// at its end.
    pub(super) async fn request_code(
        self: &Arc<Self>,
        client: &ClientContext,
        open: &mut Open,
    ) -> Result<(), Refusal> {
        let Stage::AwaitingCode(awaiting) = open.session.stage.clone() else { return Ok(()) };
        let now = self.clock.now();
        if awaiting.code_pending && awaiting.sent_at.is_some_and(|at| at > now) {
            // A sending is scheduled, and it uses the birthdate that the session has then.
            return Ok(());
        }
        let sends_at = awaiting.sent_at.map_or(now, |earlier| (earlier + RESEND_PAUSE).max(now));
        let awaiting = AwaitingCode { sent_at: Some(sends_at), code_pending: true, ..awaiting };
        self.sessions.swap(open, Stage::AwaitingCode(awaiting)).await?;
        let sending = Sending { client: client.clone(), session: open.id.clone(), at: sends_at };
        let delivery = Arc::clone(self);
        let send = async move {
            delivery.clock.wait_until(sends_at).await;
            if let Err(refusal) = delivery.send_code(&sending).await {
                tracing::warn!(?refusal, network = network(sending.client.address), "code not sent");
            }
        };
        tokio::spawn(send.in_current_span());
        Ok(())
    }

    /// Looks the subject up and sends it a code if it is known. An error leaves the code pending, for every subject alike:
    /// only calls that every subject causes are errors. Those are calls for the decoy that send nothing and cost nothing.
    async fn send_code(&self, sending: &Sending) -> Result<(), Refusal> {
        let Some(open) = self.sessions.load(&sending.session).await? else { return Ok(()) };
        let awaiting = match &open.session.stage {
            Stage::AwaitingCode(awaiting) => awaiting.clone(),
            Stage::Checking(checking) => checking.awaiting().clone(),
            Stage::Identified(_)
            | Stage::Verified(_)
            | Stage::Waiting(_)
            | Stage::Called(_)
            | Stage::NewApp(_)
            | Stage::Writing(_)
            | Stage::Finished(_) => {
                return Ok(());
            }
        };
        if awaiting.sent_at != Some(sending.at) {
            return Ok(());
        }
        let started = self.clock.now();
        let lookup = self.accounts.look_up(&awaiting, open.session.purpose).await?;
        self.verifier.open(&OtpSubject::Decoy, OtpMethod::Token).await?;
        let counted_for = self.limiter.counted_for(lookup.subject, &awaiting.username);
        let may_send = !self.limiter.is_budget_spent(&sending.client, counted_for, started).await?
            && self.limiter.count_sent_code(counted_for.id(), started).await?;
        let allowance = self.verifier.allowance(self.clock.now().duration_since(started));
        // When the result is stored reveals nothing either: a code that is typed earlier meets `code_pending`.
        let release = self.timer.release_after(started, allowance);
        let subject = self.accounts.otp_subject(&lookup);
        let earlier = awaiting
            .challenge
            .clone()
            .filter(|earlier| subject == OtpSubject::Employee(earlier.user_name.clone()));
        let mut result =
            SendResult { evidence: awaiting.evidence.clone(), subject: lookup.subject, challenge: earlier };
        let may_send = may_send && result.challenge.is_none() && matches!(lookup.subject, Subject::Known(_));
        if !may_send {
            self.timer.wait_until(release).await;
            return self.store_result(sending, result).await;
        }
        let mut sent = Box::pin(self.verifier.send(&subject, awaiting.method));
        let in_time = tokio::select! {
            biased;
            challenge = &mut sent => Some(challenge),
            () = self.clock.wait_until(release) => None,
        };
        self.timer.wait_until(release).await;
        if let Some(challenge) = in_time {
            result.challenge = challenge;
            return self.store_result(sending, result).await;
        }
        self.store_result(sending, result.clone()).await?;
        result.challenge = sent.await;
        self.store_result(sending, result).await
    }

    /// Stores the result in the session as it is now: another request may have extended it, or corrected the birthdate.
    async fn store_result(&self, sending: &Sending, result: SendResult) -> Result<(), Refusal> {
        for _ in 0..STORE_TRIES {
            let Some(mut open) = self.sessions.load(&sending.session).await? else { return Ok(()) };
            let awaiting = match open.session.stage.clone() {
                Stage::AwaitingCode(awaiting) => awaiting,
                Stage::Checking(_) => {
                    self.clock.wait_until(self.clock.now() + STORE_PAUSE).await;
                    continue;
                }
                Stage::Identified(_)
                | Stage::Verified(_)
                | Stage::Waiting(_)
                | Stage::Called(_)
                | Stage::NewApp(_)
                | Stage::Writing(_)
                | Stage::Finished(_) => {
                    return Ok(());
                }
            };
            let stage = Stage::AwaitingCode(result.clone().applied_to(awaiting, sending.at));
            match self.sessions.swap(&mut open, stage).await {
                Err(Refusal::InProgress) => {}
                stored => return stored,
            }
        }
        Err(Refusal::InProgress)
    }
}

impl SendResult {
    fn applied_to(self, awaiting: AwaitingCode, sent_at: Timestamp) -> AwaitingCode {
        let challenge = self.challenge.or(awaiting.challenge);
        if awaiting.sent_at != Some(sent_at) {
            // Another code is about to be sent; this one can be typed nevertheless.
            return AwaitingCode { challenge, ..awaiting };
        }
        let evidence = if awaiting.evidence == self.evidence {
            Evidence::Resolved(self.subject)
        } else {
            awaiting.evidence
        };
        AwaitingCode { evidence, challenge, code_pending: false, ..awaiting }
    }
}
