//! When employees arrive: independently of each other and of the answers (open loop), at an average rate.

use std::time::Duration;

/// Random arrivals.
#[derive(Debug, Clone, Copy)]
pub struct Arrivals {
    /// Arrivals per second, on average.
    pub rate: f64,
    /// The same seed gives the same arrivals.
    pub seed: u64,
}

impl Arrivals {
    /// The times of the arrivals since the start, without end: exponentially distributed distances.
    pub fn times(self) -> impl Iterator<Item = Duration> {
        let mut state = self.seed;
        let mut at = 0.0;
        std::iter::repeat_with(move || {
            let random = unit(&mut state);
            at += -(1.0 - random).ln() / self.rate;
            Duration::from_secs_f64(at)
        })
    }
}

/// A number from 0 to 1 (exclusive), by `SplitMix64`.
fn unit(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    // 32 bits are exact in a floating-point number.
    f64::from(u32::try_from(mixed >> 32).unwrap_or_default()) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_arrivals_at_the_wanted_rate() {
        let arrivals = Arrivals { rate: 50.0, seed: 7 };
        let times: Vec<_> = arrivals.times().take(5000).collect();
        assert_eq!(times, arrivals.times().take(5000).collect::<Vec<_>>());
        assert!(times.is_sorted());
        let last = times.last().unwrap().as_secs_f64();
        assert!((95.0..105.0).contains(&last), "{last}");
        assert_ne!(times, Arrivals { rate: 50.0, seed: 8 }.times().take(5000).collect::<Vec<_>>());
    }
}
