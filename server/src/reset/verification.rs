//! The code step: name, birthdate and code are verified together. Everyone who is not verified gets one answer, after
//! the minimum response time, whatever the reason.
//!
//! Every class of subject causes the same external calls: two searches in the directory and two calls to the code
//! provider, for the decoy if there is no account or the birthdate is wrong. Only a right birthdate leads to the third
//! call, which verifies the code. Before that call the time of the answer is fixed, for every class by the same rule. If
//! the call fails or is not finished by then, the answer is the one for a wrong code.

mod calls;

use super::audit::{AuditContext, AuditRecorder};
use super::call::CallCodeIssuer;
use super::code_verifier::{CodeVerifier, Verdict};
use super::high_impact::HighImpact;
use super::lookup::AccountLookup;
use super::rate_limit::RateLimiter;
use super::response_time::ResponseTimer;
use super::session::{Open, ResetSessions};
use super::session_metrics::SessionEvent;
use super::state::{Checking, Evidence, Proof, Stage, Subject};
use super::{Answer, ClientContext, Cookie, PROOF_LIFETIME};
use crate::crypto::{self, Keyring};
use crate::ports::audit::{Event, NotVerifiedReason};
use crate::ports::clock::Clock;
use crate::ports::directory::Account;
use crate::ports::start_codes::StartCodes;
use app::api::refusal::Refusal;
use app::api::step::Purpose;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use app::domain::start_code::StartCode;
use app::policy::{Personal, Rules};
use calls::Attempt;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// For the rules that the next screen shows. They are read again before anything is written.
const RULES_TIMEOUT: Duration = Duration::from_secs(3);

/// Verifies a subject.
pub(super) struct Verification {
    pub(super) sessions: Arc<ResetSessions>,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) audit: Arc<AuditRecorder>,
    pub(super) accounts: Arc<AccountLookup>,
    pub(super) verifier: Arc<CodeVerifier>,
    pub(super) timer: Arc<ResponseTimer>,
    pub(super) keys: Arc<Keyring>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) high_impact: Arc<HighImpact>,
    pub(super) call_codes: CallCodeIssuer,
    pub(super) start_codes: Arc<dyn StartCodes>,
    /// The organisation's password rules.
    pub(super) rules: Rules,
    pub(super) offer_unlock: bool,
}

impl Verification {
    /// Takes the code and verifies name, birthdate and code.
    pub(super) async fn code(&self, client: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        let arrived = self.clock.now();
        let open = self.sessions.find_open(client).await?;
        self.limiter.count_step(client, open.as_ref().map(|open| &open.id), "code").await?;
        let Some(mut open) = open else {
            return self.repeated(client, typed).await;
        };
        let code = EnteredCode::parse(typed, open.session.purpose)?;
        let awaiting = match open.session.stage.clone() {
            Stage::AwaitingCode(awaiting) => awaiting,
            Stage::Checking(checking) if checking.is_abandoned(arrived) => checking.released(),
            Stage::Checking(_) => return Err(Refusal::InProgress.into()),
            stage if stage.is_repeated_by(&self.code_digest(&code), arrived) => {
                return Ok(self.sessions.show(&open, Cookie::Keep));
            }
            Stage::Identified(_)
            | Stage::Verified(_)
            | Stage::Waiting(_)
            | Stage::Called(_)
            | Stage::NewApp(_)
            | Stage::Writing(_)
            | Stage::Finished(_) => return Err(Refusal::StartAgain.into()),
        };
        let checking = awaiting.claim(arrived);
        self.sessions.advance(&mut open, Stage::Checking(checking.clone())).await?;
        // Only the winner of the claim counts an attempt: fifty posts of one code are one attempt.
        let Some(left) = self.limiter.count_code(&open.id, arrived).await? else {
            self.sessions.remove(&open.id).await?;
            SessionEvent::NotVerified.count_of(&open);
            return Err(Answer::ended(Refusal::StartAgain));
        };
        self.conclude(client, &mut open, checking, &code, left, arrived).await
    }

    /// Verifies a claimed session and moves it to the resulting stage.
    async fn conclude(
        &self,
        client: &ClientContext,
        open: &mut Open,
        checking: Checking,
        code: &EnteredCode,
        left: u32,
        arrived: Timestamp,
    ) -> Result<Answer, Answer> {
        let purpose = open.session.purpose;
        let awaiting = checking.awaiting();
        let result = match code {
            EnteredCode::App(code) => {
                let attempt = Attempt { client, session: &open.id, purpose, awaiting, code, arrived };
                self.verify(&attempt).await
            }
            EnteredCode::Start(code) => self.verify_start_code(client, awaiting, code, arrived).await,
        };
        // Before the session changes: otherwise `current` would show when the lookups ended.
        match &result {
            Ok((_, _, release)) => self.timer.wait_until(*release).await,
            Err(_) => self.timer.wait(arrived).await,
        }
        let username = checking.awaiting().username.clone();
        let (lookup, verdict) = match result {
            Ok((lookup, verdict, _)) => (lookup, verdict),
            Err(refusal) => {
                // Nothing was verified: the session is as it was, and the attempt does not count.
                let context = AuditContext::name(&username, client.address);
                self.audit.record_unavailable(&context, &refusal).await;
                self.limiter.release_code(&open.id, arrived).await;
                self.sessions.swap(open, Stage::AwaitingCode(checking.released())).await?;
                return Err(refusal.into());
            }
        };
        let context = match (&lookup.subject, &lookup.account) {
            (Subject::Known(id), _) => AuditContext::account(*id, client.address),
            (Subject::Decoy(_), Some(account)) => AuditContext::account(account.id, client.address),
            (Subject::Decoy(_), None) => AuditContext::name(&username, client.address),
        };
        match (verdict, lookup.account.as_ref()) {
            (Verdict::Verified, Some(account)) => {
                let proof = Proof { account: account.id, code_digest: self.code_digest(code) };
                match (code, purpose) {
                    (EnteredCode::Start(code), _) => {
                        self.start_code_verified(&context, open, checking, proof, code, left).await
                    }
                    (EnteredCode::App(_), Purpose::Call) => {
                        self.called(&context, open, checking, proof).await
                    }
                    (EnteredCode::App(_), Purpose::NewApp) => Err(Refusal::StartAgain.into()),
                    (EnteredCode::App(_), Purpose::Reset) => {
                        self.verified(&context, open, checking, account, proof).await
                    }
                }
            }
            (Verdict::Verified, None) => Err(Refusal::StartAgain.into()),
            (Verdict::Rejected(reason, detail), _) => {
                let refused = self.refuse(&context, open, left, reason, detail).await;
                if left > 0 {
                    let awaiting = checking.not_verified(lookup.subject);
                    self.sessions.swap(open, Stage::AwaitingCode(awaiting)).await?;
                }
                Err(refused)
            }
        }
    }

    async fn verified(
        &self,
        context: &AuditContext<'_>,
        open: &mut Open,
        checking: Checking,
        account: &Account,
        proof: Proof,
    ) -> Result<Answer, Answer> {
        // A practice run writes nothing, so that there is nothing to wait for.
        let wait = if open.session.practice {
            None
        } else {
            match self.high_impact.wait_of(context, account, self.clock.now()).await {
                Ok(wait) => wait,
                Err(refusal) => {
                    self.audit.record_unavailable(context, &refusal).await;
                    self.sessions.swap(open, Stage::AwaitingCode(checking.released())).await?;
                    return Err(refusal.into());
                }
            }
        };
        if let Some(wait) = wait {
            let waiting = checking.waiting(proof, wait, self.clock.now());
            self.sessions.renew(open, Stage::Waiting(waiting)).await?;
            SessionEvent::Waiting.count_of(open);
            return Ok(self.sessions.show(open, Cookie::Set(open.id.clone())));
        }
        let personal = Personal::from_names(&account.login, &account.display_name);
        // The code is used up: a slow directory must not outlive the claim.
        let rules = tokio::time::timeout(RULES_TIMEOUT, self.accounts.rules_for(account, &self.rules)).await;
        let rules = rules.unwrap_or_else(|_| self.rules.clone());
        let now = self.clock.now();
        let evidence = checking.awaiting().evidence.clone();
        let verified = checking
            .verified(proof, rules, personal, now, now + PROOF_LIFETIME)
            .with_unlockable(self.offer_unlock && account.locked);
        self.sessions.renew(open, Stage::Verified(verified)).await?;
        SessionEvent::Verified.count_of(open);
        self.audit.record_after(context, "", Event::Verified).await;
        if let Evidence::Unverified(birthdate) = &evidence {
            self.accounts.renew_keys(account.id, birthdate).await;
        }
        Ok(self.sessions.show(open, Cookie::Set(open.id.clone())))
    }

    /// Ends a call with its code.
    async fn called(
        &self,
        context: &AuditContext<'_>,
        open: &mut Open,
        checking: Checking,
        proof: Proof,
    ) -> Result<Answer, Answer> {
        let (call_code, until) = match self.call_codes.issue(context, proof.account).await {
            Ok(issued) => issued,
            Err(refusal) => {
                self.audit.record_unavailable(context, &refusal).await;
                self.sessions.swap(open, Stage::AwaitingCode(checking.released())).await?;
                return Err(refusal.into());
            }
        };
        let called = checking.called(proof, call_code, until, self.clock.now());
        self.sessions.renew(open, Stage::Called(called)).await?;
        SessionEvent::Called.count_of(open);
        Ok(self.sessions.show(open, Cookie::Set(open.id.clone())))
    }

    /// The one refusal for everyone who is not verified. Without attempts left the session ends.
    pub(super) async fn refuse(
        &self,
        context: &AuditContext<'_>,
        open: &Open,
        left: u32,
        reason: NotVerifiedReason,
        detail: String,
    ) -> Answer {
        let reference = match crate::random::reference() {
            Ok(reference) => reference,
            Err(fault) => return fault.into(),
        };
        // Counted and in the audit log, not in the log: anyone can cause as many of them as the limits allow.
        tracing::debug!(reference, attempts_left = left, "not verified; the audit log has the reason");
        self.audit.record_after(context, &reference, Event::not_verified(reason, &detail)).await;
        metrics::counter!("reset_not_verified_total").increment(1);
        let cookie = if left == 0 {
            if let Err(refusal) = self.sessions.remove(&open.id).await {
                return refusal.into();
            }
            SessionEvent::NotVerified.count_of(open);
            Cookie::Clear
        } else {
            Cookie::Keep
        };
        Answer { outcome: Err(Refusal::NotVerified { reference, attempts_left: left }), cookie, device: None }
    }

    /// The response to the proof was lost: within `CLAIM_LIFETIME`, the old id with the same code receives the new
    /// id, without another external call.
    async fn repeated(&self, client: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        let renewed = match &client.session {
            Some(old) => self.sessions.load(&self.sessions.renewed(old)).await?,
            None => None,
        };
        let Some(open) = renewed else {
            // Without a session it is not known which code this is.
            EnteredCode::parse(typed, Purpose::Reset)
                .or_else(|refusal| EnteredCode::parse(typed, Purpose::NewApp).map_err(|_| refusal))?;
            return Err(Refusal::StartAgain.into());
        };
        let code = EnteredCode::parse(typed, open.session.purpose)?;
        if !open.session.stage.is_repeated_by(&self.code_digest(&code), self.clock.now()) {
            return Err(Refusal::StartAgain.into());
        }
        Ok(self.sessions.show(&open, Cookie::Set(open.id.clone())))
    }

    fn code_digest(&self, code: &EnteredCode) -> [u8; 32] {
        self.keys.digest(crypto::Purpose::Code, &[code.expose().as_bytes()])
    }
}

/// The code of the third step.
enum EnteredCode {
    /// From the app.
    App(Code),
    /// From the service desk.
    Start(StartCode),
}

impl EnteredCode {
    fn parse(typed: &RawInput, purpose: Purpose) -> Result<Self, Refusal> {
        match purpose {
            Purpose::Reset | Purpose::Call => {
                let code = Code::parse(typed.expose());
                code.map(Self::App).map_err(|error| Refusal::invalid("code", error))
            }
            Purpose::NewApp => {
                let code = StartCode::parse(typed.expose());
                code.map(Self::Start).map_err(|error| Refusal::invalid("code", error))
            }
        }
    }

    fn expose(&self) -> &str {
        match self {
            Self::App(code) => code.expose(),
            Self::Start(code) => code.expose(),
        }
    }
}
