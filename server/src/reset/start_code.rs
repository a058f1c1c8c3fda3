//! Start codes in the reset: an employee who lost the phone is verified with name, birthdate and a start code of the service desk.
//!
//! Every class of subject causes the same search in the directory and the same reads of the store; the code provider is not called.
//! What follows a right code or a spent budget differs, and the time of the answer is decided after that. A code is compared first and used up at the end, so that it is not lost with a failure in between.

use super::code_verifier::Verdict;
use super::lookup::Lookup;
use super::session::Open;
use super::state::{AwaitingCode, Checking, Proof, Stage, Subject};
use super::verification::Verification;
use super::{Answer, ClientContext, Cookie};
use crate::crypto::{Keyring, Purpose};
use crate::ports::audit::{Event, NotVerifiedReason};
use crate::ports::directory::AccountId;
use crate::ports::sessions::{Revision, Swap};
use crate::ports::start_codes::{StartCodeDigest, StartCodeRequest};
use crate::reset::audit::AuditContext;
use crate::reset::failure::store_unavailable;
use crate::reset::session_metrics::SessionEvent;
use app::api::refusal::Refusal;
use app::domain::start_code::StartCode;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;

/// Entries of the right code that are possible: a mistyped birthdate, and failures in the middle.
const MAX_ATTEMPTS: u8 = 5;

/// The digest under which the store knows the code of an account.
pub(crate) fn digest(keys: &Keyring, account: AccountId, code: &StartCode) -> StartCodeDigest {
    StartCodeDigest(keys.digest(Purpose::StartCode, &[account.0.as_bytes(), code.expose().as_bytes()]))
}

impl Verification {
    /// Verifies name, birthdate and start code. Returns also when the answer may leave. An error means that nothing was
    /// verified.
    pub(super) async fn verify_start_code(
        &self,
        client: &ClientContext,
        awaiting: &AwaitingCode,
        code: &StartCode,
        arrived: Timestamp,
    ) -> Result<(Lookup, Verdict, Timestamp), Refusal> {
        let lookup = self.accounts.look_up(awaiting, app::api::step::Purpose::NewApp).await?;
        // Decided after the calls, which differ if a budget is spent or the code is right.
        let release = || self.timer.release_after(arrived, SignedDuration::ZERO);
        let counted_for = self.limiter.counted_for(lookup.subject, &awaiting.username);
        // Of the named account, also after a wrong birthdate.
        let named = lookup.account.as_ref().map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let context = AuditContext::account(named, client.address);
        let is_right = self.take_start_code_attempt(&context, named, code).await?;
        let rejected = |reason| match lookup.subject {
            Subject::Known(_) => Verdict::rejected(reason),
            Subject::Decoy(reason) => Verdict::rejected(reason),
        };
        if self.limiter.is_budget_spent(client, counted_for, arrived).await? {
            let verdict = rejected(NotVerifiedReason::BudgetSpent);
            return Ok((lookup, verdict, release()));
        }
        let Some(turn) = self.limiter.lock_verification(counted_for.id(), arrived).await? else {
            let verdict = rejected(NotVerifiedReason::AnotherAttempt);
            return Ok((lookup, verdict, release()));
        };
        let verdict = async {
            let Some(permit) = self.limiter.take_attempt(client, counted_for, code.expose(), arrived).await?
            else {
                return Ok(rejected(NotVerifiedReason::BudgetSpent));
            };
            if is_right && matches!(lookup.subject, Subject::Known(_)) {
                self.limiter.attempt_not_made(&permit).await;
                return Ok(Verdict::Verified);
            }
            Ok(rejected(NotVerifiedReason::WrongStartCode))
        };
        let verdict = verdict.await;
        self.limiter.release(turn).await;
        Ok((lookup, verdict?, release()))
    }

    /// Whether this is the valid code of an account, if one more attempt with it is left. The attempt counts before the birthdate
    /// does: otherwise someone with the code could try all birthdates, because a wrong one does not count for the account.
    async fn take_start_code_attempt(
        &self,
        context: &AuditContext<'_>,
        account: AccountId,
        code: &StartCode,
    ) -> Result<bool, Refusal> {
        loop {
            let Some((request, revision)) = self.find_start_code(account, code).await? else {
                return Ok(false);
            };
            if request.attempts >= MAX_ATTEMPTS {
                let removed = self.start_codes.remove_start_code(account, revision).await;
                if removed.map_err(|error| store_unavailable(&error))? {
                    self.audit.record_after(context, "", Event::StartCodeVoided).await;
                    metrics::counter!("service_desk_start_codes_total", "event" => "voided").increment(1);
                }
                return Ok(false);
            }
            let counted = StartCodeRequest { attempts: request.attempts + 1, ..request };
            let swapped = self.start_codes.put_start_code(&counted, Some(revision)).await;
            match swapped.map_err(|error| store_unavailable(&error))? {
                Swap::Won(_) => return Ok(true),
                // Another attempt with the code was counted meanwhile.
                Swap::Lost => {}
            }
        }
    }

    /// The valid request with this code. A freeze of the employee or of an agent ends what was requested before it, and so does an
    /// agent who was disabled or whose password changed.
    async fn find_start_code(
        &self,
        account: AccountId,
        code: &StartCode,
    ) -> Result<Option<(StartCodeRequest, Revision)>, Refusal> {
        let found = self.start_codes.find_start_code(account).await;
        let found = found.map_err(|error| store_unavailable(&error))?;
        let (now, digest) = (self.clock.now(), digest(&self.keys, account, code));
        let (participants, since) = found
            .as_ref()
            .map_or(([account; 3], now), |(request, _)| (request.participants(), request.requested_at));
        let was_frozen = self.accounts.was_any_frozen_since(participants, since).await?;
        let agents = found.as_ref().map_or([account; 2], |(request, _)| request.agents());
        let may_vouch = self.accounts.are_unchanged_since(agents, since).await?;
        let is_valid = |request: &StartCodeRequest| {
            let is_same = request.code.is_some_and(|stored| bool::from(stored.0.ct_eq(&digest.0)));
            is_same && request.expires > now && request.approved_by.is_some() && !was_frozen && may_vouch
        };
        Ok(found.filter(|(request, _)| is_valid(request)))
    }

    /// Uses the start code up and opens the stage in which the app can be activated.
    pub(super) async fn start_code_verified(
        &self,
        context: &AuditContext<'_>,
        open: &mut Open,
        checking: Checking,
        proof: Proof,
        code: &StartCode,
        left: u32,
    ) -> Result<Answer, Answer> {
        let account = proof.account;
        let used = self.use_start_code(context, account, code).await;
        let request = match used {
            Ok(Some(request)) => request,
            // Another request used it in between.
            Ok(None) => {
                let reason = NotVerifiedReason::WrongStartCode;
                let refused = self.refuse(context, open, left, reason, String::new()).await;
                if left > 0 {
                    let awaiting = checking.not_verified(Subject::Known(account));
                    self.sessions.swap(open, Stage::AwaitingCode(awaiting)).await?;
                }
                return Err(refused);
            }
            Err(refusal) => {
                self.audit.record_unavailable(context, &refusal).await;
                self.sessions.swap(open, Stage::AwaitingCode(checking.released())).await?;
                return Err(refusal.into());
            }
        };
        let stage = Stage::NewApp(checking.new_app(proof, request.identity_seen, self.clock.now()));
        if let Err(refusal) = self.sessions.renew(open, stage).await {
            // Another request moved the session, so that the employee certainly got nothing for the code. After another error the
            // session may have been stored, and the code must not be valid twice.
            if refusal == Refusal::InProgress
                && let Err(error) = self.start_codes.put_start_code(&request, None).await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "store unavailable: the employee needs another start code"
                );
            }
            return Err(refusal.into());
        }
        SessionEvent::NewApp.count_of(open);
        Ok(self.sessions.show(open, Cookie::Set(open.id.clone())))
    }

    /// Removes the request of a code; `None` if another request did. It is in the audit log before.
    async fn use_start_code(
        &self,
        context: &AuditContext<'_>,
        account: AccountId,
        code: &StartCode,
    ) -> Result<Option<StartCodeRequest>, Refusal> {
        let Some((request, revision)) = self.find_start_code(account, code).await? else { return Ok(None) };
        let event = Event::StartCodeUsed { identity_seen: request.identity_seen };
        let recorded = self.audit.record(context, "", event).await;
        recorded.map_err(|error| super::failure::unavailable("audit trail", &error))?;
        let removed = self.start_codes.remove_start_code(account, revision).await;
        Ok(removed.map_err(|error| store_unavailable(&error))?.then_some(request))
    }
}
