//! When HR is asked, and how that went: the schedule, the log, the row of a check. Not what a round does.

use super::{CollectError, SyncResult, collect, store};
use crate::import::{self, Counts, ImportError};
use crate::ports::health_finding::Finding;
use crate::ports::hr::{HrSource, PART};
use crate::reset::ResetDeps;
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::{info, warn};

/// The first round comes when whoever started the service has seen it run.
const FIRST_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// After the first and the second failure in a row; then as after a success.
const AFTER_FAILURE: [SignedDuration; 2] = [SignedDuration::from_mins(10), SignedDuration::from_hours(1)];

/// Why a round did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// HR was not read.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// What it said was not stored.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// The HR source with its schedule.
pub struct HrSync {
    hr: Arc<dyn HrSource>,
    terms: import::ImportConfig,
    every: SignedDuration,
    last: Mutex<Last>,
}

/// How the rounds of this process went. It is forgotten at a restart, after which a round comes soon.
#[derive(Default)]
struct Last {
    success: Option<(Timestamp, Counts)>,
    /// In a row, and since when and why the last one.
    failures: usize,
    failure: Option<(Timestamp, String)>,
}

impl HrSync {
    /// Asks for everybody once in `every`.
    pub fn new(hr: Arc<dyn HrSource>, terms: import::ImportConfig, every: SignedDuration) -> Self {
        Self { hr, terms, every, last: Mutex::default() }
    }

    /// Asks now and then, for ever.
    pub async fn serve(&self, parts: &ResetDeps) {
        let mut wait = FIRST_AFTER.min(self.every);
        loop {
            parts.clock.wait_until(parts.clock.now() + wait).await;
            // What it came to is kept and logged.
            drop(self.round(parts, false).await);
            wait = self.wait();
        }
    }

    /// One round, now.
    pub async fn round(&self, parts: &ResetDeps, dry_run: bool) -> Result<SyncResult, RoundError> {
        let taken = self.take(parts, dry_run).await;
        let now = parts.clock.now();
        let mut last = self.last();
        match &taken {
            Ok(taken) => {
                let counts = taken.report.counts();
                let (people, silent) = (taken.people.len(), taken.silent);
                info!(people, silent, "HR gave {people} persons, {silent} without any value: {counts}");
                *last = Last { success: Some((now, counts)), ..Last::default() };
            }
            Err(error) => {
                let why = whole(error);
                last.failures += 1;
                let again = after(last.failures, self.every).as_secs();
                warn!(failures = last.failures, again, "HR's data were not taken over: {why}");
                last.failure = Some((now, why));
            }
        }
        taken
    }

    async fn take(&self, parts: &ResetDeps, dry_run: bool) -> Result<SyncResult, RoundError> {
        let people = collect(&*self.hr, &*parts.clock).await?;
        let with = import::ImportDeps {
            directory: &*parts.directory,
            records: &*parts.records,
            keys: &parts.keys,
            progress: &|_, _, _| {},
        };
        let terms = import::ImportConfig { dry_run, ..self.terms.clone() };
        Ok(store(people, &*parts.clock, &terms, &with).await?)
    }

    /// Until the next round.
    fn wait(&self) -> SignedDuration {
        after(self.last().failures, self.every)
    }

    /// Rows of a check: whether HR lets us, and how the last round went.
    pub async fn findings(&self) -> Vec<Finding> {
        let mut findings = self.hr.check().await;
        findings.extend(self.last_round());
        findings
    }

    fn last_round(&self) -> Option<Finding> {
        let last = self.last();
        let success = last.success.map(|(at, counts)| format!("{at:.0}: {counts}"));
        if let Some((at, why)) = &last.failure {
            let success = success.unwrap_or_else(|| "none since the start".to_owned());
            let detail = format!("{at:.0}: {why}; last success {success}");
            return Some(Finding::warning(PART, "last round", detail));
        }
        success.map(|success| Finding::good(PART, "last round", success))
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until the next round after so many failures in a row.
fn after(failures: usize, every: SignedDuration) -> SignedDuration {
    let sooner = failures.checked_sub(1).and_then(|place| AFTER_FAILURE.get(place));
    sooner.map_or(every, |sooner| (*sooner).min(every))
}

/// An error with its reasons, on one line.
fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_tried_again_sooner_at_first_and_never_later_than_usual() {
        let day = SignedDuration::from_hours(24);
        let minutes = |failures, every| after(failures, every).as_mins();
        assert_eq!([0, 1, 2, 3, 9].map(|failures| minutes(failures, day)), [1440, 10, 60, 1440, 1440]);
        let often = SignedDuration::from_mins(5);
        assert_eq!([0, 1, 2, 3].map(|failures| minutes(failures, often)), [5; 4]);
    }
}
