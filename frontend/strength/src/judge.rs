//! The judgement itself, the same natively. It knows nothing of workers and messages.
#![cfg_attr(
    not(any(test, target_arch = "wasm32")),
    expect(dead_code, reason = "natively there is no worker; only the tests call this")
)]

use zxcvbn::feedback::Warning;

/// What zxcvbn thinks of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// 0 (guessed at once) to 4.
    pub(crate) score: u8,
    /// Why, as a key; empty where zxcvbn gives no reason.
    pub(crate) warning: &'static str,
}

/// Judges a sample; `words` are the person's own and the organisation's, guessed first.
pub(crate) fn judge(sample: &str, words: &[&str]) -> Judgement {
    let entropy = zxcvbn::zxcvbn(sample, words);
    let warning = entropy.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    Judgement { score: entropy.score().into(), warning: warning.map_or("", key) }
}

/// The key of a warning. Written out, because the catalogue relies on the names and zxcvbn may rename.
const fn key(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "straight_row_of_keys",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "short_keyboard_pattern",
        Warning::RepeatsLikeAaaAreEasyToGuess => "repeated_character",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => "repeated_group",
        Warning::ThisIsATop10Password => "top_10",
        Warning::ThisIsATop100Password => "top_100",
        Warning::ThisIsACommonPassword => "common",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "similar_to_common",
        Warning::SequencesLikeAbcAreEasyToGuess => "sequence",
        Warning::RecentYearsAreEasyToGuess => "recent_year",
        Warning::AWordByItselfIsEasyToGuess => "single_word",
        Warning::DatesAreOftenEasyToGuess => "date",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "single_name",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "common_name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_password_is_worth_nothing_and_says_why() {
        assert_eq!(judge("password", &[]), Judgement { score: 0, warning: "top_10" });
    }

    #[test]
    fn a_few_odd_words_are_worth_everything_and_need_no_reason() {
        assert_eq!(judge("lantaarn-paars-egel-47", &[]), Judgement { score: 4, warning: "" });
    }

    #[test]
    fn a_persons_own_words_are_guessed_first() {
        let (own, strange) = (judge("vermeulenvermeul", &["vermeulen"]), judge("vermeulenvermeul", &[]));
        assert!(own.score < strange.score, "{own:?} {strange:?}");
    }
}
