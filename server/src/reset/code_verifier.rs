//! Verifies codes with the code provider, within the limits that protect the account owner.

use super::ClientContext;
use super::attempt_budget::{AttemptPermit, CountedFor};
use super::circuit_breaker::CircuitBreaker;
use super::complete_time::CompleteTime;
use super::failure::unavailable;
use super::late_verdicts::{LateKey, LateVerdict, LateVerdicts};
use super::rate_limit::{Permit, RateLimiter};
use crate::crypto::Keyring;
use crate::ports::audit::NotVerifiedReason;
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::otp_provider::{
    Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError, OtpSubject,
};
use crate::ports::sessions::SessionId;
use app::api::refusal::Refusal;
use app::api::step::OtpMethod;
use app::domain::code::Code;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// No code is verified later than this after the request arrived; see `CLAIM_LIFETIME`.
const MAX_DELAY: SignedDuration = SignedDuration::from_secs(20);

#[derive(Debug, thiserror::Error)]
#[error("the lookups took too long for the code to be verified")]
struct TooLate;

/// The result of a verification. An unavailable backend is an error instead.
#[derive(Clone)]
pub(crate) enum Verdict {
    Verified,
    /// The reason, and the error code of the provider; both for the audit log only.
    Rejected(NotVerifiedReason, String),
}

impl Verdict {
    pub(super) fn rejected(reason: NotVerifiedReason) -> Self {
        Self::Rejected(reason, String::new())
    }
}

/// Opens challenges and verifies codes.
pub(crate) struct CodeVerifier {
    provider: Arc<dyn OtpProvider>,
    limiter: Arc<RateLimiter>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    breaker: CircuitBreaker,
    times: CompleteTime,
    late: Arc<LateVerdicts>,
}

/// A code that the provider is to verify, with everything that is settled afterwards.
pub(super) struct Completion {
    pub(super) challenge: Challenge,
    pub(super) code: Code,
    pub(super) attempt: AttemptPermit,
    pub(super) turn: Permit,
}

impl CodeVerifier {
    /// Every attempt is counted by `limiter`.
    pub(crate) fn new(
        provider: Arc<dyn OtpProvider>,
        limiter: Arc<RateLimiter>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let breaker = CircuitBreaker::new(provider.name());
        Self { provider, limiter, keys, clock, breaker, times: CompleteTime::default(), late: Arc::default() }
    }

    /// The provider's name, for [`unavailable`].
    pub(super) fn name(&self) -> &'static str {
        self.provider.name()
    }

    /// While the provider is known to be unavailable: after how many seconds it is called again.
    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<u64> {
        self.breaker.retry_after(now)
    }

    /// Verifies the code of a client that has signed in with the password: with the same turn, budget and reserve as
    /// in a reset, so that neither page is a way around the limits of the other. `name` is the account's name at the
    /// provider.
    pub(crate) async fn verify_signed_in(
        &self,
        client: &ClientContext,
        account: AccountId,
        name: Option<String>,
        code: &Code,
        now: Timestamp,
    ) -> Result<Verdict, Refusal> {
        let Some(name) = name else { return Ok(Verdict::rejected(NotVerifiedReason::NoProviderUserName)) };
        let Some(turn) = self.limiter.lock_verification(account, now).await? else {
            return Ok(Verdict::rejected(NotVerifiedReason::AnotherAttempt));
        };
        let mut attempt =
            match self.limiter.take_attempt(client, CountedFor::Account(account), code.expose(), now).await {
                Ok(Some(attempt)) => attempt,
                Ok(None) => {
                    self.limiter.release(turn).await;
                    return Ok(Verdict::rejected(NotVerifiedReason::BudgetSpent));
                }
                Err(refusal) => {
                    self.limiter.release(turn).await;
                    return Err(refusal);
                }
            };
        let opened = self.open_in_time(&OtpSubject::Employee(name), OtpMethod::Token, now).await;
        let rejected = match opened {
            Ok(ChallengeOutcome::Challenge(challenge))
                if self.allows_attempt(client, account, &challenge) =>
            {
                match self.limiter.mark_code_used(&mut attempt).await {
                    Ok(true) => {
                        let completion = Completion { challenge, code: code.clone(), attempt, turn };
                        let verdict = self.complete(completion).await;
                        return verdict.map_err(|error| unavailable(self.name(), &error));
                    }
                    Ok(false) => Ok(Verdict::rejected(NotVerifiedReason::CodeReplayed)),
                    Err(refusal) => Err(refusal),
                }
            }
            Ok(ChallengeOutcome::Challenge(_)) => Ok(Verdict::rejected(NotVerifiedReason::ReserveReached)),
            Ok(ChallengeOutcome::Refused(detail)) => {
                Ok(Verdict::Rejected(NotVerifiedReason::ChallengeRefused, detail))
            }
            Err(refusal) => Err(refusal),
        };
        self.limiter.attempt_not_made(&attempt).await;
        self.limiter.release(turn).await;
        rejected
    }

    /// Whether the provider reports enough attempts. Its lockout lasts until an administrator ends it: a stranger must
    /// not cause it.
    pub(super) fn allows_attempt(
        &self,
        client: &ClientContext,
        account: AccountId,
        challenge: &Challenge,
    ) -> bool {
        challenge
            .attempts_left
            .is_none_or(|attempts_left| self.limiter.is_above_reserve(client, account, attempts_left))
    }

    /// Verifies the code and settles the attempt. Until then the account's turn is taken.
    async fn complete(&self, completion: Completion) -> Result<Verdict, OtpProviderError> {
        let Completion { challenge, code, attempt, turn } = completion;
        let started = self.clock.now();
        let answer = self.provider.verify(&challenge, &code).await;
        let verdict = match answer {
            Ok(verdict) => {
                self.times.record_completed(self.clock.now().duration_since(started));
                match verdict {
                    CodeVerdict::Right => {
                        self.limiter.attempt_succeeded(&attempt).await;
                        Ok(Verdict::Verified)
                    }
                    CodeVerdict::Wrong(detail) => Ok(Verdict::Rejected(NotVerifiedReason::WrongCode, detail)),
                }
            }
            Err(error) => {
                self.limiter.attempt_unanswered(&attempt, challenge.attempts_left.is_some()).await;
                Err(error)
            }
        };
        self.limiter.release(turn).await;
        verdict
    }

    /// Verifies the code of an account whose birthdate is right. At `deadline` the answer leaves for every class, and no
    /// answer shows whether the provider has answered: what it says later is kept for a repeated request.
    pub(super) async fn complete_by(
        self: &Arc<Self>,
        deadline: Timestamp,
        completion: Completion,
        key: LateKey,
    ) -> Verdict {
        let verifier = Arc::clone(self);
        let mut completing = Box::pin(async move {
            verifier.complete(completion).await.unwrap_or_else(|error| {
                // No refusal of its own: it would show that the birthdate is right.
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "code not verified: the code provider did not answer usably"
                );
                metrics::counter!("reset_unavailable_total", "part" => verifier.name()).increment(1);
                Verdict::rejected(NotVerifiedReason::CodeUnanswered)
            })
        });
        let in_time = tokio::select! {
            biased;
            verdict = &mut completing => Some(verdict),
            () = self.clock.wait_until(deadline) => None,
        };
        let now = self.clock.now();
        match in_time {
            Some(verdict) if now <= deadline => return verdict,
            Some(verdict) => self.late.keep(key, now, std::future::ready(verdict)),
            None => self.late.keep(key, now, completing),
        }
        tracing::warn!(
            "code provider slower than the time allowed for it: its verdict is kept for a repeated request"
        );
        Verdict::Rejected(NotVerifiedReason::CodeUnanswered, "late".to_owned())
    }

    /// An unfinished or late verification of the same session, account and code.
    pub(super) fn find_late(
        &self,
        session: &SessionId,
        account: AccountId,
        code: &Code,
    ) -> Option<(LateKey, LateVerdict)> {
        let key = self.late_key(session, account, code);
        let verdict = self.late.find(&key, self.clock.now())?;
        Some((key, verdict))
    }

    pub(super) fn late_key(&self, session: &SessionId, account: AccountId, code: &Code) -> LateKey {
        LateKey::new(&self.keys, session, account, code)
    }

    /// The verdict of an earlier request, if it is known at `deadline`.
    pub(super) async fn late_verdict_by(
        &self,
        deadline: Timestamp,
        (key, mut verdict): (LateKey, LateVerdict),
    ) -> Verdict {
        let known = tokio::select! {
            biased;
            known = verdict.wait_for(Option::is_some) => known.ok().and_then(|known| known.clone()),
            () = self.clock.wait_until(deadline) => None,
        };
        match known {
            Some(verdict) => {
                self.late.remove(&key);
                verdict
            }
            None => Verdict::Rejected(NotVerifiedReason::CodeUnanswered, "late".to_owned()),
        }
    }

    /// How long a complete may take that starts now, if its challenge took `opened`.
    pub(super) fn allowance(&self, opened: SignedDuration) -> SignedDuration {
        self.times.allowance(opened)
    }

    /// Opens a challenge for a request that arrived at `arrived`.
    pub(super) async fn open_in_time(
        &self,
        subject: &OtpSubject,
        method: OtpMethod,
        arrived: Timestamp,
    ) -> Result<ChallengeOutcome, Refusal> {
        let outcome = self.open(subject, method).await?;
        // The claim on the session must not be abandoned while the code is being verified. For every class alike.
        if self.clock.now().duration_since(arrived) > MAX_DELAY {
            return Err(unavailable(self.name(), &TooLate));
        }
        Ok(outcome)
    }

    /// Sends a code to an employee. Neither a failure nor its duration is visible in the answer to any request.
    pub(super) async fn send(&self, employee: &OtpSubject, method: OtpMethod) -> Option<Challenge> {
        match self.provider.open(employee, method).await {
            Ok(ChallengeOutcome::Challenge(challenge)) => Some(challenge),
            Ok(ChallengeOutcome::Refused(why)) => {
                tracing::info!(why, "code provider refused to send a code");
                None
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "code not sent: the code provider did not answer usably"
                );
                metrics::counter!("reset_unavailable_total", "part" => self.name()).increment(1);
                None
            }
        }
    }

    /// Opens a challenge.
    pub(super) async fn open(
        &self,
        subject: &OtpSubject,
        method: OtpMethod,
    ) -> Result<ChallengeOutcome, Refusal> {
        let started = self.clock.now();
        let opened = self.provider.open(subject, method).await;
        let now = self.clock.now();
        // Only these calls open the breaker: every class causes them alike. A failing complete must not be visible in
        // the answer to another request.
        self.breaker.record(opened.is_ok(), now);
        self.times.record_opened(now.duration_since(started));
        opened.map_err(|error| unavailable(self.name(), &error))
    }
}
