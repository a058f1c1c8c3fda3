//! Reads and changes the record of an account by compare-and-swap, and queues the notices that a change has pending.

use crate::crypto::Keyring;
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId};
use crate::ports::notifier::{Notifier, Recipients};
use crate::ports::records::{Record, Records};
use crate::ports::sessions::Swap;
use crate::record_values;
use crate::reset::ServiceDeps;
use crate::reset::failure::store_unavailable;
use app::api::refusal::Refusal;
use jiff::Timestamp;
use std::sync::Arc;

/// Concurrent changes of one record are rare; more failures than this are a defect.
const MAX_SWAP_ATTEMPTS: u32 = 5;

/// The records of accounts.
#[derive(Clone)]
pub(crate) struct AccountRecords {
    store: Arc<dyn Records>,
    notifier: Arc<dyn Notifier>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
}

impl AccountRecords {
    pub(crate) fn new(deps: &ServiceDeps) -> Self {
        Self {
            store: Arc::clone(&deps.records),
            notifier: Arc::clone(&deps.notifier),
            keys: Arc::clone(&deps.keys),
            clock: Arc::clone(&deps.clock),
        }
    }

    /// Returns the record of the account, empty if it has none.
    pub(crate) async fn find(&self, account: AccountId) -> Result<Record, Refusal> {
        let stored = self.store.load(account).await;
        let stored = stored.map_err(|error| store_unavailable(&error))?;
        Ok(stored.map(|stored| stored.record).unwrap_or_default())
    }

    /// Changes a record by compare-and-swap. Returns the previous record and the result of the change.
    pub(crate) async fn change<T>(
        &self,
        account: AccountId,
        change: impl Fn(&mut Record, Timestamp) -> Result<T, Refusal>,
    ) -> Result<(Record, T), Refusal> {
        let records = &self.store;
        for _ in 0..MAX_SWAP_ATTEMPTS {
            let stored = records.load(account).await.map_err(|error| store_unavailable(&error))?;
            let (previous, revision) = match stored {
                Some(stored) => (stored.record, Some(stored.revision)),
                None => (Record::default(), None),
            };
            let mut record = previous.clone();
            let result = change(&mut record, self.clock.now())?;
            let swap = records.store(account, &record, revision).await;
            match swap.map_err(|error| store_unavailable(&error))? {
                Swap::Won(_) => return Ok((previous, result)),
                Swap::Lost => {}
            }
        }
        Err(Refusal::InProgress)
    }

    /// Changes a record that exists, and stores it if it differs. Returns the new record and the result of the change;
    /// `None` if the account has no record, for example because it was removed meanwhile.
    pub(crate) async fn change_existing<T>(
        &self,
        account: AccountId,
        change: impl Fn(&mut Record, Timestamp) -> T,
    ) -> Result<Option<(Record, T)>, Refusal> {
        let records = &self.store;
        for _ in 0..MAX_SWAP_ATTEMPTS {
            let stored = records.load(account).await.map_err(|error| store_unavailable(&error))?;
            let Some(stored) = stored else { return Ok(None) };
            let mut record = stored.record.clone();
            let result = change(&mut record, self.clock.now());
            if record == stored.record {
                return Ok(Some((record, result)));
            }
            let swap = records.store(account, &record, Some(stored.revision)).await;
            match swap.map_err(|error| store_unavailable(&error))? {
                Swap::Won(_) => return Ok(Some((record, result))),
                Swap::Lost => {}
            }
        }
        Err(Refusal::InProgress)
    }

    /// Queues the pending notices of the record. A notice that cannot be queued remains pending until the next run. A
    /// crash before the record is updated can send a notice twice, but none is lost.
    pub(crate) async fn send_pending_notices(&self, account: &Account) -> Result<(), Refusal> {
        let record = self.find(account.id).await?;
        for notice in &record.pending_notices {
            let to = self.recipients(account, &record);
            if !self.notifier.notify(account.id, *notice, &to, self.clock.now()).await {
                return Ok(());
            }
            let removed = self.change(account.id, |record, _| {
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
