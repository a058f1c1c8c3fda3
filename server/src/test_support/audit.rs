//! In-memory implementation of the audit log.

use super::OUTAGE;
use crate::ports::audit::{Audit, AuditEntry};
use crate::ports::health_finding::Finding;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
struct State {
    entries: Vec<AuditEntry>,
    is_unavailable: bool,
    /// Entries that are recorded before the outage begins.
    recorded_before_outage: Option<usize>,
}

/// An in-memory audit log.
#[derive(Debug, Default)]
pub struct MemoryAudit(Mutex<State>);

impl MemoryAudit {
    /// Returns all entries so far.
    pub fn entries(&self) -> Vec<AuditEntry> {
        self.state().entries.clone()
    }

    /// Starts or ends an outage, during which no entry can be recorded.
    pub fn set_unavailable(&self, unavailable: bool) {
        let mut state = self.state();
        state.is_unavailable = unavailable;
        state.recorded_before_outage = None;
    }

    /// An outage begins after this many further entries.
    pub fn fail_after(&self, recorded: usize) {
        self.state().recorded_before_outage = Some(recorded);
    }

    /// Returns whether no entry can be recorded, since one that [`MemoryAudit::fail_after`] names was refused.
    pub fn has_failed(&self) -> bool {
        self.state().is_unavailable
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Audit for MemoryAudit {
    async fn record(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let mut state = self.state();
        match state.recorded_before_outage {
            Some(0) => state.is_unavailable = true,
            Some(left) => state.recorded_before_outage = Some(left - 1),
            None => {}
        }
        if state.is_unavailable {
            return Err(StoreError::new("write the audit trail", OUTAGE));
        }
        state.entries.push(entry);
        Ok(())
    }

    async fn find(&self, reference: &str) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(self
            .entries()
            .into_iter()
            .filter(|entry| entry.reference.eq_ignore_ascii_case(reference))
            .collect())
    }

    async fn check(&self) -> Vec<Finding> {
        vec![if self.state().is_unavailable {
            Finding::bad("audit trail", "memory", OUTAGE)
        } else {
            Finding::good("audit trail", "memory", "can be written")
        }]
    }
}
