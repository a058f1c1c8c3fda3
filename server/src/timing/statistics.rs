//! AUC of two samples: the probability that a random value of one is larger than a random value of the other, ties
//! counting half (the Mann–Whitney U statistic, normalized). 0.5 means that the samples cannot be distinguished.

/// 97.5 % quantile of the normal distribution: a two-sided interval of 95 %.
const QUANTILE: f64 = 1.96;

/// An AUC and its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auc {
    /// Between 0 and 1.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Auc {
    /// How well the samples can be distinguished, whichever is the larger: between 0.5 and 1.
    pub fn separation(&self) -> f64 {
        self.value.max(1.0 - self.value)
    }
}

/// Compares two samples; `None` if one is empty.
pub fn auc(one: &[u64], other: &[u64]) -> Option<Auc> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let mut all: Vec<(u64, bool)> =
        one.iter().map(|value| (*value, true)).chain(other.iter().map(|value| (*value, false))).collect();
    all.sort_unstable_by_key(|(value, _)| *value);
    // Twice the number of pairs in which `one` is larger, so that ties stay whole numbers.
    let (mut doubled, mut others_below) = (0_u64, 0_u64);
    for group in all.chunk_by(|left, right| left.0 == right.0) {
        let ones = group.iter().filter(|(_, is_one)| *is_one).count() as u64;
        let others = group.len() as u64 - ones;
        doubled += ones * (2 * others_below + others);
        others_below += others;
    }
    let (n, m) = (to_float(one.len() as u64), to_float(other.len() as u64));
    let value = to_float(doubled) / (2.0 * n * m);
    // Hanley and McNeil (1982).
    let (q1, q2) = (value / (2.0 - value), 2.0 * value * value / (1.0 + value));
    let square = value * value;
    let variance = (value * (1.0 - value) + (n - 1.0) * (q1 - square) + (m - 1.0) * (q2 - square)) / (n * m);
    let half = QUANTILE * variance.max(0.0).sqrt();
    Some(Auc { value, low: (value - half).max(0.0), high: (value + half).min(1.0) })
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 pairs of samples")]
fn to_float(number: u64) -> f64 {
    number as f64
}

/// The value below which this share (in percent) of a sorted sample lies; zero for an empty sample.
pub fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(one: &[u64], other: &[u64]) -> f64 {
        auc(one, other).unwrap().value
    }

    #[test]
    fn equal_samples_have_one_half_and_separate_ones_zero_or_one() {
        assert!((value(&[1, 2, 3], &[1, 2, 3]) - 0.5).abs() < 1e-12);
        assert!((value(&[7, 7, 7], &[7, 7]) - 0.5).abs() < 1e-12);
        assert!((value(&[4, 5], &[1, 2]) - 1.0).abs() < 1e-12);
        assert!(value(&[1, 2], &[4, 5]).abs() < 1e-12);
        // Of four pairs one is larger and one is equal.
        assert!((value(&[1, 3], &[2, 3]) - 0.375).abs() < 1e-12);
        assert_eq!(auc(&[], &[1]), None);
        let separate = auc(&[1, 2], &[4, 5]).unwrap();
        assert!((separate.separation() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn interval_narrows_with_the_number_of_samples() {
        let width = |count: u64| {
            let sample: Vec<u64> = (0..count).collect();
            let auc = auc(&sample, &sample).unwrap();
            assert!(auc.low < 0.5 && auc.high > 0.5);
            auc.high - auc.low
        };
        assert!(width(2000) < 0.04 && width(20) > 0.2);
    }
}
