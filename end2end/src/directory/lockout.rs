//! The lockout policy: whether an account is locked out, and the number of wrong passwords that still count.

use super::content;
use super::entry::{Dn, Entry};
use super::tree::Tree;

/// The bit `UF_LOCKOUT` of `msDS-User-Account-Control-Computed`.
const UF_LOCKOUT: i64 = 0x10;

/// The lockout policy of one account; durations in 100 ns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lockout {
    pub(super) threshold: i64,
    duration: i64,
    window: i64,
}

/// The lockout policy of one account: from its fine-grained policy, else from the domain.
pub(super) fn lockout_policy(tree: &Tree, dn: &Dn) -> Lockout {
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
    pub(super) fn is_locked(self, entry: &Entry, now: i64) -> bool {
        let since = entry.number("lockoutTime").unwrap_or(0);
        since > 0 && now.saturating_sub(since) < self.duration
    }

    /// The number of wrong passwords within the observation window.
    pub(super) fn bad_password_count(self, entry: &Entry, now: i64) -> i64 {
        let last = entry.number("badPasswordTime").unwrap_or(0);
        if now.saturating_sub(last) > self.window { 0 } else { entry.number("badPwdCount").unwrap_or(0) }
    }
}

/// The value of `msDS-User-Account-Control-Computed`.
pub(super) fn computed_control(tree: &Tree, entry: &Entry, now: i64) -> i64 {
    if lockout_policy(tree, &entry.name()).is_locked(entry, now) { UF_LOCKOUT } else { 0 }
}
