//! Only unlocking: for whoever has given the full proof and remembers the password after all. Claimed, written
//! down and told like a reset.

use super::session::Open;
use super::state::{Finished, Stage, Writing};
use super::{Answer, AuditContext, ClientContext, Cookie, Known, ResetService};
use crate::ports::audit::Event;
use crate::ports::directory::{Account, DirectoryError, Eligibility};
use app::api::refusal::Refusal;
use std::error::Error;
use std::time::Duration;
use tokio::time::timeout;
use tracing::error;

/// After so long nothing more is sent: see `CLAIM_LIFE`.
const WITHIN: Duration = Duration::from_secs(20);

impl ResetService {
    /// Unlocks the account of a proven visit. Without a lock, or where it is not on offer, there is nothing to
    /// do here, and the step stays.
    pub async fn unlock(&self, caller: &ClientContext) -> Result<Answer, Answer> {
        self.count_call(caller, "unlock").await?;
        let mut open = self.open(caller).await?;
        let Stage::Verified(verified) = open.visit.stage.clone() else {
            return Err(Refusal::StartAgain.into());
        };
        if !verified.is_unlockable() || open.visit.practice {
            return Err(Refusal::StartAgain.into());
        }
        self.count_password(&open.id).await?;
        let about = AuditContext { subject: Known::Account(verified.account()), address: caller.address };
        let account = match self.as_it_is_now(verified.account()).await {
            Ok(Some((account, _))) => account,
            Ok(None) => {
                self.forget(&open.id).await?;
                return Err(Answer::ended(Refusal::StartAgain));
            }
            Err(refusal) => {
                self.record_unavailable(&about, &refusal).await;
                return Err(refusal.into());
            }
        };
        if !account.locked {
            self.swap(&mut open, Stage::Verified(verified.unlockable(false))).await?;
            return Err(Refusal::StartAgain.into());
        }
        let reference = crate::random::reference()?;
        let intent = self.record(&about, &reference, Event::AboutToUnlock).await;
        intent.map_err(|error| Self::unavailable("audit trail", &error))?;
        let writing = verified.claim_unlock(account.password_last_set, self.now());
        self.swap(&mut open, Stage::Writing(writing.clone())).await?;
        // Bounded, so that nothing is sent after the claim counts as abandoned.
        let ended = timeout(WITHIN, self.end_lock(&account)).await;
        let late =
            || Err(DirectoryError::Unreachable { tried: format!("no answer in {} s", WITHIN.as_secs()) });
        if let Err(error) = ended.unwrap_or_else(|_| late()) {
            error!(reference, error = &error as &dyn Error, "the account was not unlocked");
            self.record_after(&about, &reference, Event::NotUnlocked).await;
            self.swap(&mut open, Stage::Verified(writing.not_written())).await?;
            let retry_after = super::RETRY_AFTER;
            return Err(Refusal::Unavailable { reference, retry_after }.into());
        }
        self.record_after(&about, &reference, Event::Unlocked).await;
        self.tell_of_unlock(&account, &reference).await;
        self.finish(&mut open, Finished::unlocked(), &reference).await;
        Ok(Answer { device: Some(account.id), ..self.show(&open, Cookie::Keep) })
    }

    /// At the account's server, or at the first other one that answers: it may be done twice. What is not answered
    /// is looked at.
    async fn end_lock(&self, account: &Account) -> Result<(), DirectoryError> {
        let directory = &self.parts.directory;
        let mut last = match directory.unlock(account).await {
            Err(error @ DirectoryError::Unreachable { .. }) => error,
            outcome => return outcome,
        };
        for server in directory.servers() {
            match directory.read_at(&server, account.id).await {
                // Another one may only not have heard of the lock.
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

    /// A crash left the claim behind: whether the lock is still there decides.
    pub(super) async fn settle_abandoned_unlock(
        &self,
        caller: &ClientContext,
        open: &mut Open,
        writing: Writing,
    ) -> Result<(), Refusal> {
        let id = writing.verified().account();
        let read = self.directory_answered(self.parts.directory.read(id).await)?;
        let about = AuditContext { subject: Known::Account(id), address: caller.address };
        let reference = crate::random::reference()?;
        if let Some(account) = read.filter(|account| !account.locked) {
            self.advance(open, Stage::Finished(Finished::unlocked())).await?;
            self.record_after(&about, &reference, Event::Unlocked).await;
            self.tell_of_unlock(&account, &reference).await;
            return Ok(());
        }
        self.record_after(&about, &reference, Event::NotUnlocked).await;
        self.back_to_proof(open, writing).await
    }
}
