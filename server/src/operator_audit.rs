//! Audit entries of commands and background tasks: instead of a client's network they name the command.

use crate::crypto::Keyring;
use crate::import::Counts;
use crate::ports::audit::{Audit, AuditEntry, Event};
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use crate::reset::ServiceDeps;
use crate::retention::Tally;
use std::error::Error;
use tracing::warn;

/// Where the entries of a command go.
#[derive(Clone, Copy)]
pub struct OperatorAudit<'a> {
    /// The audit log.
    pub audit: &'a dyn Audit,
    /// The keys of the pseudonyms.
    pub keys: &'a Keyring,
    /// The time of the entries.
    pub clock: &'a dyn Clock,
}

impl<'a> OperatorAudit<'a> {
    /// With the ports of the services.
    pub fn of(deps: &'a ServiceDeps) -> Self {
        Self { audit: &*deps.audit, keys: &deps.keys, clock: &*deps.clock }
    }

    /// Records what a command did, to one account or to many.
    pub async fn record(
        &self,
        command: &'static str,
        account: Option<AccountId>,
        event: Event,
    ) -> Result<(), StoreError> {
        let entry = AuditEntry {
            at: self.clock.now(),
            event,
            reference: String::new(),
            subject: account
                .map(|account| self.keys.account_pseudonym(account.0.as_bytes()))
                .unwrap_or_default(),
            network: command.to_owned(),
        };
        self.audit.record(entry).await
    }

    /// Records the result of an import.
    pub async fn record_import(&self, command: &'static str, counts: &Counts) -> Result<(), StoreError> {
        let Counts { first, same, replaced, proposed, superseded, refused } = *counts;
        let changed = first + replaced + proposed;
        let event = Event::Imported { changed, unchanged: same + superseded, refused };
        self.record(command, None, event).await
    }

    /// Records something that a background task has done; a failure is logged.
    pub(crate) async fn record_after(recorded: impl Future<Output = Result<(), StoreError>>) {
        if let Err(error) = recorded.await {
            warn!(error = &error as &dyn Error, "audit log unavailable: entry not written");
        }
    }

    /// Records the result of a retention run that changed something.
    pub async fn record_retention(&self, tally: &Tally) -> Result<(), StoreError> {
        let Tally { left, returned, removed, .. } = *tally;
        if (left, returned, removed) == (0, 0, 0) {
            return Ok(());
        }
        self.record("retention", None, Event::RetentionRun { left, returned, removed }).await
    }
}
