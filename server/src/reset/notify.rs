//! Notifies the account owner of a requested or a new password, or of an unlocked account.

use super::ServiceDeps;
use crate::crypto::Keyring;
use crate::ports::clock::Clock;
use crate::ports::directory::Account;
use crate::ports::notifier::{Channel, NoticeKind, Notifier, Recipients};
use crate::ports::records::Records;
use crate::ports::store::StoreError;
use crate::record_values;
use std::error::Error;
use std::sync::Arc;
use tracing::warn;

/// Notifies account owners. A failure never fails the action that it is about.
pub(crate) struct OwnerNotifier {
    notifier: Arc<dyn Notifier>,
    records: Arc<dyn Records>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
}

impl OwnerNotifier {
    pub(crate) fn new(deps: &ServiceDeps) -> Self {
        Self {
            notifier: Arc::clone(&deps.notifier),
            records: Arc::clone(&deps.records),
            keys: Arc::clone(&deps.keys),
            clock: Arc::clone(&deps.clock),
        }
    }

    /// Queues a notice to the account's mail address and to the registered number; returns whether it is queued, or
    /// no address is known.
    pub(crate) async fn notify(&self, account: &Account, kind: NoticeKind, reference: &str) -> bool {
        let mobiles = if self.notifier.supports(Channel::Sms) {
            match self.records.load(account.id).await {
                Ok(stored) => stored
                    .and_then(|stored| stored.record.mobile)
                    .and_then(|mobile| record_values::open(&self.keys, account.id, &mobile.value))
                    .into_iter()
                    .collect(),
                Err(error) => {
                    let error = &error as &dyn Error;
                    warn!(reference, error, "store unavailable: registered number not read, no SMS sent");
                    // What it announces can be tried again; other notices are about something done.
                    if kind.is_announcement() {
                        return false;
                    }
                    Vec::new()
                }
            }
        } else {
            Vec::new()
        };
        let to =
            Recipients { mail: account.mail.clone(), private_mail: account.private_mail.clone(), mobiles };
        self.notifier.notify(account.id, kind, &to, self.clock.now()).await
    }

    /// Whether a notice can reach the owner at all.
    pub(crate) async fn reaches(&self, account: &Account) -> Result<bool, StoreError> {
        if self.notifier.supports(Channel::Mail) && (account.mail.is_some() || account.private_mail.is_some())
        {
            return Ok(true);
        }
        let stored = self.records.load(account.id).await?;
        Ok(self.notifier.supports(Channel::Sms)
            && stored.is_some_and(|stored| stored.record.mobile.is_some()))
    }
}
