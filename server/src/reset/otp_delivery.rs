//! Sends a code by SMS or mail (method OTP) instead of showing it in the app. The lookups and the sending run after the
//! response has left, so that its timing does not reveal whether a code is sent.

use super::code_verifier::CodeVerifier;
use super::lookup::AccountLookup;
use super::rate_limit::{RateLimiter, network};
use super::session::{Open, ResetSessions};
use super::state::projection::seconds_until;
use super::state::{AwaitingCode, Evidence, Stage, Subject};
use super::{Answer, ClientContext, Cookie, RESEND_PAUSE};
use crate::ports::clock::Clock;
use crate::ports::otp_provider::ChallengeOutcome;
use app::api::refusal::{Reason, Refusal};
use app::api::site::Site;
use app::api::step::OtpMethod;
use app::domain::raw_input::RawInput;
use std::sync::Arc;
use tracing::Instrument as _;

/// Sends codes.
pub(super) struct OtpDelivery {
    pub(super) sessions: Arc<ResetSessions>,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) accounts: Arc<AccountLookup>,
    pub(super) verifier: Arc<CodeVerifier>,
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
        let awaiting = match open.session.stage.clone() {
            Stage::AwaitingCode(awaiting) => awaiting,
            Stage::Checking(checking) if checking.is_abandoned(now) => checking.released(),
            Stage::Checking(_) => return Err(Refusal::InProgress.into()),
            Stage::Identified(_) | Stage::Verified(_) | Stage::Writing(_) | Stage::Finished(_) => {
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
                let stage = Stage::AwaitingCode(AwaitingCode { method, ..awaiting });
                self.sessions.advance(&mut open, stage).await?;
                self.request_code(client, &mut open).await?;
            }
        }
        Ok(self.sessions.show(&open, Cookie::Keep))
    }

    /// Starts the sending of a code to the subject of the session, if it is known.
    pub(super) async fn request_code(
        self: &Arc<Self>,
        client: &ClientContext,
        open: &mut Open,
    ) -> Result<(), Refusal> {
        let Stage::AwaitingCode(awaiting) = open.session.stage.clone() else { return Ok(()) };
        let awaiting = AwaitingCode { sent_at: Some(self.clock.now()), challenge: None, ..awaiting };
        self.sessions.swap(open, Stage::AwaitingCode(awaiting.clone())).await?;
        let (delivery, mut open, address) = (Arc::clone(self), open.clone(), client.address);
        let send = async move {
            if let Err(refusal) = delivery.send_code(&mut open, awaiting).await {
                tracing::warn!(?refusal, network = network(address), "code not sent");
            }
        };
        tokio::spawn(send.in_current_span());
        Ok(())
    }

    async fn send_code(&self, open: &mut Open, awaiting: AwaitingCode) -> Result<(), Refusal> {
        let lookup = self.accounts.look_up(&awaiting).await?;
        let outcome = match lookup.subject {
            Subject::Known(account) if !self.limiter.count_sent_code(account, self.clock.now()).await? => {
                ChallengeOutcome::Refused("too_many_sent".to_owned())
            }
            Subject::Known(_) | Subject::Decoy(_) => {
                self.verifier.open(&self.accounts.otp_subject(&lookup), awaiting.method).await?
            }
        };
        let challenge = match outcome {
            ChallengeOutcome::Challenge(challenge) => Some(challenge),
            ChallengeOutcome::Refused(why) => {
                tracing::info!(why, "code provider refused to send a code");
                None
            }
        };
        let stage = AwaitingCode { evidence: Evidence::Resolved(lookup.subject), challenge, ..awaiting };
        self.sessions.swap(open, Stage::AwaitingCode(stage)).await
    }
}
