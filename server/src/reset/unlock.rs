//! Unlocks an account and keeps its password, after the same proof as a reset; claimed, audited and notified like one.

use super::audit::{AuditContext, AuditRecorder};
use super::failure::{RETRY_AFTER_SECONDS, unavailable};
use super::high_impact::HighImpact;
use super::lookup::AccountLookup;
use super::notify::OwnerNotifier;
use super::rate_limit::RateLimiter;
use super::session::{Open, ResetSessions};
use super::session_metrics::SessionEvent;
use super::state::{Finished, Stage, Writing};
use super::{Answer, ClientContext, Cookie, ServiceDeps, SharedComponents};
use crate::ports::audit::Event;
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, Directory, DirectoryError, Eligibility};
use crate::ports::notifier::NoticeKind;
use app::api::refusal::Refusal;
use jiff::Timestamp;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracing::error;

/// No request is sent to the directory later than this; see `CLAIM_LIFETIME`.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// Unlocks accounts.
pub(super) struct Unlock {
    sessions: Arc<ResetSessions>,
    limiter: Arc<RateLimiter>,
    audit: Arc<AuditRecorder>,
    accounts: Arc<AccountLookup>,
    directory: Arc<dyn Directory>,
    notify: Arc<OwnerNotifier>,
    clock: Arc<dyn Clock>,
    high_impact: Arc<HighImpact>,
}

impl Unlock {
    pub(super) fn new(
        deps: &ServiceDeps,
        shared: &SharedComponents,
        sessions: &Arc<ResetSessions>,
        notify: &Arc<OwnerNotifier>,
        high_impact: &Arc<HighImpact>,
    ) -> Self {
        Self {
            sessions: Arc::clone(sessions),
            limiter: Arc::clone(&shared.limiter),
            audit: Arc::clone(&shared.audit),
            accounts: Arc::clone(&shared.accounts),
            directory: Arc::clone(&deps.directory),
            notify: Arc::clone(notify),
            clock: Arc::clone(&deps.clock),
            high_impact: Arc::clone(high_impact),
        }
    }

    /// Unlocks the account of a verified session. [`Refusal::StartAgain`] if it is not locked or unlocking is not
    /// offered.
    pub(super) async fn unlock(&self, client: &ClientContext) -> Result<Answer, Answer> {
        let mut open = self.sessions.open_counted(client, &self.limiter, "unlock").await?;
        let Stage::Verified(verified) = open.session.stage.clone() else {
            return Err(Refusal::StartAgain.into());
        };
        if !verified.is_unlockable() || open.session.practice {
            return Err(Refusal::StartAgain.into());
        }
        self.limiter.count_password(&open.id).await?;
        let context = AuditContext::account(verified.account(), client.address);
        let account = match self.accounts.eligible_account(verified.account(), verified.since()).await {
            Ok(Some((account, _))) => account,
            Ok(None) => {
                self.sessions.remove(&open.id).await?;
                SessionEvent::Revoked.count();
                return Err(Answer::ended(Refusal::StartAgain));
            }
            Err(refusal) => {
                self.audit.record_unavailable(&context, &refusal).await;
                return Err(refusal.into());
            }
        };
        self.require_wait(&context, &open, &account, verified.since()).await?;
        if !account.locked {
            self.sessions.swap(&mut open, Stage::Verified(verified.with_unlockable(false))).await?;
            return Err(Refusal::StartAgain.into());
        }
        let reference = crate::random::reference()?;
        let intent = self.audit.record(&context, &reference, Event::AboutToUnlock).await;
        intent.map_err(|error| unavailable("audit trail", &error))?;
        let writing = verified.claim_unlock(account.password_last_set, self.clock.now());
        self.sessions.swap(&mut open, Stage::Writing(writing.clone())).await?;
        // Nothing may be sent after the claim counts as abandoned.
        let ended = timeout(UNLOCK_TIMEOUT, self.end_lock(&account)).await;
        let late = || {
            Err(DirectoryError::Unreachable { tried: format!("no answer in {} s", UNLOCK_TIMEOUT.as_secs()) })
        };
        if let Err(error) = ended.unwrap_or_else(|_| late()) {
            error!(reference, error = &error as &dyn Error, "account not unlocked");
            self.audit.record_after(&context, &reference, Event::NotUnlocked).await;
            self.sessions.swap(&mut open, Stage::Verified(writing.not_written())).await?;
            let retry_after = RETRY_AFTER_SECONDS;
            return Err(Refusal::Unavailable { reference, retry_after }.into());
        }
        SessionEvent::Unlocked.count();
        self.audit.record_after(&context, &reference, Event::Unlocked).await;
        self.high_impact.consume(&account, &reference).await;
        self.notify.notify(&account, NoticeKind::AccountUnlocked, &reference).await;
        self.sessions.finish(&mut open, Finished::unlocked(), &reference).await;
        Ok(Answer { device: Some(account.id), ..self.sessions.show(&open, Cookie::Keep) })
    }

    /// Ends the session unless an account of high impact has waited; see [`HighImpact::permits`].
    pub(super) async fn require_wait(
        &self,
        context: &AuditContext<'_>,
        open: &Open,
        account: &Account,
        since: Timestamp,
    ) -> Result<(), Answer> {
        match self.high_impact.permits(account, since).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.audit.record_after(context, "", Event::WaitRequired).await;
                self.sessions.remove(&open.id).await?;
                SessionEvent::Revoked.count_of(open);
                Err(Answer::ended(Refusal::StartAgain))
            }
            Err(refusal) => {
                self.audit.record_unavailable(context, &refusal).await;
                Err(refusal.into())
            }
        }
    }

    /// Unlocks at the account's server, or at the first other one that answers. Unlocking twice does no harm. A
    /// request without an answer may have been carried out, so the account is read again first.
    async fn end_lock(&self, account: &Account) -> Result<(), DirectoryError> {
        let directory = &self.directory;
        let mut last = match directory.unlock(account).await {
            Err(error @ DirectoryError::Unreachable { .. }) => error,
            outcome => return outcome,
        };
        for server in directory.servers() {
            match directory.read_at(&server, account.id).await {
                // Another server may not have replicated the lock yet.
                Ok(Some(there)) if !there.locked && server == account.server => return Ok(()),
                Ok(Some(there)) if there.eligibility == Eligibility::Eligible => {
                    match directory.unlock(&there).await {
                        Ok(()) => return Ok(()),
                        Err(error) => last = error,
                    }
                }
                Ok(_) => {}
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Settles an unlock whose request crashed: the lock in the directory decides.
    pub(super) async fn settle_abandoned(
        &self,
        client: &ClientContext,
        open: &mut Open,
        writing: Writing,
    ) -> Result<(), Refusal> {
        let id = writing.verified().account();
        let read = self.accounts.directory_answered(self.directory.read(id).await)?;
        let context = AuditContext::account(id, client.address);
        let reference = crate::random::reference()?;
        if let Some(account) = read.filter(|account| !account.locked) {
            self.sessions.advance(open, Stage::Finished(Finished::unlocked())).await?;
            SessionEvent::Unlocked.count();
            self.audit.record_after(&context, &reference, Event::Unlocked).await;
            self.high_impact.consume(&account, &reference).await;
            self.notify.notify(&account, NoticeKind::AccountUnlocked, &reference).await;
            return Ok(());
        }
        self.audit.record_after(&context, &reference, Event::NotUnlocked).await;
        self.sessions.back_to_proof(open, writing).await
    }
}
