//! Schedule of the HR synchronization, with its log and its row in `check`.

use super::{CollectError, SyncResult, collect, store};
use crate::import::{self, Counts, ImportError};
use crate::operator_audit::OperatorAudit;
use crate::ports::health_finding::Finding;
use crate::ports::hr::{HrSource, PART};
use crate::reset::ServiceDeps;
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::{info, warn};

/// Delay of the first run after the start, so that an operator can watch it.
const INITIAL_DELAY: SignedDuration = SignedDuration::from_mins(5);
/// Delays after the first and the second consecutive failure; after further failures the normal interval applies.
const RETRY_DELAYS: [SignedDuration; 2] = [SignedDuration::from_mins(10), SignedDuration::from_hours(1)];

/// Why a synchronization failed.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// HR could not be read.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The entries could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// The HR source and its schedule.
pub struct HrSync {
    hr: Arc<dyn HrSource>,
    config: import::ImportConfig,
    interval: SignedDuration,
    last_sync: Mutex<LastSync>,
}

/// Results of this process. They are lost at a restart, after which a run follows soon.
#[derive(Default)]
struct LastSync {
    success: Option<(Timestamp, Counts)>,
    /// Consecutive failures; `failure` has time and reason of the last one.
    failures: usize,
    failure: Option<(Timestamp, String)>,
}

impl HrSync {
    /// Synchronizes once per `interval`.
    pub fn new(hr: Arc<dyn HrSource>, config: import::ImportConfig, interval: SignedDuration) -> Self {
        Self { hr, config, interval, last_sync: Mutex::default() }
    }

    /// Synchronizes on schedule; never returns.
    pub async fn serve(&self, deps: &ServiceDeps) {
        let mut next_wait = INITIAL_DELAY.min(self.interval);
        loop {
            deps.clock.wait_until(deps.clock.now() + next_wait).await;
            // The result is already remembered and logged.
            drop(self.round(deps, false).await);
            next_wait = self.next_wait();
        }
    }

    /// Synchronizes once, now.
    pub async fn round(&self, deps: &ServiceDeps, dry_run: bool) -> Result<SyncResult, SyncError> {
        let result = self.collect_and_store(deps, dry_run).await;
        if let Ok(result) = &result
            && !dry_run
        {
            let audit = OperatorAudit::of(deps);
            OperatorAudit::record_after(audit.record_import("hr", &result.report.counts())).await;
        }
        let now = deps.clock.now();
        let mut last_sync = self.last_sync();
        match &result {
            Ok(result) => {
                let counts = result.report.counts();
                let (people, without_values) = (result.people.len(), result.without_values);
                info!(
                    people,
                    silent = without_values,
                    "HR sync completed: {people} persons, {without_values} without any value: {counts}"
                );
                for warning in result.report.warnings() {
                    warn!("HR data to check: {warning}");
                }
                *last_sync = LastSync { success: Some((now, counts)), ..LastSync::default() };
            }
            Err(error) => {
                let reason = error_chain(error);
                last_sync.failures += 1;
                let again = delay_after(last_sync.failures, self.interval).as_secs();
                warn!(failures = last_sync.failures, again, "HR sync failed: {reason}");
                last_sync.failure = Some((now, reason));
            }
        }
        result
    }

    async fn collect_and_store(&self, deps: &ServiceDeps, dry_run: bool) -> Result<SyncResult, SyncError> {
        let people = collect(&*self.hr, &*deps.clock).await?;
        let import_deps = import::ImportDeps {
            directory: &*deps.directory,
            records: &*deps.records,
            keys: &deps.keys,
            progress: &|_, _, _| {},
        };
        let config = import::ImportConfig { dry_run, ..self.config.clone() };
        Ok(store(people, &*deps.clock, &config, &import_deps).await?)
    }

    /// Returns the delay until the next run.
    fn next_wait(&self) -> SignedDuration {
        delay_after(self.last_sync().failures, self.interval)
    }

    /// Rows for `check`: access to HR and the result of the last run.
    pub async fn findings(&self) -> Vec<Finding> {
        let mut findings = self.hr.check().await;
        findings.extend(self.last_round_finding());
        findings
    }

    fn last_round_finding(&self) -> Option<Finding> {
        let last_sync = self.last_sync();
        let success = last_sync.success.map(|(at, counts)| format!("{at:.0}: {counts}"));
        if let Some((at, reason)) = &last_sync.failure {
            let success = success.unwrap_or_else(|| "none since the start".to_owned());
            let detail = format!("{at:.0}: {reason}; last success {success}");
            return Some(Finding::warning(PART, "last round", detail));
        }
        success.map(|success| Finding::good(PART, "last round", success))
    }

    fn last_sync(&self) -> MutexGuard<'_, LastSync> {
        self.last_sync.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the delay until the next run after this many consecutive failures.
fn delay_after(failures: usize, interval: SignedDuration) -> SignedDuration {
    let retry_delay = failures.checked_sub(1).and_then(|index| RETRY_DELAYS.get(index));
    retry_delay.map_or(interval, |retry_delay| (*retry_delay).min(interval))
}

/// Formats an error with its causes on one line.
fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_is_retried_sooner_at_first_and_never_later_than_the_interval() {
        let day = SignedDuration::from_hours(24);
        let minutes = |failures, interval| delay_after(failures, interval).as_mins();
        assert_eq!([0, 1, 2, 3, 9].map(|failures| minutes(failures, day)), [1440, 10, 60, 1440, 1440]);
        let often = SignedDuration::from_mins(5);
        assert_eq!([0, 1, 2, 3].map(|failures| minutes(failures, often)), [5; 4]);
    }
}
