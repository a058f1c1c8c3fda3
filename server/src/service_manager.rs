//! The protocol of the service manager (`sd_notify`): readiness, stop and watchdog. Without a service manager, which sets
//! `NOTIFY_SOCKET`, nothing happens.

use sd_notify::NotifyState;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tracing::warn;

/// Signs of life per watchdog timeout, so that one of them may be late.
const PER_TIMEOUT: u32 = 3;

/// Reports that the listeners accept connections.
pub(crate) fn ready(url: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(&format!("serving {url}"))]);
}

/// Reports that the shutdown has begun, so that the manager waits for the open requests.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("shutting down, open requests may finish")]);
}

/// Returns how often [`watchdog`] must report, if the service manager expects it from this process.
pub(crate) fn watchdog_interval() -> Option<Duration> {
    // An interval of zero panics in tokio.
    sd_notify::watchdog_enabled().map(|timeout| timeout / PER_TIMEOUT).filter(|interval| !interval.is_zero())
}

/// Reports a sign of life at each interval, if the store has answered. An answer that is an error counts: a restart does
/// not repair a full disk or a database that is down, and until it is back the pages explain the outage. A call that never
/// returns does not count: it is a defect of this process, which a restart ends. Only a database server can stall by
/// itself, so a call to one is given up after an interval.
pub(crate) async fn watchdog<Answer: Future<Output = ()> + Send>(
    interval: Duration,
    is_store_remote: bool,
    ask_store: impl Fn() -> Answer + Send,
) {
    let report = || notify(&[NotifyState::Watchdog]);
    if is_store_remote {
        let ask = async || drop(tokio::time::timeout(interval, ask_store()).await);
        watch(interval, ask, report).await;
    } else {
        watch(interval, ask_store, report).await;
    }
}

async fn watch<Answer: Future<Output = ()>>(
    interval: Duration,
    ask_store: impl Fn() -> Answer,
    report: impl Fn(),
) {
    let mut interval = tokio::time::interval(interval);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        ask_store().await;
        report();
    }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        warn!(error = %error, "service manager not notified");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::sync::Notify;

    const OFTEN: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn watchdog_reports_after_each_answer_of_the_store_and_not_while_it_hangs() {
        let (calls, reports, is_hanging) = (Cell::new(0), Cell::new(0), Notify::new());
        let ask_store = async || {
            calls.set(calls.get() + 1);
            if calls.get() == 3 {
                is_hanging.notify_one();
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = watch(OFTEN, ask_store, || reports.set(reports.get() + 1)) => {}
            () = is_hanging.notified() => {}
        }
        assert_eq!((calls.get(), reports.get()), (3, 2));
    }
}
