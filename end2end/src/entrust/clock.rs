//! The clock of the Entrust simulator and its phones: the machine's time plus an offset that a test sets.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub(super) type Millis = u64;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    offset: Duration,
}

impl Clock {
    pub(super) fn advance(&mut self, by: Duration) {
        self.offset += by;
    }

    #[expect(clippy::disallowed_methods, reason = "the clock of the Entrust simulator and its phones")]
    pub(super) fn now(&self) -> Millis {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + self.offset;
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }
}
