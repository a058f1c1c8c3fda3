//! The password step: claim, write, settle. The screen says «done» only if the password is set.
//!
//! Order: evaluate → audit `about_to_set` (durable; on failure refuse) → claim → write → audit `password_set` → notify the
//! account owner → store `Finished`.

pub mod outcome;

use super::audit::{AuditContext, AuditRecorder};
use super::breach_check::BreachCheck;
use super::failure::{RETRY_AFTER_SECONDS, fault, unavailable};
use super::high_impact::HighImpact;
use super::lookup::{AccountLookup, stricter_rules};
use super::notify::OwnerNotifier;
use super::rate_limit::RateLimiter;
use super::replication::ReplicationMonitor;
use super::session::{Open, ResetSessions};
use super::session_metrics::SessionEvent;
use super::state::{Finished, Stage, Verified, Writing};
use super::unlock::Unlock;
use super::{Answer, ClientContext, Cookie};
use crate::panic_hook::TaskFailure;
use crate::ports::audit::{ErrorCode, Event};
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, Directory};
use crate::ports::notifier::NoticeKind;
use app::api::refusal::{Reason, Refusal};
use app::domain::password::Password;
use app::domain::raw_input::RawInput;
use app::policy::{Personal, Rules, Score, Violation};
use outcome::WriteOutcome;
use std::error::Error;
use std::sync::Arc;
use tracing::{error, info};

/// Sets the new password.
pub(super) struct PasswordChange {
    pub(super) sessions: Arc<ResetSessions>,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) audit: Arc<AuditRecorder>,
    pub(super) accounts: Arc<AccountLookup>,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) notify: Arc<OwnerNotifier>,
    pub(super) replication: Arc<ReplicationMonitor>,
    pub(super) unlock: Arc<Unlock>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) high_impact: Arc<HighImpact>,
    pub(super) breach_check: BreachCheck,
    /// The organisation's password rules.
    pub(super) rules: Rules,
}

impl PasswordChange {
    /// Evaluates and sets the new password. A finished session answers `done` again, without a write.
    pub(super) async fn password(&self, client: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        let now = self.clock.now();
        let mut open = self.sessions.open_counted(client, &self.limiter, "password").await?;
        let verified = match open.session.stage.clone() {
            Stage::Verified(verified) => verified,
            Stage::Finished(_) => return Ok(self.sessions.show(&open, Cookie::Keep)),
            Stage::Writing(writing) if writing.is_abandoned(now) => {
                self.settle_abandoned(client, &mut open).await?;
                match open.session.stage.clone() {
                    Stage::Verified(verified) => verified,
                    Stage::Finished(_) => return Ok(self.sessions.show(&open, Cookie::Keep)),
                    Stage::Identified(_)
                    | Stage::AwaitingCode(_)
                    | Stage::Checking(_)
                    | Stage::Waiting(_)
                    | Stage::Called(_)
                    | Stage::NewApp(_)
                    | Stage::Writing(_) => {
                        return Err(Refusal::StartAgain.into());
                    }
                }
            }
            Stage::Writing(_) => return Err(Refusal::InProgress.into()),
            Stage::Identified(_)
            | Stage::AwaitingCode(_)
            | Stage::Checking(_)
            | Stage::Waiting(_)
            | Stage::Called(_)
            | Stage::NewApp(_) => {
                return Err(Refusal::StartAgain.into());
            }
        };
        if typed.expose().is_empty() {
            return Err(Refusal::invalid("password", Reason::Empty).into());
        }
        self.limiter.count_password(&open.id).await?;
        let password = Password::new(typed.expose());
        self.set(client, &mut open, verified, password).await
    }

    async fn set(
        &self,
        client: &ClientContext,
        open: &mut Open,
        verified: Verified,
        password: Password,
    ) -> Result<Answer, Answer> {
        let context = AuditContext::account(verified.account(), client.address);
        let (account, policy) =
            match self.accounts.eligible_account(verified.account(), verified.since()).await {
                Ok(Some(read)) => read,
                Ok(None) => {
                    self.sessions.remove(&open.id).await?;
                    SessionEvent::Revoked.count_of(open);
                    return Err(Answer::ended(Refusal::StartAgain));
                }
                Err(refusal) => {
                    self.audit.record_unavailable(&context, &refusal).await;
                    return Err(refusal.into());
                }
            };
        let rules = stricter_rules(&self.rules, policy);
        let mut violations = evaluate(&rules, verified.personal(), &password).await?;
        if violations.is_empty() {
            violations.extend(self.breach_check.violation(&self.audit, &context, &password).await?);
        }
        if !violations.is_empty() {
            self.sessions.swap(open, Stage::Verified(verified.with_rules(rules))).await?;
            return Err(Refusal::WeakPassword { violations }.into());
        }
        if open.session.practice {
            self.audit.record_after(&context, "", Event::Practised).await;
            self.sessions.advance(open, Stage::Finished(Finished::default())).await?;
            return Ok(self.sessions.show(open, Cookie::Keep));
        }
        // Just before the write: the lookup of a breached password may have taken seconds.
        if self.accounts.was_frozen_since(account.id, verified.since()).await? {
            self.sessions.remove(&open.id).await?;
            SessionEvent::Revoked.count_of(open);
            return Err(Answer::ended(Refusal::StartAgain));
        }
        self.unlock.require_wait(&context, open, &account, verified.since()).await?;
        let reference = crate::random::reference()?;
        let intent = self.audit.record(&context, &reference, Event::AboutToSet).await;
        intent.map_err(|error| unavailable("audit trail", &error))?;
        let writing = verified.with_rules(rules).claim(account.password_last_set, self.clock.now());
        self.sessions.swap(open, Stage::Writing(writing.clone())).await?;
        let directory = &*self.directory;
        let outcome = outcome::set(directory, &*self.clock, &account, &password).await;
        self.conclude(&context, &reference, open, writing, &account, outcome).await
    }

    /// Moves the session according to the outcome of the write.
    async fn conclude(
        &self,
        context: &AuditContext<'_>,
        reference: &str,
        open: &mut Open,
        writing: Writing,
        account: &Account,
        outcome: WriteOutcome,
    ) -> Result<Answer, Answer> {
        match outcome {
            WriteOutcome::Set { server } => {
                self.audit.record_after(context, reference, Event::PasswordSet).await;
                metrics::counter!("reset_passwords_set_total").increment(1);
                SessionEvent::PasswordSet.count();
                self.high_impact.consume(account, reference).await;
                self.notify.notify(account, NoticeKind::PasswordReset, reference).await;
                // Stored before the replication check, during which a crash must not lose it.
                self.sessions.finish(open, Finished::default(), reference).await;
                self.replication.check(open, account.id, &server).await;
                Ok(Answer { device: Some(account.id), ..self.sessions.show(open, Cookie::Keep) })
            }
            WriteOutcome::Refused { violation, diagnostic } => {
                let event = Event::refused(&violation, &diagnostic);
                if let Event::Refused { diagnostic, code } = &event {
                    let code = code.as_ref().map(ErrorCode::as_str);
                    info!(reference, ?diagnostic, code, "directory refused the new password");
                }
                self.audit.record_after(context, reference, event).await;
                self.sessions.swap(open, Stage::Verified(writing.not_written())).await?;
                Err(Refusal::WeakPassword { violations: vec![violation] }.into())
            }
            WriteOutcome::NotSet(error) => {
                error!(reference, error = &error as &dyn Error, "password not set");
                self.audit.record_after(context, reference, Event::NotSet).await;
                self.sessions.swap(open, Stage::Verified(writing.not_written())).await?;
                let retry_after = RETRY_AFTER_SECONDS;
                Err(Refusal::Unavailable { reference: reference.to_owned(), retry_after }.into())
            }
            WriteOutcome::Unknown(error) => {
                error!(reference, error = &error as &dyn Error, "password write: outcome unknown");
                self.audit.record_after(context, reference, Event::OutcomeUnknown).await;
                // The claim stays: `current` settles it once the directory answers. It is renewed, so that the last
                // request sent has had its time.
                if let Err(refusal) =
                    self.sessions.swap(open, Stage::Writing(writing.renewed(self.clock.now()))).await
                {
                    info!(reference, ?refusal, "session not stored: claim not renewed");
                }
                Err(Refusal::OutcomeUnknown { reference: reference.to_owned() }.into())
            }
        }
    }

    /// Settles a write whose request crashed. The password is gone with it: `pwdLastSet` decides.
    pub(super) async fn settle_abandoned(
        &self,
        client: &ClientContext,
        open: &mut Open,
    ) -> Result<(), Refusal> {
        let Stage::Writing(writing) = open.session.stage.clone() else { return Ok(()) };
        if writing.is_unlock() {
            return self.unlock.settle_abandoned(client, open, writing).await;
        }
        let id = writing.verified().account();
        let set = outcome::was_set(&*self.directory, id, writing.password_last_set()).await;
        let set = self.accounts.directory_answered(set)?;
        let context = AuditContext::account(id, client.address);
        let reference = crate::random::reference()?;
        if let Some(account) = set {
            // Only the winner of the compare-and-swap notifies.
            self.sessions.advance(open, Stage::Finished(Finished::default())).await?;
            SessionEvent::PasswordSet.count();
            self.audit.record_after(&context, &reference, Event::PasswordSet).await;
            self.high_impact.consume(&account, &reference).await;
            self.notify.notify(&account, NoticeKind::PasswordReset, &reference).await;
            return Ok(());
        }
        self.audit.record_after(&context, &reference, Event::NotSet).await;
        self.sessions.back_to_proof(open, writing).await
    }
}

/// The same policy code as in the browser, here always with a strength estimate.
async fn evaluate(
    rules: &Rules,
    personal: &Personal,
    password: &Password,
) -> Result<Vec<Violation>, Refusal> {
    let evaluation = {
        let (rules, personal, password) = (rules.clone(), personal.clone(), password.clone());
        // An estimate may take tens of milliseconds, which would block the other requests of an async thread.
        tokio::task::spawn_blocking(move || {
            rules.evaluate(&password, &personal, Some(score(&rules, &personal, &password)))
        })
    };
    evaluation.await.map_err(|error| fault("the password evaluation panicked", &TaskFailure::from(error)))
}

/// The strength score, with the words of person and organisation as known words.
pub fn score(rules: &Rules, personal: &Personal, password: &Password) -> Score {
    let words: Vec<&str> = rules.known_words(personal).collect();
    Score::new(estimator::estimate(password.expose(), &words).score).unwrap_or(rules.min_score)
}
