//! Port: the waiting resets of accounts of high impact, whose password step opens only some time after the first
//! verification.

use super::directory::AccountId;
use super::store::StoreError;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long the password step opens, from the end of the waiting time.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_hours(72);
/// How long a closed wait is kept; longer than any session, in which it may still be looked up.
pub const CLOSED_KEPT_FOR: SignedDuration = SignedDuration::from_hours(2);

/// A reset that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingReset {
    /// When the owner was verified first.
    pub requested: Timestamp,
    /// From when another verification opens the password step.
    pub opens: Timestamp,
    /// From when a verification starts another wait.
    pub closes: Timestamp,
}

/// Where a time lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitPhase {
    /// In the waiting time.
    Waiting,
    /// After it: a verification opens the password step.
    Open,
    /// Later: it has no effect any more.
    Closed,
}

impl WaitingReset {
    /// A wait that starts now. It ends on a whole minute, because screens and notices show no seconds.
    pub fn starting(now: Timestamp, wait: SignedDuration) -> Self {
        let seconds = now.as_second().saturating_add(wait.as_secs()).saturating_add(60);
        let opens =
            Timestamp::from_second(seconds.div_euclid(60).saturating_mul(60)).unwrap_or(Timestamp::MAX);
        Self { requested: now, opens, closes: opens.checked_add(OPEN_FOR).unwrap_or(Timestamp::MAX) }
    }

    /// The phase at a time.
    pub fn phase(&self, at: Timestamp) -> WaitPhase {
        if at < self.opens {
            WaitPhase::Waiting
        } else if at < self.closes {
            WaitPhase::Open
        } else {
            WaitPhase::Closed
        }
    }
}

/// The store of waiting resets, one per account at most. A freeze of an account deletes it, in the same transaction, and
/// so does the end of a freeze: see [`FrozenAccounts`](super::frozen_accounts::FrozenAccounts).
#[async_trait]
pub trait WaitingResets: Send + Sync {
    /// Returns the waiting reset of an account, also one that has closed and was not deleted yet.
    async fn find_wait(&self, account: AccountId) -> Result<Option<WaitingReset>, StoreError>;

    /// Stores a wait, unless the account has one that has not closed when the new one is requested. Returns the one that
    /// stands, and whether it is the new one.
    async fn start_wait(
        &self,
        account: AccountId,
        wait: &WaitingReset,
    ) -> Result<(WaitingReset, bool), StoreError>;

    /// Deletes the waiting reset of an account; returns whether there was one.
    async fn remove_wait(&self, account: AccountId) -> Result<bool, StoreError>;

    /// Deletes those that closed more than [`CLOSED_KEPT_FOR`] ago.
    async fn purge_waits(&self, now: Timestamp) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_ends_on_the_next_whole_minute_and_is_open_for_three_days() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let wait = WaitingReset::starting(time("2026-11-28T12:00:01Z"), SignedDuration::from_hours(24));
        assert_eq!(wait.opens, time("2026-11-29T12:01:00Z"));
        assert_eq!(wait.closes, time("2026-12-02T12:01:00Z"));
        for (at, phase) in [
            ("2026-11-28T12:00:01Z", WaitPhase::Waiting),
            ("2026-11-29T12:00:59Z", WaitPhase::Waiting),
            ("2026-11-29T12:01:00Z", WaitPhase::Open),
            ("2026-12-02T12:00:59Z", WaitPhase::Open),
            ("2026-12-02T12:01:00Z", WaitPhase::Closed),
        ] {
            assert_eq!(wait.phase(time(at)), phase, "{at}");
        }
    }
}
