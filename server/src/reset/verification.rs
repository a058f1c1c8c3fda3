//! The code step: name, birthdate and code are judged together, by one answer in one time envelope
//! for everybody who is not verified, whatever the reason.
//!
//! Every class makes the same outside calls: two searches in the directory, two calls to the code
//! service – for the decoy where there is no account or the birthdate is wrong. Only a right
//! birthdate leads to the third call, which verifies the code.

use super::lookup::Lookup;
use super::session::Open;
use super::state::{AwaitingCode, Checking, Evidence, Proof, Stage, Subject};
use super::{Answer, AuditContext, ClientContext, Cookie, Known, PROOF_LIFETIME, ResetService};
use crate::crypto::Purpose;
use crate::ports::audit::{Event, Reason};
use crate::ports::directory::{Account, AccountId};
use crate::ports::otp_provider::{Challenge, ChallengeOutcome, CodeVerdict, OtpProviderError, OtpSubject};
use crate::ports::sessions::SessionId;
use app::api::refusal::Refusal;
use app::api::step::OtpMethod;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use app::policy::Personal;
use jiff::{SignedDuration, Timestamp};

/// No code is verified later than this after the request came in: see `CLAIM_LIFE`.
const CALL_WITHIN: SignedDuration = SignedDuration::from_secs(20);
/// The rules that the next screen shows; they are read again before anything is written.
const RULES_WITHIN: std::time::Duration = std::time::Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
#[error("the look-ups took too long for the code to be verified")]
struct TooLate;

#[derive(Debug, thiserror::Error)]
#[error("no code was sent yet")]
struct NothingSent;

/// What the code service gave.
pub(crate) enum Verdict {
    Right,
    Rejected(Reason, String),
}

impl ResetService {
    /// Takes the code and judges everything so far.
    pub async fn code(&self, caller: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        let arrived = self.now();
        self.count_call(caller, "code").await?;
        let code = Code::parse(typed.expose()).map_err(|error| Refusal::invalid("code", error))?;
        let Some(mut open) = self.find_open(caller).await? else {
            return self.repeated(caller, &code).await;
        };
        let awaiting = match open.visit.stage.clone() {
            Stage::AwaitingCode(awaiting) => awaiting,
            Stage::Checking(checking) if checking.is_abandoned(arrived) => checking.released(),
            Stage::Checking(_) => return Err(Refusal::InProgress.into()),
            Stage::Verified(verified) if verified.is_repeated_by(&self.code_digest(&code), arrived) => {
                return Ok(self.show(&open, Cookie::Keep));
            }
            Stage::Identified(_) | Stage::Verified(_) | Stage::Writing(_) | Stage::Finished(_) => {
                return Err(Refusal::StartAgain.into());
            }
        };
        let checking = awaiting.claim(arrived);
        self.advance(&mut open, Stage::Checking(checking.clone())).await?;
        // Only the winner of the claim counts an attempt: fifty posts of one code are one attempt.
        let Some(left) = self.count_code(&open.id, arrived).await? else {
            self.forget(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        self.judge(caller, &mut open, checking, &code, left, arrived).await
    }

    async fn judge(
        &self,
        caller: &ClientContext,
        open: &mut Open,
        checking: Checking,
        code: &Code,
        left: u32,
        arrived: Timestamp,
    ) -> Result<Answer, Answer> {
        let asked = self.ask(caller, checking.awaiting(), code, arrived).await;
        // Before anything changes: `current` would show by itself when the look-ups ended.
        self.min_response_time(arrived).await;
        let (look, judged) = match asked {
            Ok(asked) => asked,
            Err(refusal) => {
                // Nothing was judged: the visit is as it was, and the attempt does not count.
                let about = AuditContext {
                    subject: Known::Name(&checking.awaiting().username),
                    address: caller.address,
                };
                self.record_unavailable(&about, &refusal).await;
                self.uncount_code(&open.id, arrived).await;
                self.swap(open, Stage::AwaitingCode(checking.released())).await?;
                return Err(refusal.into());
            }
        };
        let username = checking.awaiting().username.clone();
        let about = match (&look.subject, &look.account) {
            (Subject::Known(id), _) => AuditContext { subject: Known::Account(*id), address: caller.address },
            (Subject::Decoy(_), Some(account)) => {
                AuditContext { subject: Known::Account(account.id), address: caller.address }
            }
            (Subject::Decoy(_), None) => {
                AuditContext { subject: Known::Name(&username), address: caller.address }
            }
        };
        match (judged, look.account.as_ref()) {
            (Verdict::Right, Some(account)) => {
                let proof = Proof { account: account.id, code_digest: self.code_digest(code) };
                let personal = Personal::from_names(&account.login, &account.display_name);
                // The code is spent: what is slow now must not outlive the claim.
                let rules = tokio::time::timeout(RULES_WITHIN, self.rules_for(account)).await;
                let rules = rules.unwrap_or_else(|_| self.terms.site.rules.clone());
                let now = self.now();
                let birthdate = checking.awaiting().evidence.clone();
                let verified = checking
                    .verified(proof, rules, personal, now, now + PROOF_LIFETIME)
                    .unlockable(self.terms.offer_unlock && account.locked);
                self.renew(open, Stage::Verified(verified)).await?;
                self.record_after(&about, "", Event::Verified).await;
                if let Evidence::Unverified(birthdate) = &birthdate {
                    self.renew_keys(account.id, birthdate).await;
                }
                Ok(self.show(open, Cookie::Set(open.id.clone())))
            }
            (Verdict::Right, None) => Err(Refusal::StartAgain.into()),
            (Verdict::Rejected(reason, detail), _) => {
                let refused = self.not_verified(&about, &open.id, left, reason, detail).await;
                if left > 0 {
                    self.swap(open, Stage::AwaitingCode(checking.judged(look.subject))).await?;
                }
                Err(refused)
            }
        }
    }

    /// The one refusal for everybody; at no attempts left the visit ends.
    pub(super) async fn not_verified(
        &self,
        about: &AuditContext<'_>,
        id: &SessionId,
        left: u32,
        reason: Reason,
        detail: String,
    ) -> Answer {
        let reference = match crate::random::reference() {
            Ok(reference) => reference,
            Err(fault) => return fault.into(),
        };
        tracing::info!(reference, attempts_left = left, "not verified; the trail knows why");
        self.record_after(about, &reference, Event::NotVerified { reason, detail }).await;
        metrics::counter!("reset_not_verified_total").increment(1);
        let cookie = if left == 0 {
            if let Err(refusal) = self.forget(id).await {
                return refusal.into();
            }
            Cookie::Clear
        } else {
            Cookie::Keep
        };
        Answer { outcome: Err(Refusal::NotVerified { reference, attempts_left: left }), cookie, device: None }
    }

    /// Makes the outside calls. An error means that nothing was judged.
    async fn ask(
        &self,
        caller: &ClientContext,
        awaiting: &AwaitingCode,
        code: &Code,
        now: Timestamp,
    ) -> Result<(Lookup, Verdict), Refusal> {
        let look = self.look(awaiting).await?;
        let account = match look.subject {
            Subject::Known(account) => Some(account),
            Subject::Decoy(_) => None,
        };
        // From reading how many failures are left to using one up, an account is judged once at a time:
        // attempts side by side would each see the same one left.
        let turn = match account {
            Some(account) => self.take_turn(account, now).await?,
            None => None,
        };
        let asked = self.ask_in_turn(caller, awaiting, &look, turn.is_some(), code, now).await;
        if let Some(turn) = turn {
            self.release(turn).await;
        }
        Ok((look, asked?))
    }

    async fn ask_in_turn(
        &self,
        caller: &ClientContext,
        awaiting: &AwaitingCode,
        look: &Lookup,
        has_turn: bool,
        code: &Code,
        now: Timestamp,
    ) -> Result<Verdict, Refusal> {
        let opened = match (awaiting.way, &awaiting.challenge, &awaiting.evidence) {
            (OtpMethod::Token, _, _) => self.open_challenge(&self.holder(look), awaiting.way).await?,
            (OtpMethod::Otp, Some(challenge), _) => ChallengeOutcome::Challenge(challenge.clone()),
            // The sending has not ended, or could not be done: nothing was sent to anybody yet.
            (OtpMethod::Otp, None, Evidence::Unverified(_)) => {
                return Err(Self::unavailable("entrust", &NothingSent));
            }
            (OtpMethod::Otp, None, Evidence::Resolved(_)) => {
                ChallengeOutcome::Refused("nothing_sent".to_owned())
            }
        };
        match (look.subject, opened) {
            (Subject::Decoy(reason), _) => Ok(Verdict::Rejected(reason, String::new())),
            (Subject::Known(_), _) if !has_turn => {
                Ok(Verdict::Rejected(Reason::AnotherAttempt, String::new()))
            }
            (Subject::Known(_), ChallengeOutcome::Refused(why)) => {
                Ok(Verdict::Rejected(Reason::CodesRefused, why))
            }
            (Subject::Known(account), ChallengeOutcome::Challenge(challenge)) => {
                self.verify(caller, account, &challenge, code, now).await
            }
        }
    }

    /// Judges a code of somebody who signed in with the password already: the same turn, budget and reserve as
    /// in a reset, so that neither page is a way around the other.
    pub(crate) async fn prove(
        &self,
        caller: &ClientContext,
        account: &Account,
        code: &Code,
        now: Timestamp,
    ) -> Result<Verdict, Refusal> {
        let Some(holder) = self.terms.holder_name.of(account) else {
            return Ok(Verdict::Rejected(Reason::NoHolderName, String::new()));
        };
        let Some(turn) = self.take_turn(account.id, now).await? else {
            return Ok(Verdict::Rejected(Reason::AnotherAttempt, String::new()));
        };
        let judged = match self.open_challenge(&OtpSubject::Employee(holder), OtpMethod::Token).await {
            Ok(ChallengeOutcome::Challenge(challenge)) => {
                self.verify(caller, account.id, &challenge, code, now).await
            }
            Ok(ChallengeOutcome::Refused(why)) => Ok(Verdict::Rejected(Reason::CodesRefused, why)),
            Err(refusal) => Err(refusal),
        };
        self.release(turn).await;
        judged
    }

    /// Verifies the code of somebody whose birthdate is right, within the hidden budget.
    async fn verify(
        &self,
        caller: &ClientContext,
        account: AccountId,
        challenge: &Challenge,
        code: &Code,
        now: Timestamp,
    ) -> Result<Verdict, Refusal> {
        // The claim on the visit must not be abandoned while the code is being judged.
        if self.now().duration_since(now) > CALL_WITHIN {
            return Err(Self::unavailable("entrust", &TooLate));
        }
        // The vendor's lockout lasts until an administrator ends it: a stranger must not get there.
        if challenge.attempts_left.is_some_and(|left| left <= self.terms.limits.code_reserve) {
            return Ok(Verdict::Rejected(Reason::ReserveReached, String::new()));
        }
        if !self.use_code(account, code, now).await? {
            return Ok(Verdict::Rejected(Reason::CodeReplayed, String::new()));
        }
        let Some(spent) = self.spend_budget(caller, account, now).await? else {
            self.unuse_code(account, code, now).await;
            return Ok(Verdict::Rejected(Reason::BudgetSpent, String::new()));
        };
        let verdict = self.parts.codes.verify(challenge, code).await;
        self.codes_breaker.note(!matches!(verdict, Err(OtpProviderError::Unreachable { .. })), self.now());
        match verdict {
            Ok(CodeVerdict::Right) => {
                self.release(spent).await;
                Ok(Verdict::Right)
            }
            Ok(CodeVerdict::Wrong(why)) => Ok(Verdict::Rejected(Reason::WrongCode, why)),
            Err(error) => {
                // The budget stays spent: the service may have counted a failure before it fell silent.
                self.unuse_code(account, code, now).await;
                Err(Self::unavailable("entrust", &error))
            }
        }
    }

    pub(super) async fn open_challenge(
        &self,
        holder: &OtpSubject,
        way: OtpMethod,
    ) -> Result<ChallengeOutcome, Refusal> {
        let opened = self.parts.codes.open(holder, way).await;
        self.codes_breaker.note(!matches!(opened, Err(OtpProviderError::Unreachable { .. })), self.now());
        opened.map_err(|error| Self::unavailable("entrust", &error))
    }

    /// The reply to the proof was lost: the old id with the same code gets the new id, for half a
    /// minute, and nobody is asked again.
    async fn repeated(&self, caller: &ClientContext, code: &Code) -> Result<Answer, Answer> {
        let Some(old) = &caller.visit else { return Err(Refusal::StartAgain.into()) };
        let Some(open) = self.load(&self.renewed(old)).await? else { return Err(Refusal::StartAgain.into()) };
        match &open.visit.stage {
            Stage::Verified(verified) if verified.is_repeated_by(&self.code_digest(code), self.now()) => {
                Ok(self.show(&open, Cookie::Set(open.id.clone())))
            }
            Stage::Identified(_)
            | Stage::AwaitingCode(_)
            | Stage::Checking(_)
            | Stage::Verified(_)
            | Stage::Writing(_)
            | Stage::Finished(_) => Err(Refusal::StartAgain.into()),
        }
    }

    fn code_digest(&self, code: &Code) -> [u8; 32] {
        self.parts.keys.digest(Purpose::Code, &[code.expose().as_bytes()])
    }

    /// Waits until the next multiple of the envelope after `arrived`.
    pub(crate) async fn min_response_time(&self, arrived: Timestamp) {
        self.parts.clock.wait_until(release(arrived, self.now(), self.terms.min_response_time)).await;
    }
}

/// The first multiple of `min_response_time` after `arrived` that is not before `now`.
fn release(arrived: Timestamp, now: Timestamp, min_response_time: SignedDuration) -> Timestamp {
    if !min_response_time.is_positive() {
        return now;
    }
    let taken = now.duration_since(arrived).as_millis().max(0);
    let one = min_response_time.as_millis().max(1);
    let multiples = taken.div_euclid(one) + i128::from(taken % one != 0);
    let wait = i64::try_from(multiples.max(1) * one).unwrap_or(i64::MAX);
    arrived.checked_add(SignedDuration::from_millis(wait)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_leave_at_multiples_of_the_envelope() {
        let arrived = Timestamp::UNIX_EPOCH;
        let ms = SignedDuration::from_millis;
        for (taken, leaves) in [(0, 1500), (1, 1500), (1500, 1500), (1501, 3000), (3001, 4500)] {
            assert_eq!(release(arrived, arrived + ms(taken), ms(1500)), arrived + ms(leaves), "{taken}");
        }
        assert_eq!(release(arrived, arrived + ms(7), ms(0)), arrived + ms(7));
    }
}
