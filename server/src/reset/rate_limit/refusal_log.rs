//! Decides which refusals are logged: the first one per limit in an interval, with the number since the last entry.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Short enough to see an attack begin, long enough that it cannot fill the disk.
const LOG_INTERVAL: SignedDuration = SignedDuration::from_mins(1);

/// Per label of a limit: when a refusal was logged, and how many followed. There are only a few labels.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog(Mutex<HashMap<&'static str, (Timestamp, u64)>>);

impl RefusalLog {
    /// Notes a refusal. Returns how many to report, this one included, if it is to be logged.
    pub(crate) fn note(&self, limit: &'static str, now: Timestamp) -> Option<u64> {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match logged.get_mut(limit) {
            Some((at, since)) if now.duration_since(*at).abs() < LOG_INTERVAL => {
                *since += 1;
                None
            }
            Some((_, since)) => {
                let refused = *since + 1;
                logged.insert(limit, (now, 0));
                Some(refused)
            }
            None => {
                logged.insert(limit, (now, 0));
                Some(1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_per_minute_and_limit_counts_the_refusals_between() {
        let (log, now) = (RefusalLog::default(), Timestamp::constant(1_800_000_000, 0));
        assert_eq!(log.note("address", now), Some(1));
        assert_eq!(log.note("address", now), None);
        assert_eq!(log.note("global", now), Some(1));
        assert_eq!(log.note("address", now + SignedDuration::from_secs(59)), None);
        assert_eq!(log.note("address", now + SignedDuration::from_secs(60)), Some(3));
        assert_eq!(log.note("address", now + SignedDuration::from_secs(60)), None);
    }
}
