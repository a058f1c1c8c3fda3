//! Only unlocking: for whoever has given the full proof and remembers the password after all. Claimed, written
//! down and told like a reset.

use super::stage::{Finished, Stage};
use super::{About, Answer, Caller, Cookie, Known, Workflow};
use crate::ports::audit::Event;
use crate::ports::directory::{Account, DirectoryError};
use app::refusal::Refusal;
use std::error::Error;
use tracing::error;

impl Workflow {
    /// Unlocks the account of a proven visit. Without a lock, or where it is not on offer, there is nothing to
    /// do here, and the step stays.
    pub async fn unlock(&self, caller: &Caller) -> Result<Answer, Answer> {
        self.count_call(caller, "unlock").await?;
        let mut open = self.open(caller).await?;
        let Stage::Verified(verified) = open.visit.stage.clone() else {
            return Err(Refusal::StartAgain.into());
        };
        if !verified.is_unlockable() || open.visit.practice {
            return Err(Refusal::StartAgain.into());
        }
        self.count_password(&open.id).await?;
        let about = About { subject: Known::Account(verified.account()), address: caller.address };
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
        let writing = verified.claim(account.password_last_set, self.now());
        self.swap(&mut open, Stage::Writing(writing.clone())).await?;
        if let Err(error) = self.end_lock(&account).await {
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

    /// At the account's server, or at the first other one that answers: it may be done twice.
    async fn end_lock(&self, account: &Account) -> Result<(), DirectoryError> {
        let directory = &self.parts.directory;
        let mut last = match directory.unlock(account).await {
            Err(error @ DirectoryError::Unreachable { .. }) => error,
            outcome => return outcome,
        };
        for server in directory.servers().iter().filter(|server| **server != account.server) {
            match directory.read_at(server, account.id).await {
                Ok(Some(there)) => match directory.unlock(&there).await {
                    Ok(()) => return Ok(()),
                    Err(error) => last = error,
                },
                Ok(None) => {}
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
