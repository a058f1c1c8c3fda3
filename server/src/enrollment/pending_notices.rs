//! Queues the notices that a record has pending, for the addresses of the account owner.

use super::EnrollmentService;
use crate::ports::directory::Account;
use crate::ports::notifier::Recipients;
use crate::ports::records::Record;
use crate::record_values;
use app::api::refusal::Refusal;

impl EnrollmentService {
    /// Queues the pending notices of the record. A notice that cannot be queued remains pending until the next run. A
    /// crash before the record is updated can send a notice twice, but none is lost.
    pub(super) async fn send_pending_notices(&self, account: &Account) -> Result<(), Refusal> {
        let record = self.record(account).await?;
        for notice in &record.pending_notices {
            let to = self.recipients(account, &record);
            if !self.notifier.notify(account.id, *notice, &to, self.clock.now()).await {
                return Ok(());
            }
            let removed = self.change_record(account, |record, _| {
                if let Some(index) = record.pending_notices.iter().position(|pending| pending == notice) {
                    record.pending_notices.remove(index);
                }
                Ok(())
            });
            removed.await?;
        }
        Ok(())
    }

    /// Returns the addresses for notices to the account owner. During the waiting time of a new number they contain
    /// the previous one instead.
    fn recipients(&self, account: &Account, record: &Record) -> Recipients {
        let is_waiting = record.mobile.as_ref().is_some_and(|mobile| mobile.usable_from > self.clock.now());
        let number = match (&record.previous_mobile, is_waiting) {
            (Some(previous), true) => Some(previous),
            (Some(_) | None, _) => record.mobile.as_ref().map(|mobile| &mobile.value),
        };
        let number = number.and_then(|number| record_values::open(&self.keys, account.id, number));
        Recipients {
            mail: account.mail.clone(),
            private_mail: account.private_mail.clone(),
            mobiles: number.into_iter().collect(),
        }
    }
}
