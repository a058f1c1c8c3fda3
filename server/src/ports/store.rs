//! The store as a whole, and the error of all stores: sessions, rate limits, records, outbox and audit log.

use super::call_codes::CallCodes;
use super::collected_audit::CollectedAudit;
use super::devices::Devices;
use super::frozen_accounts::FrozenAccounts;
use super::nodes::Nodes;
use super::notifier::Outbox;
use super::rate_limits::RateLimits;
use super::records::Records;
use super::sessions::Sessions;
use super::start_codes::StartCodes;
use super::waiting_resets::WaitingResets;
use async_trait::async_trait;
use std::sync::Arc;

/// One store for everything that the service keeps besides the audit log.
#[async_trait]
pub trait Store:
    Sessions
    + RateLimits
    + Records
    + Outbox
    + Devices
    + FrozenAccounts
    + WaitingResets
    + CallCodes
    + StartCodes
    + Nodes
{
    /// Returns how many migrations the tables lack; 0 unless the store was opened without migrating them.
    async fn missing_migrations(&self) -> Result<usize, StoreError>;

    /// Finishes pending writes and closes the store.
    async fn close(&self);

    /// The audit log of all nodes, if several nodes can share this store.
    fn collected_audit(&self) -> Option<Arc<dyn CollectedAudit>> {
        None
    }
}

/// A store or an audit log could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{subject} could not {what}")]
pub struct StoreError {
    /// What failed, e.g. `the store`.
    pub subject: &'static str,
    /// The attempted operation, e.g. `load a session`.
    pub what: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl StoreError {
    /// Creates an error from the attempted operation and its cause.
    pub fn new(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { subject: "the store", what, source: source.into() }
    }

    /// The same for the audit log.
    pub fn of_audit(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { subject: "the audit trail", what, source: source.into() }
    }
}
