//! A22: the probability of guessing a code within a day, computed from the shipped settings.

use crate::wire::client::{HTTPS, settings};
use std::time::Duration;

/// The fewest digits that the service accepts as a code; docs/security.md recommends eight.
const FEWEST_DIGITS: u32 = 6;
/// Codes of a soft token that Entrust accepts at a time, with its usual clock drift; see docs/security.md, «Limits».
const VALID_CODES: u32 = 21;
/// The extra attempt of a known device; `a21_spent_budget_leaves_one_extra_attempt_to_a_known_device`.
const EXTRA_ATTEMPTS: u32 = 1;
const DAY: Duration = Duration::from_hours(24);

#[test]
fn a22_codes_guessed_in_a_day_are_right_with_a_probability_below_one_in_ten_thousand() {
    // The helper turns other limits off, so the section is the shipped one here.
    let limits = settings(HTTPS, "", "[limits]\n").limits;
    let budget = limits.account_failures;
    assert!(budget.max > 0 && budget.window >= DAY, "{budget:?}");
    let attempts = budget.max + EXTRA_ATTEMPTS;
    // attempts × valid codes ÷ 10^digits < 10^-4, in whole numbers.
    let favourable = u64::from(attempts) * u64::from(VALID_CODES);
    let possible = 10_u64.pow(FEWEST_DIGITS);
    assert!(favourable * 10_000 < possible, "{favourable} of {possible}");
    // NIST SP 800-63B: no more than 100 consecutive failures. Entrust locks the authenticator before that; the service
    // stops while that many attempts are left.
    assert!(limits.entrust_reserve >= 1, "{}", limits.entrust_reserve);
}
