//! Entries about something that has happened while the audit log could not be written, e.g. because its disk was full.

use crate::ports::audit::{Audit, AuditEntry};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tracing::{info, warn};

/// Entries that wait. More are lost, so that an outage of days does not fill the memory.
const MAX_WAITING: usize = 10_000;
/// Time between two attempts.
const INTERVAL: Duration = Duration::from_secs(1);

static PLACES: Semaphore = Semaphore::const_new(MAX_WAITING);

/// Writes an entry. If that fails, it is repeated until it succeeds or the process ends; the entry keeps its time.
pub(super) async fn record(audit: &Arc<dyn Audit>, entry: AuditEntry) {
    let Err(error) = audit.record(entry.clone()).await else { return };
    let (reference, error) = (&entry.reference, &error as &dyn Error);
    let Ok(place) = PLACES.try_acquire() else {
        warn!(reference, error, "audit log unavailable: entry not written");
        return;
    };
    warn!(reference, error, "audit log unavailable: entry written later");
    let audit = Arc::clone(audit);
    tokio::spawn(async move {
        let _place = place;
        loop {
            tokio::time::sleep(INTERVAL).await;
            if audit.record(entry.clone()).await.is_ok() {
                info!(reference = entry.reference, "late entry written to the audit log");
                return;
            }
        }
    });
}
