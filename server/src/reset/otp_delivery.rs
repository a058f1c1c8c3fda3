//! A code that is sent instead of shown (OTP): asked for after the answer to the birthdate has left, and
//! only for a match. Not the judgement of the code.

use super::session::Open;
use super::state::{AwaitingCode, Evidence, Stage, Subject};
use super::{ClientContext, ResetService};
use crate::ports::otp_provider::ChallengeOutcome;
use app::api::refusal::Refusal;

impl ResetService {
    /// Has a code sent to whoever the visit is about, if it is anybody. The look-ups decide that,
    /// and the time they take is nobody's business: it all runs after the answer has left.
    pub(super) async fn ask_for_a_code(
        &self,
        caller: &ClientContext,
        open: &mut Open,
    ) -> Result<(), Refusal> {
        let Stage::AwaitingCode(awaiting) = open.visit.stage.clone() else { return Ok(()) };
        let awaiting = AwaitingCode { sent_at: Some(self.now()), challenge: None, ..awaiting };
        self.swap(open, Stage::AwaitingCode(awaiting.clone())).await?;
        let Some(later) = self.myself.upgrade() else { return Ok(()) };
        let (mut open, caller) = (open.clone(), caller.clone());
        tokio::spawn(async move {
            if let Err(refusal) = later.send_a_code(&mut open, awaiting).await {
                tracing::warn!(
                    ?refusal,
                    network = super::rate_limit::network(caller.address),
                    "no code was sent"
                );
            }
        });
        Ok(())
    }

    async fn send_a_code(&self, open: &mut Open, awaiting: AwaitingCode) -> Result<(), Refusal> {
        let look = self.look(&awaiting).await?;
        let opened = match look.subject {
            Subject::Known(account) if !self.count_sending(account, self.now()).await? => {
                ChallengeOutcome::Refused("too_many_sent".to_owned())
            }
            Subject::Known(_) | Subject::Decoy(_) => {
                self.open_challenge(&self.holder(&look), awaiting.way).await?
            }
        };
        let challenge = match opened {
            ChallengeOutcome::Challenge(challenge) => Some(challenge),
            ChallengeOutcome::Refused(why) => {
                tracing::info!(why, "the code service sent nothing");
                None
            }
        };
        let stage = AwaitingCode { evidence: Evidence::Resolved(look.subject), challenge, ..awaiting };
        self.swap(open, Stage::AwaitingCode(stage)).await
    }
}
