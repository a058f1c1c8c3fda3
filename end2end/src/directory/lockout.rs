//! When an account is locked out and which wrong passwords still count. Not the signing in.

use super::content;
use super::entry::{Dn, Entry};
use super::tree::Tree;

/// `msDS-User-Account-Control-Computed`: locked out now.
const LOCKOUT: i64 = 0x10;

/// When and for how long an account locks; durations in 100 ns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lockout {
    pub(super) threshold: i64,
    duration: i64,
    window: i64,
}

/// The lockout for one account: its fine-grained policy's, else the domain's.
pub(super) fn lockout(tree: &Tree, dn: &Dn) -> Lockout {
    let (from, [threshold, duration, window]) = match tree.resultant_pso(dn) {
        Some(pso) => {
            (Some(pso), ["msDS-LockoutThreshold", "msDS-LockoutDuration", "msDS-LockoutObservationWindow"])
        }
        None => (
            tree.get(&Dn::parse(content::BASE)),
            ["lockoutThreshold", "lockoutDuration", "lockOutObservationWindow"],
        ),
    };
    let number = |name| from.and_then(|from| from.number(name)).unwrap_or(0);
    Lockout { threshold: number(threshold), duration: -number(duration), window: -number(window) }
}

impl Lockout {
    pub(super) fn holds(self, entry: &Entry, now: i64) -> bool {
        let since = entry.number("lockoutTime").unwrap_or(0);
        since > 0 && now.saturating_sub(since) < self.duration
    }

    /// Wrong passwords that are not forgotten yet.
    pub(super) fn counting(self, entry: &Entry, now: i64) -> i64 {
        let last = entry.number("badPasswordTime").unwrap_or(0);
        if now.saturating_sub(last) > self.window { 0 } else { entry.number("badPwdCount").unwrap_or(0) }
    }
}

/// `msDS-User-Account-Control-Computed`.
pub(super) fn computed_control(tree: &Tree, entry: &Entry, now: i64) -> i64 {
    if lockout(tree, &entry.name()).holds(entry, now) { LOCKOUT } else { 0 }
}
