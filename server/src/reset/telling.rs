//! The owner of an account hears of its new password, wherever they can be reached. Not the sentences, and not the
//! sending: those are in `notices`.

use super::Workflow;
use crate::ports::directory::Account;
use crate::ports::notices::{Channel, Happened, Recipients};
use crate::registration::values;
use std::error::Error;
use tracing::warn;

impl Workflow {
    /// Tells it at the account's mail address and at the registered number. Nothing here can fail the reset: the
    /// password is set.
    pub(super) async fn tell_of_reset(&self, account: &Account, reference: &str) {
        let mobiles = if self.parts.notices.can(Channel::Sms) {
            match self.parts.records.load(account.id).await {
                Ok(kept) => kept
                    .and_then(|kept| kept.record.mobile)
                    .and_then(|mobile| values::open(&self.parts.keys, account.id, &mobile.value))
                    .into_iter()
                    .collect(),
                Err(error) => {
                    let error = &error as &dyn Error;
                    warn!(reference, error, "the registered number could not be read: no SMS is sent");
                    Vec::new()
                }
            }
        } else {
            Vec::new()
        };
        let to = Recipients { mail: account.mail.clone(), mobiles };
        let _kept = self.parts.notices.tell(account.id, Happened::PasswordReset, &to, self.now()).await;
    }
}
