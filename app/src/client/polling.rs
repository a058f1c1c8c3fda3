//! Polls a value of the session that another device changes, such as whether the app is active.

use super::{Flow, browser};
use crate::api::refusal::Refusal;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The interval between two polls, in milliseconds.
pub(crate) const POLL_INTERVAL_MS: f64 = 5_000.0;

/// Sends the query if it is time, no request is in progress and the page is visible. `next_at` is when the next poll may
/// start, in milliseconds since 1970 by the device's clock; `interval` follows it, in milliseconds. Does not use `requests`, so that the page stays usable
/// meanwhile.
pub(crate) fn poll_when_due<F: Flow, Q>(
    flow: F,
    (next_at, interval): (StoredValue<f64>, f64),
    now: f64,
    query: impl FnOnce() -> Q,
) where
    Q: Future<Output = Result<F::Response, Refusal>> + 'static,
{
    let page = flow.page();
    if page.busy.get_untracked() || now < next_at.get_value() || !browser::is_visible() {
        return;
    }
    next_at.set_value(f64::INFINITY);
    let latest = page.latest_request.get_value();
    let query = query();
    spawn_local(async move {
        let result = query.await;
        // There was a newer request or query meanwhile: this response is outdated.
        let is_outdated = page.busy.get_untracked() || !page.is_latest(latest);
        let mut delay = interval;
        if !is_outdated {
            match result {
                Ok(response) => flow.on_session_state(response),
                Err(refusal @ Refusal::StartAgain) => flow.on_refusal(refusal),
                Err(Refusal::TooMany { retry_after } | Refusal::Unavailable { retry_after, .. }) => {
                    delay = browser::seconds_after(0.0, retry_after);
                }
                // The next poll repeats the query.
                Err(_) => {}
            }
        }
        next_at.set_value(browser::now() + delay);
    });
}
