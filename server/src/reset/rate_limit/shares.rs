//! The shares of the global limit: a general one, and reserves that only own networks or known devices can use.

use crate::ports::rate_limits::Limit;

/// The shares. Together they are at most the global limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    /// For everyone: half.
    pub(super) general: Limit,
    /// A quarter; `None` if the global limit is too small to divide, or disabled.
    pub(super) own_networks: Option<Limit>,
    /// A quarter; `None` if the global limit is too small to divide, or disabled.
    pub(super) devices: Option<Limit>,
}

impl Shares {
    pub(super) fn of(global: Limit) -> Self {
        let quarter = Limit { max: global.max / 4, ..global };
        let reserve = (quarter.max > 0).then_some(quarter);
        // A maximum of 0 would disable the limit.
        let general = Limit { max: (global.max / 2).max(global.max.min(1)), ..global };
        Self { general, own_networks: reserve, devices: reserve }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn limit(max: u32) -> Limit {
        Limit { max, window: Duration::from_mins(10) }
    }

    #[test]
    fn shares_never_exceed_the_global_limit() {
        for max in (1..50).chain([3000, u32::MAX]) {
            let Shares { general, own_networks, devices } = Shares::of(limit(max));
            let reserves = [own_networks, devices].into_iter().flatten().map(|limit| u64::from(limit.max));
            assert!(u64::from(general.max) + reserves.sum::<u64>() <= u64::from(max), "{max}");
            assert!(general.max > 0, "{max}");
        }
        let shares = Shares::of(limit(3000));
        let quarter = Some(limit(750));
        assert_eq!(shares, Shares { general: limit(1500), own_networks: quarter, devices: quarter });
    }

    #[test]
    fn disabled_global_limit_has_no_shares() {
        let off = limit(0);
        assert_eq!(Shares::of(off), Shares { general: off, own_networks: None, devices: None });
    }
}
