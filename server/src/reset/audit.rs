//! Writes audit entries with a pseudonym of the subject and the network of the client.

use super::rate_limit::network;
use crate::crypto::Keyring;
use crate::ports::audit::{Audit, AuditEntry, Event};
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use app::api::refusal::Refusal;
use app::domain::username::Username;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use tracing::warn;

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
        let entry = AuditEntry {
            at: self.clock.now(),
            event,
            reference: reference.to_owned(),
            subject: self.pseudonym(context),
            network: network(context.address),
        };
        self.audit.record(entry).await
    }

    /// Writes an entry about something that has already happened; a failure is logged.
    pub(crate) async fn record_after(&self, context: &AuditContext<'_>, reference: &str, event: Event) {
        if let Err(error) = self.record(context, reference, event).await {
            warn!(reference, error = &error as &dyn Error, "audit log unavailable: entry not written");
        }
    }

    /// Writes the reference of [`Refusal::Unavailable`], so that an operator finds it in the audit log too.
    pub(crate) async fn record_unavailable(&self, context: &AuditContext<'_>, refusal: &Refusal) {
        if let Refusal::Unavailable { reference, .. } = refusal {
            self.record_after(context, reference, Event::Unavailable).await;
        }
    }

    fn pseudonym(&self, context: &AuditContext<'_>) -> String {
        match context.subject {
            AuditSubject::Account(id) => self.keys.account_pseudonym(id.0.as_bytes()),
            AuditSubject::Name(name) => self.keys.name_pseudonym(&name.folded()),
        }
    }
}
