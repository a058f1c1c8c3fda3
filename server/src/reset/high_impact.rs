//! The second proof of accounts of high impact: time. The first verification starts a wait, of which the owner has
//! notices with a link that freezes the account; a verification after the wait opens the password step.
//!
//! Everything here runs after the time of the answer was fixed and waited for, and for a verified subject only: it
//! reveals nothing to anyone else.

use super::ServiceDeps;
use super::audit::{AuditContext, AuditRecorder};
use super::failure::store_unavailable;
use super::notify::OwnerNotifier;
use crate::ports::audit::Event;
use crate::ports::directory::Account;
use crate::ports::notifier::NoticeKind;
use crate::ports::store::StoreError;
use crate::ports::waiting_resets::{WaitPhase, WaitingReset, WaitingResets};
use app::api::refusal::Refusal;
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::sync::Arc;
use tracing::warn;

/// Makes resets of accounts of high impact wait.
pub(super) struct HighImpact {
    waits: Arc<dyn WaitingResets>,
    notify: Arc<OwnerNotifier>,
    audit: Arc<AuditRecorder>,
    wait: SignedDuration,
}

impl HighImpact {
    /// Resets wait for `wait`.
    pub(super) fn new(
        deps: &ServiceDeps,
        notify: &Arc<OwnerNotifier>,
        audit: &Arc<AuditRecorder>,
        wait: SignedDuration,
    ) -> Self {
        let (notify, audit) = (Arc::clone(notify), Arc::clone(audit));
        Self { waits: Arc::clone(&deps.waits), notify, audit, wait }
    }

    /// The wait of a verified account; `None` if the password step opens. The first verification starts the wait; a
    /// further one changes nothing and sends no notice.
    pub(super) async fn wait_of(
        &self,
        context: &AuditContext<'_>,
        account: &Account,
        now: Timestamp,
    ) -> Result<Option<WaitingReset>, Refusal> {
        if !account.high_impact {
            return Ok(None);
        }
        let found = self.find(account).await?;
        match found.map(|wait| (wait, wait.phase(now))) {
            Some((_, WaitPhase::Open)) => Ok(None),
            Some((wait, WaitPhase::Waiting)) => {
                self.audit.record_after(context, "", Event::StillWaiting).await;
                Ok(Some(wait))
            }
            Some((_, WaitPhase::Closed)) | None => self.start(context, account, now).await.map(Some),
        }
    }

    /// The wait of the account. One from before the password was last set has ended: the owner got a password in another way,
    /// or the reset that it was for was completed although the wait could not be deleted.
    async fn find(&self, account: &Account) -> Result<Option<WaitingReset>, Refusal> {
        let found = self.waits.find_wait(account.id).await.map_err(|error| store_unavailable(&error))?;
        let Some(wait) = found else { return Ok(None) };
        if account.password_set_at().is_none_or(|set_at| set_at <= wait.requested) {
            return Ok(Some(wait));
        }
        self.waits.remove_wait(account.id).await.map_err(|error| store_unavailable(&error))?;
        Ok(None)
    }

    /// Notifies the owner and then starts the wait: no wait runs of which no notice is queued.
    async fn start(
        &self,
        context: &AuditContext<'_>,
        account: &Account,
        now: Timestamp,
    ) -> Result<WaitingReset, Refusal> {
        let wait = WaitingReset::starting(now, self.wait);
        let reference = crate::random::reference()?;
        let kind = NoticeKind::ResetRequested { opens: wait.opens };
        if !self.notify.notify(account, kind, &reference).await {
            return Err(store_unavailable(&StoreError::new("queue a notice", "the log has the cause")));
        }
        let started = self.waits.start_wait(account.id, &wait).await;
        // Of two verifications at the same time one starts the wait; the owner then has two notices.
        let (standing, _) = started.map_err(|error| store_unavailable(&error))?;
        self.audit.record_after(context, &reference, Event::WaitStarted).await;
        metrics::counter!("reset_waits_started_total").increment(1);
        Ok(standing)
    }

    /// Whether the account may be changed in a session that was verified at `since`. It may have become one of high
    /// impact since then, and another session may have used the wait.
    pub(super) async fn permits(&self, account: &Account, since: Timestamp) -> Result<bool, Refusal> {
        if !account.high_impact {
            return Ok(true);
        }
        let wait = self.find(account).await?;
        Ok(wait.is_some_and(|wait| wait.phase(since) == WaitPhase::Open))
    }

    /// The password was set or the account unlocked: the next reset waits again.
    pub(super) async fn consume(&self, account: &Account, reference: &str) {
        // Whatever the membership is now: it may change back.
        if let Err(error) = self.waits.remove_wait(account.id).await {
            let error = &error as &dyn Error;
            warn!(
                reference,
                error, "store unavailable: another reset of this account may follow without a wait"
            );
        }
    }
}
