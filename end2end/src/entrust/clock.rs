//! The time in Entrust and on its phones: the machine's, plus what a test moved it forward. Not the
//! product's clock, which has no such thing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub(super) type Millis = u64;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    ahead: Duration,
}

impl Clock {
    pub(super) fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }

    #[expect(clippy::disallowed_methods, reason = "the pretend Entrust and its phones have one clock: this")]
    pub(super) fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + self.ahead;
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}
