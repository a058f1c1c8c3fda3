//! The external calls of a verification, the same for every class of subject, and when its answer leaves.

use super::Verification;
use crate::ports::audit::NotVerifiedReason;
use crate::ports::otp_provider::{ChallengeOutcome, OtpSubject};
use crate::ports::sessions::SessionId;
use crate::reset::ClientContext;
use crate::reset::code_verifier::{Completion, Verdict};
use crate::reset::failure::unavailable;
use crate::reset::lookup::Lookup;
use crate::reset::state::{AwaitingCode, Subject};
use app::api::refusal::Refusal;
use app::api::step::{OtpMethod, Purpose};
use app::domain::code::Code;
use jiff::Timestamp;

#[derive(Debug, thiserror::Error)]
#[error("no code was sent yet")]
struct NothingSent;

/// One request to verify a code.
pub(super) struct Attempt<'a> {
    pub(super) client: &'a ClientContext,
    pub(super) session: &'a SessionId,
    /// What the session is for.
    pub(super) purpose: Purpose,
    pub(super) awaiting: &'a AwaitingCode,
    pub(super) code: &'a Code,
    pub(super) arrived: Timestamp,
}

/// An opened challenge, and when the answer leaves for every class.
struct Opened {
    outcome: ChallengeOutcome,
    release: Timestamp,
}

impl Verification {
    /// Makes the external calls; returns also when the answer may leave. An error means that nothing was verified.
    pub(super) async fn verify(
        &self,
        attempt: &Attempt<'_>,
    ) -> Result<(Lookup, Verdict, Timestamp), Refusal> {
        let &Attempt { client, session, purpose, awaiting, code, arrived } = attempt;
        let lookup = self.accounts.look_up(awaiting, purpose).await?;
        // Decoys are counted too, under a stand-in: the calls to the store are those of an account.
        let counted_for = self.limiter.counted_for(lookup.subject, &awaiting.username);
        // A client without an attempt does not take the turn: a flood of guesses would occupy it while the owner verifies.
        if self.limiter.is_budget_spent(client, counted_for, arrived).await? {
            return self.without_attempt(attempt, lookup, NotVerifiedReason::BudgetSpent).await;
        }
        // One verification of an account at a time: attempts side by side would each see the same number of
        // failures left.
        let Some(turn) = self.limiter.lock_verification(counted_for.id(), arrived).await? else {
            return self.without_attempt(attempt, lookup, NotVerifiedReason::AnotherAttempt).await;
        };
        let mut permit = match self.limiter.take_attempt(client, counted_for, code.expose(), arrived).await {
            Ok(Some(permit)) => permit,
            Ok(None) => {
                self.limiter.release(turn).await;
                return self.without_attempt(attempt, lookup, NotVerifiedReason::BudgetSpent).await;
            }
            Err(refusal) => {
                self.limiter.release(turn).await;
                return Err(refusal);
            }
        };
        let opened = match self.open(attempt, &self.accounts.otp_subject(&lookup)).await {
            Ok(opened) => self.limiter.mark_code_used(&mut permit).await.map(|is_new| (opened, is_new)),
            Err(refusal) => Err(refusal),
        };
        let (opened, is_new_code) = match opened {
            Ok(opened) => opened,
            Err(refusal) => {
                self.limiter.attempt_not_made(&permit).await;
                self.limiter.release(turn).await;
                return Err(refusal);
            }
        };
        // From here on nothing that only some classes do changes when the answer leaves, or whether it is a refusal.
        let release = opened.release;
        let verdict = match (lookup.subject, opened.outcome) {
            (Subject::Known(_), _) if !is_new_code => {
                self.limiter.attempt_not_made(&permit).await;
                self.limiter.release(turn).await;
                let reason = NotVerifiedReason::CodeReplayed;
                let verdict = self.late_or_rejected(attempt, &lookup, release, reason).await;
                return Ok((lookup, verdict, release));
            }
            (Subject::Known(account), ChallengeOutcome::Challenge(challenge))
                if self.verifier.allows_attempt(client, account, &challenge) =>
            {
                let completion = Completion { challenge, code: code.clone(), attempt: permit, turn };
                let key = self.verifier.late_key(session, account, code);
                let verdict = self.verifier.complete_by(release, completion, key).await;
                return Ok((lookup, verdict, release));
            }
            (Subject::Known(_), outcome) => {
                self.limiter.attempt_not_made(&permit).await;
                match outcome {
                    ChallengeOutcome::Challenge(_) => Verdict::rejected(NotVerifiedReason::ReserveReached),
                    ChallengeOutcome::Refused(detail) => {
                        Verdict::Rejected(NotVerifiedReason::ChallengeRefused, detail)
                    }
                }
            }
            (Subject::Decoy(reason), _) => Verdict::rejected(reason),
        };
        self.limiter.release(turn).await;
        Ok((lookup, verdict, release))
    }

    /// The account has no attempt for this code. The calls go to the decoy, so that the provider sees nothing of an
    /// account whose budget is spent.
    async fn without_attempt(
        &self,
        attempt: &Attempt<'_>,
        lookup: Lookup,
        reason: NotVerifiedReason,
    ) -> Result<(Lookup, Verdict, Timestamp), Refusal> {
        let release = self.open(attempt, &OtpSubject::Decoy).await?.release;
        let verdict = self.late_or_rejected(attempt, &lookup, release, reason).await;
        Ok((lookup, verdict, release))
    }

    /// The verdict of an earlier request with this code that came after its answer, or else a rejection.
    async fn late_or_rejected(
        &self,
        attempt: &Attempt<'_>,
        lookup: &Lookup,
        release: Timestamp,
        reason: NotVerifiedReason,
    ) -> Verdict {
        match lookup.subject {
            Subject::Known(account) => {
                match self.verifier.find_late(attempt.session, account, attempt.code) {
                    Some(late) => self.verifier.late_verdict_by(release, late).await,
                    None => Verdict::rejected(reason),
                }
            }
            Subject::Decoy(reason) => Verdict::rejected(reason),
        }
    }

    /// Opens a challenge, or takes that of a code that was sent, and decides when the answer leaves.
    async fn open(&self, attempt: &Attempt<'_>, subject: &OtpSubject) -> Result<Opened, Refusal> {
        let &Attempt { awaiting, arrived, .. } = attempt;
        let started = self.clock.now();
        let outcome = match (awaiting.method, &awaiting.challenge) {
            (OtpMethod::Token, _) => self.verifier.open_in_time(subject, awaiting.method, arrived).await?,
            // Sending has not finished or was not possible: no code was sent yet.
            (OtpMethod::Otp, _) if awaiting.code_pending => {
                return Err(unavailable(self.verifier.name(), &NothingSent));
            }
            // The birthdate may have been corrected since the code was sent.
            (OtpMethod::Otp, Some(challenge))
                if *subject == OtpSubject::Employee(challenge.user_name.clone()) =>
            {
                ChallengeOutcome::Challenge(challenge.clone())
            }
            (OtpMethod::Otp, _) => ChallengeOutcome::Refused("nothing_sent".to_owned()),
        };
        let allowance = self.verifier.allowance(self.clock.now().duration_since(started));
        Ok(Opened { outcome, release: self.timer.release_after(arrived, allowance) })
    }
}
