//! In-memory implementation of the audit log.

use super::OUTAGE;
use crate::ports::audit::{Audit, AuditEntry};
use crate::ports::health_finding::Finding;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use std::sync::{Mutex, PoisonError};

/// An in-memory audit log: its entries, and whether an outage is on.
#[derive(Debug, Default)]
pub struct MemoryAudit(Mutex<(Vec<AuditEntry>, bool)>);

impl MemoryAudit {
    /// Returns all entries so far.
    pub fn entries(&self) -> Vec<AuditEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Starts or ends an outage, during which no entry can be recorded.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = unavailable;
    }
}

#[async_trait]
impl Audit for MemoryAudit {
    async fn record(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.1 {
            return Err(StoreError::new("write the audit trail", OUTAGE));
        }
        state.0.push(entry);
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
        let is_unavailable = self.0.lock().unwrap_or_else(PoisonError::into_inner).1;
        vec![if is_unavailable {
            Finding::bad("audit trail", "memory", OUTAGE)
        } else {
            Finding::good("audit trail", "memory", "can be written")
        }]
    }
}
