//! The owner of an account hears of its new password, or of its unlocking, wherever they can be reached. Not the sentences, and not the
//! sending: those are in `notices`.

use super::ResetService;
use crate::enrollment::values;
use crate::ports::directory::Account;
use crate::ports::notifier::{Channel, NoticeKind, Recipients};
use std::error::Error;
use tracing::warn;

impl ResetService {
    /// The owner hears that there is a new password. Nothing here can fail the reset: the password is set.
    pub(super) async fn tell_of_reset(&self, account: &Account, reference: &str) {
        self.tell_owner(account, NoticeKind::PasswordReset, reference).await;
    }

    /// The owner hears that the account is no longer locked.
    pub(super) async fn tell_of_unlock(&self, account: &Account, reference: &str) {
        self.tell_owner(account, NoticeKind::AccountUnlocked, reference).await;
    }

    /// Tells it at the account's mail address and at the registered number.
    async fn tell_owner(&self, account: &Account, happened: NoticeKind, reference: &str) {
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
        let _kept = self.parts.notices.tell(account.id, happened, &to, self.now()).await;
    }
}
