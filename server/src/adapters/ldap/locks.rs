//! Locks: one per account for sign-ins, and a helper for mutexes.

use crate::ports::directory::AccountId;
use std::sync::{MutexGuard, PoisonError};
use tokio::sync::Mutex;

/// Number of locks; accounts that share one only wait for each other.
const LOCK_COUNT: usize = 64;

/// Serializes sign-ins per account: concurrent sign-ins would all read the counters before the first wrong password
/// counts, and together lock the account.
pub(super) struct KeyedLocks(Vec<Mutex<()>>);

impl KeyedLocks {
    pub(super) fn new() -> Self {
        Self((0..LOCK_COUNT).map(|_| Mutex::default()).collect())
    }

    pub(super) fn for_account(&self, id: AccountId) -> Option<&Mutex<()>> {
        self.0.iter().cycle().nth(usize::from(id.0.as_bytes().last().copied().unwrap_or(0)))
    }
}

/// Locks a mutex even if a thread panicked while holding it. No critical section of this adapter leaves its data
/// half-changed.
pub(super) fn lock<T>(mutex: &std::sync::Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
