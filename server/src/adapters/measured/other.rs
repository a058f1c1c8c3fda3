//! Audit log, list of breached passwords, HR source and transports of notices.

use super::meter::Meter;
use crate::ports::audit::{Audit, AuditEntry};
use crate::ports::breached_passwords::{BreachLookupError, BreachedPasswords};
use crate::ports::health_finding::Finding;
use crate::ports::hr::{Cursor, HrError, HrSource, Page};
use crate::ports::notifier::{Channel, Message, Transport, TransportError};
use crate::ports::store::StoreError;
use app::domain::password::Password;
use async_trait::async_trait;
use std::sync::Arc;

/// An audit log with measured writes. A running call is an entry that waits for the disk.
pub struct MeasuredAudit {
    inner: Arc<dyn Audit>,
    record: Meter,
}

impl MeasuredAudit {
    /// Measures the calls of `inner`.
    pub fn new(inner: Arc<dyn Audit>) -> Self {
        Self { inner, record: Meter::new("audit trail", "record") }
    }
}

#[async_trait]
impl Audit for MeasuredAudit {
    async fn record(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.record.measure(self.inner.record(entry)).await
    }

    async fn find(&self, reference: &str) -> Result<Vec<AuditEntry>, StoreError> {
        self.inner.find(reference).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}

/// A list of breached passwords with measured lookups.
pub struct MeasuredBreachedPasswords {
    inner: Arc<dyn BreachedPasswords>,
    lookup: Meter,
}

impl MeasuredBreachedPasswords {
    /// Measures the calls of `inner`.
    pub fn new(inner: Arc<dyn BreachedPasswords>) -> Self {
        Self { inner, lookup: Meter::new("breached passwords", "lookup") }
    }
}

#[async_trait]
impl BreachedPasswords for MeasuredBreachedPasswords {
    async fn contains(&self, password: &Password) -> Result<bool, BreachLookupError> {
        self.lookup.measure(self.inner.contains(password)).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}

/// An HR source with measured calls.
pub struct MeasuredHrSource {
    inner: Arc<dyn HrSource>,
    page: Meter,
}

impl MeasuredHrSource {
    /// Measures the calls of `inner`.
    pub fn new(inner: Arc<dyn HrSource>) -> Self {
        Self { inner, page: Meter::new("hr", "page") }
    }
}

#[async_trait]
impl HrSource for MeasuredHrSource {
    async fn page(&self, at: Option<&Cursor>) -> Result<Page, HrError> {
        self.page.measure(self.inner.page(at)).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}

/// A transport with measured calls.
pub struct MeasuredTransport {
    inner: Arc<dyn Transport>,
    send: Meter,
}

impl MeasuredTransport {
    /// Measures the calls of `inner`.
    pub fn new(inner: Arc<dyn Transport>) -> Self {
        let backend = match inner.channel() {
            Channel::Mail => "mail",
            Channel::Sms => "sms",
        };
        Self { inner, send: Meter::new(backend, "send") }
    }
}

/// A message that is refused for good was answered: the server works.
fn is_failure(result: &Result<(), TransportError>) -> bool {
    match result {
        Ok(()) | Err(TransportError::Permanent { .. }) => false,
        Err(TransportError::Unavailable { .. } | TransportError::Temporary { .. }) => true,
    }
}

#[async_trait]
impl Transport for MeasuredTransport {
    fn channel(&self) -> Channel {
        self.inner.channel()
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        self.send.measure_as(self.inner.send(message), is_failure).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}
