//! The difference between our clock and that of another system.

use jiff::Timestamp;

/// Other systems report whole seconds, and their answer takes time: smaller differences count as none.
const MIN_OFFSET_SECONDS: i64 = 2;

/// Reports how many seconds the clock of another system is ahead of ours, or behind (negative).
pub(crate) fn report(source: &'static str, there: Timestamp, here: Timestamp) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a difference of two timestamps is less than 2^52 seconds"
    )]
    metrics::gauge!("clock_offset_seconds", "source" => source).set(offset(there, here) as f64);
}

/// Rounded, so that it does not show when the last answer came: that would reveal which calls a request has caused.
fn offset(there: Timestamp, here: Timestamp) -> i64 {
    let difference = there.as_second() - here.as_second();
    if difference.abs() < MIN_OFFSET_SECONDS { 0 } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_below_two_seconds_count_as_none() {
        let here = Timestamp::constant(1_800_000_000, 500_000_000);
        for (there, expected) in [(0, 0), (1, 0), (-1, 0), (2, 2), (-2, -2), (3600, 3600)] {
            let there = Timestamp::constant(1_800_000_000, 0) + jiff::SignedDuration::from_secs(there);
            assert_eq!(offset(there, here), expected);
        }
    }
}
