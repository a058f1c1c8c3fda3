//! One node of a store at a time runs the periodic work, and only while its clock agrees with that of the database.

use crate::ports::clock::Clock;
use crate::ports::nodes::{Leadership, Nodes};
use crate::ports::store::StoreError;
use jiff::SignedDuration;
use std::error::Error;
use std::time::Duration;
use tracing::{info, warn};

/// With a clock that is further off, retention would delete records too early, and HR and activations would be late.
const MAX_CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(1);

/// When a node tries and looks again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intervals {
    /// Between two attempts to become the node that runs the periodic work.
    pub(super) retry: Duration,
    /// Between two comparisons of the clocks while it does.
    pub(super) clock: Duration,
}

impl Default for Intervals {
    fn default() -> Self {
        Self { retry: Duration::from_secs(10), clock: Duration::from_secs(15) }
    }
}

/// The outcome of waiting for the periodic work.
enum Turn {
    /// This node runs it.
    Leads(Box<dyn Leadership>),
    /// Its clock is ahead of the database's by this much, or behind.
    ClockDiffers(SignedDuration),
}

/// Runs the work whenever this node leads, until the work completes. All of it may be interrupted: what it changes, it
/// changes by compare-and-swap.
pub(super) async fn while_leading<W: Future>(
    nodes: &(impl Nodes + ?Sized),
    clock: &dyn Clock,
    intervals: Intervals,
    work: impl Fn() -> W,
) {
    let mut is_clock_reported = false;
    loop {
        metrics::gauge!("periodic_work_leader").set(0.0);
        match turn(nodes, clock).await {
            Ok(Turn::Leads(mut leadership)) => {
                metrics::gauge!("periodic_work_leader").set(1.0);
                info!("this node runs the periodic work");
                is_clock_reported = false;
                tokio::select! {
                    () = leadership.lost() => {
                        warn!("this node no longer runs the periodic work: the connection to the store was lost");
                    }
                    () = clock_differs(nodes, clock, intervals.clock) => {}
                    _ = work() => return,
                }
                // Without a pause: the next turn finds out what is wrong.
                continue;
            }
            Ok(Turn::ClockDiffers(difference)) => {
                if !is_clock_reported {
                    warn!(
                        seconds = difference.as_secs(),
                        "this node leaves the periodic work to others: its clock differs from that of the database"
                    );
                    is_clock_reported = true;
                }
            }
            Err(error) => {
                warn!(error = &error as &dyn Error, "periodic work waits for the store");
            }
        }
        tokio::time::sleep(intervals.retry).await;
    }
}

async fn turn(nodes: &(impl Nodes + ?Sized), clock: &dyn Clock) -> Result<Turn, StoreError> {
    if let Some(difference) = clock_difference(nodes, clock).await? {
        return Ok(Turn::ClockDiffers(difference));
    }
    let leadership = nodes.lead().await?;
    // The wait may have taken days.
    Ok(match clock_difference(nodes, clock).await? {
        Some(difference) => Turn::ClockDiffers(difference),
        None => Turn::Leads(leadership),
    })
}

/// Returns when the clocks differ. An unavailable store is noticed elsewhere.
async fn clock_differs(nodes: &(impl Nodes + ?Sized), clock: &dyn Clock, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        if let Ok(Some(_)) = clock_difference(nodes, clock).await {
            return;
        }
    }
}

/// By how much the clock of this node is ahead of the store's; `None` if they agree or the store has none of its own.
async fn clock_difference(
    nodes: &(impl Nodes + ?Sized),
    clock: &dyn Clock,
) -> Result<Option<SignedDuration>, StoreError> {
    let Some(time) = nodes.store_time().await? else { return Ok(None) };
    let difference = clock.now().duration_since(time);
    Ok(Some(difference).filter(|difference| difference.abs() > MAX_CLOCK_DIFFERENCE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{ManualClock, MemoryStore};
    use jiff::Timestamp;
    use std::sync::Arc;
    use tokio::sync::watch;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    /// Work that only says whether it runs.
    async fn run(running: &watch::Sender<bool>) {
        struct Running<'a>(&'a watch::Sender<bool>);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                self.0.send_replace(false);
            }
        }
        running.send_replace(true);
        let _running = Running(running);
        std::future::pending::<()>().await;
    }

    #[tokio::test]
    async fn node_whose_clock_is_far_ahead_or_behind_leaves_the_periodic_work_to_others() {
        let store = Arc::new(MemoryStore::default());
        store.set_store_time(NOW);
        let clock = Arc::new(ManualClock::at(NOW + SignedDuration::from_secs(61)));
        let (running, mut is_running) = watch::channel(false);
        let node = tokio::spawn({
            let (store, clock) = (Arc::clone(&store), Arc::clone(&clock));
            async move {
                let intervals =
                    Intervals { retry: Duration::from_millis(1), clock: Duration::from_millis(1) };
                while_leading(&*store, &*clock, intervals, || run(&running)).await;
            }
        });
        // It holds nothing that another node waits for.
        drop(store.lead().await.unwrap());
        assert!(!*is_running.borrow());
        store.set_store_time(clock.now());
        is_running.wait_for(|running| *running).await.unwrap();
        // Its clock is set to another time while it leads.
        store.set_store_time(clock.now() + SignedDuration::from_secs(61));
        is_running.wait_for(|running| !*running).await.unwrap();
        drop(store.lead().await.unwrap());
        node.abort();
    }
}
