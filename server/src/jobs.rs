//! Periodic background work: deletes expired data, completes abandoned activations, applies retention and
//! synchronizes with HR; and the supervisor that restarts work after a panic. Sending messages has its own loop in
//! `notifications`.

mod leading;

use crate::enrollment::EnrollmentService;
use crate::hr_sync;
use crate::operator_audit::OperatorAudit;
use crate::ports::store::{Store, StoreError};
use crate::reset::ServiceDeps;
use crate::retention;
use jiff::{SignedDuration, Timestamp};
use leading::{Intervals, while_leading};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, interval_at};
use tracing::{error, info, warn};

/// Interval for deleting expired data.
const PURGE_INTERVAL: Duration = Duration::from_mins(1);
/// Interval for completing activations whose page was left: the account owner is notified that soon.
const SETTLE_INTERVAL: Duration = Duration::from_mins(1);
/// Interval of retention runs.
const RETENTION_INTERVAL: Duration = Duration::from_hours(24);
/// Delay of the first retention run after the start, so that an operator can watch it.
const RETENTION_INITIAL_DELAY: Duration = Duration::from_mins(30);

/// Runs all periodic work while this node is the one that does so for its store. Synchronizes with HR if a source is
/// configured. Records are kept for `keep` after their account left.
pub(crate) async fn run(
    deps: ServiceDeps,
    enrollment: Arc<EnrollmentService>,
    store: Arc<dyn Store>,
    hr: Option<Arc<hr_sync::HrSync>>,
    keep: SignedDuration,
) {
    let work = async || {
        tokio::join!(
            purge(&deps, &*store),
            settle(&enrollment),
            retain(&deps, &*store, keep),
            serve_hr(hr.as_deref(), &deps)
        )
    };
    while_leading(&*store, &*deps.clock, Intervals::default(), work).await;
}

async fn serve_hr(hr: Option<&hr_sync::HrSync>, deps: &ServiceDeps) {
    if let Some(hr) = hr {
        hr.serve(deps).await;
    }
}

/// Delay between a panic and the restart, so that a persistent cause does not flood the log.
pub(crate) const RESTART_DELAY: Duration = Duration::from_secs(10);

/// Runs the work that `start` creates until it completes or this future is dropped, and restarts it after a panic.
/// The service continues meanwhile: resets do not need this work, and all its state is in the store. Ending the
/// service instead would let one bad message make resets unavailable.
pub(crate) async fn supervise<W>(task: &'static str, restart_delay: Duration, start: impl Fn() -> W)
where
    W: Future<Output = ()> + Send + 'static,
{
    loop {
        // A `JoinSet` aborts its task when dropped; a `JoinHandle` would leave it running.
        let mut work = JoinSet::new();
        work.spawn(start());
        match work.join_next().await {
            Some(Ok(())) | None => return,
            // The panic payload is not logged: it may quote a message. The panic message itself is on standard
            // error.
            Some(Err(_)) => {
                metrics::counter!("tasks_panicked_total", "task" => task).increment(1);
                error!(task, again_in = ?restart_delay, "background task panicked: restarting");
            }
        }
        tokio::time::sleep(restart_delay).await;
    }
}

async fn purge(deps: &ServiceDeps, store: &dyn Store) {
    let mut ticks = interval(PURGE_INTERVAL);
    loop {
        ticks.tick().await;
        let now = match purge_time(deps, store).await {
            Ok(now) => now,
            Err(error) => {
                warn!(error = &error as &dyn Error, "expired data not deleted: retrying in a minute");
                continue;
            }
        };
        if let Err(error) = deps.sessions.purge(now).await {
            warn!(error = &error as &dyn Error, "expired data not deleted: retrying in a minute");
        }
        if let Err(error) = deps.frozen.purge_links(now).await {
            warn!(error = &error as &dyn Error, "expired links not deleted: retrying in a minute");
        }
        if let Err(error) = deps.calls.purge_calls(now).await {
            warn!(error = &error as &dyn Error, "expired call codes not deleted: retrying in a minute");
        }
        if let Err(error) = deps.start_codes.purge_start_codes(now).await {
            warn!(error = &error as &dyn Error, "expired start codes not deleted: retrying in a minute");
        }
        if let Err(error) = deps.waits.purge_waits(now).await {
            warn!(error = &error as &dyn Error, "closed waits not deleted: retrying in a minute");
        }
        if let Err(error) = deps.devices.purge_devices(now).await {
            warn!(error = &error as &dyn Error, "expired devices not deleted: retrying in a minute");
        }
    }
}

/// The time by which data has expired. Sessions are of all nodes, so the clock that they share decides.
async fn purge_time(deps: &ServiceDeps, store: &dyn Store) -> Result<Timestamp, StoreError> {
    Ok(store.store_time().await?.unwrap_or_else(|| deps.clock.now()))
}

async fn settle(enrollment: &EnrollmentService) {
    let mut ticks = interval(SETTLE_INTERVAL);
    for round in 0_u32.. {
        ticks.tick().await;
        enrollment.settle_all(round.is_multiple_of(60)).await;
    }
}

async fn retain(deps: &ServiceDeps, store: &dyn Store, keep: SignedDuration) {
    let mut ticks = interval_at(first_retention(), RETENTION_INTERVAL);
    loop {
        ticks.tick().await;
        let retention_deps = retention::RetentionDeps { directory: &*deps.directory, store };
        match retention::run(retention_deps, keep, deps.clock.now(), false).await {
            Ok(tally) => {
                info!(?tally, "retention run completed");
                OperatorAudit::record_after(OperatorAudit::of(deps).record_retention(&tally)).await;
            }
            Err(error) => {
                error!(error = &error as &dyn Error, "retention run failed; see `retention`");
            }
        }
    }
}

/// A timer of the runtime (tokio's `Instant`); no decision depends on this time.
fn first_retention() -> Instant {
    Instant::now() + RETENTION_INITIAL_DELAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn panicked_work_is_restarted_until_it_completes() {
        let started = Arc::new(AtomicU32::new(0));
        let count = started.clone();
        supervise("test", Duration::ZERO, move || {
            let count = count.clone();
            async move {
                let earlier = count.fetch_add(1, Ordering::SeqCst);
                assert!(earlier >= 2, "as arranged");
            }
        })
        .await;
        assert_eq!(started.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn dropping_the_supervisor_ends_the_work() {
        /// Signals that it was dropped.
        struct DropSignal(Arc<Semaphore>);
        impl Drop for DropSignal {
            fn drop(&mut self) {
                self.0.add_permits(1);
            }
        }
        let (started_permits, ended) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let supervisor = tokio::spawn(supervise("test", Duration::ZERO, {
            let (started_permits, ended) = (started_permits.clone(), ended.clone());
            move || {
                let (started_permits, signal) = (started_permits.clone(), DropSignal(ended.clone()));
                async move {
                    let _signal = signal;
                    started_permits.add_permits(1);
                    std::future::pending::<()>().await;
                }
            }
        }));
        started_permits.acquire().await.unwrap().forget();
        supervisor.abort();
        ended.acquire().await.unwrap().forget();
    }
}
