//! What is done now and then while the service serves: forgetting what expired, looking after activations that
//! nobody watches, removing the records of who left, asking HR; and how such work is started anew after a panic. Not
//! the sending of messages, which has its own rhythm.

use crate::enrollment::EnrollmentService;
use crate::hr_sync;
use crate::ports::notifier::Outbox;
use crate::reset::ResetDeps;
use crate::retention;
use jiff::SignedDuration;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, interval_at};
use tracing::{error, info, warn};

/// Between two rounds of forgetting what expired.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// Between two looks at activations that nobody watches: the owner of the account hears of them that soon.
const SETTLE_EVERY: Duration = Duration::from_mins(1);
/// Between two rounds over who left.
const RETAIN_EVERY: Duration = Duration::from_hours(24);
/// The first round over who left comes when whoever started the service has seen it run.
const RETAIN_AFTER: Duration = Duration::from_mins(30);

/// Works until it is aborted. HR is asked where there is a source of it. A record is kept for `keep` after its account left.
pub(crate) async fn run(
    parts: ResetDeps,
    registrar: Arc<EnrollmentService>,
    outbox: Arc<dyn Outbox>,
    hr: Option<Arc<hr_sync::HrSync>>,
    keep: SignedDuration,
) {
    let hr = async {
        if let Some(hr) = &hr {
            hr.serve(&parts).await;
        }
    };
    tokio::join!(purge(&parts), settle(&registrar), retain(&parts, &*outbox, keep), hr);
}

/// Between a panic and the new start: a cause that stays fills no log.
pub(crate) const REST: Duration = Duration::from_secs(10);

/// Works until `start`'s work is done or this is dropped, and starts it anew where it panicked. The service goes on
/// meanwhile: resets need none of this work, and all of it begins where the store says. Ending the service instead
/// would take resets away because of one bad message.
pub(crate) async fn watched<W>(task: &'static str, rest: Duration, start: impl Fn() -> W)
where
    W: Future<Output = ()> + Send + 'static,
{
    loop {
        // A set ends its task when it is dropped; a handle would leave it running.
        let mut work = JoinSet::new();
        work.spawn(start());
        match work.join_next().await {
            Some(Ok(())) | None => return,
            // Without what it panicked about: that may quote a message. The panic itself is on standard error.
            Some(Err(_)) => {
                metrics::counter!("tasks_panicked_total", "task" => task).increment(1);
                error!(task, again_in = ?rest, "a background task panicked and is started anew");
            }
        }
        tokio::time::sleep(rest).await;
    }
}

async fn purge(parts: &ResetDeps) {
    let mut rounds = interval(PURGE_EVERY);
    loop {
        rounds.tick().await;
        if let Err(error) = parts.visits.purge(parts.clock.now()).await {
            warn!(
                error = &error as &dyn Error,
                "what expired could not be forgotten; tried again in a minute"
            );
        }
    }
}

async fn settle(registrar: &EnrollmentService) {
    let mut rounds = interval(SETTLE_EVERY);
    for round in 0_u32.. {
        rounds.tick().await;
        registrar.settle_all(round.is_multiple_of(60)).await;
    }
}

async fn retain(parts: &ResetDeps, outbox: &dyn Outbox, keep: SignedDuration) {
    let mut rounds = interval_at(start(), RETAIN_EVERY);
    loop {
        rounds.tick().await;
        let with =
            retention::RetentionDeps { directory: &*parts.directory, records: &*parts.records, outbox };
        match retention::run(with, keep, parts.clock.now(), false).await {
            Ok(tally) => info!(?tally, "the records of who left were looked at"),
            Err(error) => {
                error!(error = &error as &dyn Error, "the records of who left stay; see `retention`");
            }
        }
    }
}

/// A timer of the runtime, not a time that anything depends on.
fn start() -> Instant {
    Instant::now() + RETAIN_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn work_that_panicked_is_started_anew_until_it_is_done() {
        let started = Arc::new(AtomicU32::new(0));
        let count = started.clone();
        watched("test", Duration::ZERO, move || {
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
    async fn work_ends_with_whoever_watches_it() {
        /// Tells that it was dropped.
        struct Told(Arc<Semaphore>);
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.add_permits(1);
            }
        }
        let (begun, ended) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let watching = tokio::spawn(watched("test", Duration::ZERO, {
            let (begun, ended) = (begun.clone(), ended.clone());
            move || {
                let (begun, told) = (begun.clone(), Told(ended.clone()));
                async move {
                    let _told = told;
                    begun.add_permits(1);
                    std::future::pending::<()>().await;
                }
            }
        }));
        begun.acquire().await.unwrap().forget();
        watching.abort();
        ended.acquire().await.unwrap().forget();
    }
}
