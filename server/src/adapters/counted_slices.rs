//! Rate limits that are counted in slices of their window: the arithmetic that both stores share.

use crate::ports::rate_limits::{Limit, RateLimitDecision};
use jiff::Timestamp;
use std::time::Duration;

/// Slices per rate limit window. The count also includes the current slice, so it covers at least the whole window
/// and never more than the limit falls into any window.
pub(super) const SLICES_PER_WINDOW: i64 = 10;

/// Returns the number of the slice that contains `now` and the length of a slice in milliseconds.
pub(super) fn slice(limit: Limit, now: Timestamp) -> (i64, i64) {
    let length = i64::try_from(limit.window.as_millis()).unwrap_or(i64::MAX / 2).max(SLICES_PER_WINDOW)
        / SLICES_PER_WINDOW;
    (now.as_millisecond().div_euclid(length), length)
}

/// When the events of a slice no longer count, in milliseconds since 1970.
pub(super) const fn end_of_slice(slice: i64, length: i64) -> i64 {
    (slice + SLICES_PER_WINDOW + 1).saturating_mul(length)
}

/// Decides on one more event under `limit`, of which these events were counted: the number of the slice and how many.
pub(super) fn decide_on_limit(
    limit: Limit,
    mut slices: Vec<(i64, i64)>,
    now: Timestamp,
) -> RateLimitDecision {
    let taken: i64 = slices.iter().map(|(_, taken)| taken).sum();
    let left = i64::from(limit.max) - taken - 1;
    if let Ok(left) = u32::try_from(left) {
        return RateLimitDecision::Granted { left };
    }
    // The limit allows an event again when enough of the oldest slices have left the window.
    slices.sort_unstable();
    let (mut freeing_slice, length) = slice(limit, now);
    let mut excess = -left;
    for (slice, taken) in slices {
        excess -= taken;
        freeing_slice = slice;
        if excess <= 0 {
            break;
        }
    }
    let wait_ms = end_of_slice(freeing_slice, length) - now.as_millisecond();
    let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
    RateLimitDecision::Exhausted { retry_after: wait + Duration::from_secs(1) }
}
