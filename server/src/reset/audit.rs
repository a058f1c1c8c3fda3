//! Writes audit entries with a pseudonym of the subject and the network of the client.

mod late;

use super::rate_limit::network;
use crate::crypto::Keyring;
use crate::ports::audit::{Audit, AuditEntry, Event};
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use app::api::refusal::Refusal;
use app::domain::username::Username;
use std::net::IpAddr;
use std::sync::Arc;

/// Subject and client of an audit entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditContext<'a> {
    pub(crate) subject: AuditSubject<'a>,
    pub(crate) address: IpAddr,
}

impl AuditContext<'static> {
    pub(crate) fn account(id: AccountId, address: IpAddr) -> Self {
        Self { subject: AuditSubject::Account(id), address }
    }
}

impl<'a> AuditContext<'a> {
    pub(crate) fn name(name: &'a Username, address: IpAddr) -> Self {
        Self { subject: AuditSubject::Name(name), address }
    }
}

/// An account, or the name that was typed where no account is known.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AuditSubject<'a> {
    Account(AccountId),
    Name(&'a Username),
}

/// Writes audit entries.
pub(crate) struct AuditRecorder {
    audit: Arc<dyn Audit>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
}

impl AuditRecorder {
    /// Writes to `audit`; subjects are digested with `keys`.
    pub(crate) fn new(audit: Arc<dyn Audit>, keys: Arc<Keyring>, clock: Arc<dyn Clock>) -> Self {
        Self { audit, keys, clock }
    }

    /// Writes an entry. The caller decides whether a failure stops the action.
    pub(crate) async fn record(
        &self,
        context: &AuditContext<'_>,
        reference: &str,
        event: Event,
    ) -> Result<(), StoreError> {
        self.audit.record(self.entry(context, reference, event)).await
    }

    /// Writes an entry about something that has already happened. After a failure, which is logged, it is written later.
    pub(crate) async fn record_after(&self, context: &AuditContext<'_>, reference: &str, event: Event) {
        late::record(&self.audit, self.entry(context, reference, event)).await;
    }

    /// Writes the reference of [`Refusal::Unavailable`], so that an operator finds it in the audit log too.
    pub(crate) async fn record_unavailable(&self, context: &AuditContext<'_>, refusal: &Refusal) {
        if let Refusal::Unavailable { reference, .. } = refusal {
            self.record_after(context, reference, Event::Unavailable).await;
        }
    }

    fn entry(&self, context: &AuditContext<'_>, reference: &str, event: Event) -> AuditEntry {
        AuditEntry {
            at: self.clock.now(),
            event,
            reference: reference.to_owned(),
            subject: self.pseudonym(context),
            network: network(context.address),
        }
    }

    fn pseudonym(&self, context: &AuditContext<'_>) -> String {
        match context.subject {
            AuditSubject::Account(id) => self.keys.account_pseudonym(id.0.as_bytes()),
            AuditSubject::Name(name) => self.keys.name_pseudonym(&name.folded()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{ManualClock, MemoryAudit};
    use jiff::{SignedDuration, Timestamp};
    use zeroize::Zeroizing;

    #[tokio::test]
    async fn entry_about_what_has_happened_is_written_after_an_outage_with_its_own_time() {
        let (audit, then) = (Arc::new(MemoryAudit::default()), Timestamp::constant(1_800_000_000, 0));
        let clock = Arc::new(ManualClock::at(then));
        let keys = Arc::new(Keyring::new(vec![Zeroizing::new([1; 32])]).unwrap());
        let recorder = AuditRecorder::new(Arc::clone(&audit) as _, keys, Arc::clone(&clock) as _);
        let context = AuditContext::account(AccountId(uuid::Uuid::nil()), IpAddr::from([127, 0, 0, 1]));
        audit.set_unavailable(true);
        recorder.record(&context, "AAAA-0001", Event::AboutToSet).await.unwrap_err();
        recorder.record_after(&context, "AAAA-0001", Event::PasswordSet).await;
        assert_eq!(audit.entries(), []);
        clock.advance(SignedDuration::from_mins(5));
        audit.set_unavailable(false);
        let written = async {
            while audit.entries().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        // Longer than the interval, also on a busy machine.
        tokio::time::timeout(std::time::Duration::from_mins(1), written).await.unwrap();
        let entries = audit.entries();
        let entries: Vec<_> = entries.iter().map(|entry| (&entry.event, entry.at)).collect();
        assert_eq!(entries, [(&Event::PasswordSet, then)]);
    }
}
