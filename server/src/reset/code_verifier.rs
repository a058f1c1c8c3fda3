//! Verifies codes with the code provider, within the limits that protect the account owner.

use super::ClientContext;
use super::circuit_breaker::CircuitBreaker;
use super::failure::unavailable;
use super::rate_limit::RateLimiter;
use crate::ports::audit::NotVerifiedReason;
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::otp_provider::{Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpSubject};
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
pub(crate) enum Verdict {
    Verified,
    /// The reason, and the error code of the provider; both for the audit log only.
    Rejected(NotVerifiedReason, String),
}

impl Verdict {
    fn rejected(reason: NotVerifiedReason) -> Self {
        Self::Rejected(reason, String::new())
    }
}

/// Opens challenges and verifies codes.
pub(crate) struct CodeVerifier {
    provider: Arc<dyn OtpProvider>,
    limiter: Arc<RateLimiter>,
    clock: Arc<dyn Clock>,
    breaker: CircuitBreaker,
}

impl CodeVerifier {
    /// Every attempt is counted by `limiter`.
    pub(crate) fn new(
        provider: Arc<dyn OtpProvider>,
        limiter: Arc<RateLimiter>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { provider, limiter, clock, breaker: CircuitBreaker::default() }
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
        let verdict = match self.open(&OtpSubject::Employee(name), OtpMethod::Token).await {
            Ok(ChallengeOutcome::Challenge(challenge)) => {
                self.verify(client, account, &challenge, code, now).await
            }
            Ok(ChallengeOutcome::Refused(detail)) => {
                Ok(Verdict::Rejected(NotVerifiedReason::ChallengeRefused, detail))
            }
            Err(refusal) => Err(refusal),
        };
        self.limiter.release(turn).await;
        verdict
    }

    /// Verifies the code of an account whose birthdate is right, within its hidden budget. The caller holds the
    /// account's turn.
    pub(super) async fn verify(
        &self,
        client: &ClientContext,
        account: AccountId,
        challenge: &Challenge,
        code: &Code,
        now: Timestamp,
    ) -> Result<Verdict, Refusal> {
        // The claim on the session must not be abandoned while the code is being verified.
        if self.clock.now().duration_since(now) > MAX_DELAY {
            return Err(unavailable(self.name(), &TooLate));
        }
        // The provider's lockout lasts until an administrator ends it: a stranger must not cause it.
        if challenge.attempts_left.is_some_and(|left| left <= self.limiter.code_reserve()) {
            return Ok(Verdict::rejected(NotVerifiedReason::ReserveReached));
        }
        if !self.limiter.mark_code_used(account, code, now).await? {
            return Ok(Verdict::rejected(NotVerifiedReason::CodeReplayed));
        }
        let Some(attempt) = self.limiter.take_attempt(client, account, now).await? else {
            self.limiter.unmark_code(account, code, now).await;
            return Ok(Verdict::rejected(NotVerifiedReason::BudgetSpent));
        };
        let verdict = self.provider.verify(challenge, code).await;
        // An unusable answer, e.g. a proxy's page instead of the provider's, is an outage too.
        self.breaker.record(verdict.is_ok(), self.clock.now());
        match verdict {
            Ok(CodeVerdict::Right) => {
                self.limiter.release(attempt).await;
                Ok(Verdict::Verified)
            }
            Ok(CodeVerdict::Wrong(detail)) => Ok(Verdict::Rejected(NotVerifiedReason::WrongCode, detail)),
            Err(error) => {
                // The attempt stays counted: the provider may have counted a failure before it stopped answering.
                self.limiter.unmark_code(account, code, now).await;
                Err(unavailable(self.name(), &error))
            }
        }
    }

    /// Opens a challenge.
    pub(super) async fn open(
        &self,
        subject: &OtpSubject,
        method: OtpMethod,
    ) -> Result<ChallengeOutcome, Refusal> {
        let opened = self.provider.open(subject, method).await;
        self.breaker.record(opened.is_ok(), self.clock.now());
        opened.map_err(|error| unavailable(self.name(), &error))
    }
}
