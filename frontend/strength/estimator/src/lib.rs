//! The password strength estimate. Browser and server call the same function, so that both get the same score. A
//! warning is a message key; its text is in `app::i18n`.
//!
//! A package separate from the worker, because a library that is also a `cdylib` silently loses fat LTO.

mod predictable;
mod words;

use zxcvbn::feedback::Warning;

/// The number of characters that zxcvbn receives. It takes a second on 100 l33t characters; the limit bounds its
/// running time and does not limit the password itself.
const MAX_ESTIMATED_CHARS: usize = 32;

/// The estimated strength of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// 0 (guessed at once) to 4 (very hard to guess).
    pub score: u8,
    /// The reason for a low score, as a message key; empty if there is none.
    pub warning: &'static str,
}

/// Estimates the strength of a password; `words` are the personal words and the words of the organisation, which are
/// guessed first.
///
/// zxcvbn has only English words, and rates any three of them with separators as strong. The password is therefore
/// estimated a second time with every word that Dutch users commonly choose reduced to one character, and the lower
/// score counts: «Herfst-2026-Boxmeer» is then three characters long.
pub fn estimate(password: &str, words: &[&str]) -> Estimate {
    let full = zxcvbn_estimate(password, words);
    let Some(reduced) = predictable::reduce(password, words) else { return full };
    let reduced = zxcvbn_estimate(&reduced, words);
    if reduced.score < full.score { Estimate { score: reduced.score, warning: "predictable" } } else { full }
}

fn zxcvbn_estimate(text: &str, words: &[&str]) -> Estimate {
    let sample = match text.char_indices().nth(MAX_ESTIMATED_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    };
    #[cfg(test)]
    tests::count(sample);
    let entropy = zxcvbn::zxcvbn(sample, words);
    let warning = entropy.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    Estimate { score: entropy.score().into(), warning: warning.map_or("", warning_key) }
}

/// The message key of a warning. Written out, because the messages refer to the keys and zxcvbn may rename its
/// variants.
const fn warning_key(warning: Warning) -> &'static str {
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

    use std::cell::RefCell;

    /// The default of `policy.min_score`.
    const MIN_SCORE: u8 = 3;

    thread_local! {
        /// The length of each text that zxcvbn received, in characters.
        static ESTIMATED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn count(sample: &str) {
        ESTIMATED.with_borrow_mut(|lengths| lengths.push(sample.chars().count()));
    }

    #[test]
    fn a13_work_of_an_estimate_does_not_grow_with_the_password() {
        // The hardest texts for zxcvbn: many l33t characters, repeated words, and text that is mostly removed.
        for unit in ["4@3$1!0", "wachtwoord", "aB3!", "\u{1f600}", "zomer2026"] {
            for length in [1_000, 4_000, 100_000] {
                let password: String = unit.chars().cycle().take(length).collect();
                ESTIMATED.take();
                estimate(&password, &["janssen"]);
                let lengths = ESTIMATED.take();
                assert!((1..=2).contains(&lengths.len()), "{unit}: {} estimates", lengths.len());
                assert!(lengths.iter().all(|length| *length <= MAX_ESTIMATED_CHARS), "{unit}: {lengths:?}");
            }
        }
    }

    #[test]
    fn a_common_password_scores_0_with_a_warning() {
        assert_eq!(estimate("password", &[]), Estimate { score: 0, warning: "top_10" });
    }

    #[test]
    fn a_few_unusual_words_score_4_without_a_warning() {
        assert_eq!(estimate("lantaarn-paars-egel-47", &[]), Estimate { score: 4, warning: "" });
    }

    #[test]
    fn personal_words_lower_the_score() {
        let (with, without) =
            (estimate("vermeulenvermeul", &["vermeulen"]), estimate("vermeulenvermeul", &[]));
        assert!(with.score < without.score, "{with:?} {without:?}");
    }

    #[test]
    fn common_dutch_choices_score_too_low_in_any_spelling() {
        for password in [
            "Wachtwoord-123",
            "W@chtw00rd2026!",
            "Zomer2026!!",
            "Zomervakantie2026!",
            "Welkom-Januari-26",
            "WELKOM_januari_2026",
            "Welkom@Boxmeer1",
            "Herfst-2026-Boxmeer",
            "Herfst-2026-Boxmeer!",
            "Lente.2027.Nijmegen",
            "Maandag-Dinsdag-12",
            "Geheim-Zuster-2026",
            "Qwerty-Azerty-2026!",
            "Qwertyuiop-2026",
            "1q2w3e4r-Zomer!",
            "Zorg-Zorg-Zorg-1",
            "Sophie-Daan-2019",
            "Verpleging-2026!",
            "IkHouVanJou-2026",
            "Feyenoord-1908!",
            "01-10-1984-Welkom",
            "Hallo123456789!",
            "Summer-2026-Welcome!",
        ] {
            let estimate = estimate(password, &[]);
            assert!(estimate.score < MIN_SCORE, "{password}: {estimate:?}");
        }
    }

    /// Passwords of twelve or more characters of three kinds, which Active Directory accepts. `pantein` is a word of the
    /// organisation.
    #[test]
    fn common_passwords_that_satisfy_active_directory_score_too_low() {
        for password in include_str!("common_passwords.txt").lines().filter(|line| !line.starts_with('#')) {
            let has = |is: fn(char) -> bool| usize::from(password.chars().any(is));
            let kinds = has(char::is_lowercase)
                + has(char::is_uppercase)
                + has(char::is_numeric)
                + has(|c| !c.is_alphanumeric());
            assert!(password.chars().count() >= 12 && kinds >= 3, "{password}: not such a password");
            let estimate = estimate(password, &["pantein"]);
            assert!(estimate.score < MIN_SCORE, "{password}: {estimate:?}");
        }
    }

    #[test]
    fn passphrases_pass_even_with_one_common_word() {
        for password in [
            "Fiets-Regen-42!",
            "lantaarn-paars-egel-47",
            "Molen-Wiek-Wind-8",
            "Zomer-Kanaal-87?paars",
            "Winter-Kanaal-88?groen",
            "Zomer-Kan-87?p",
            "Brug-Over-Water-7",
            "Dijk-Duin-Strand-3",
            "Haven-Boot-Zeil-9",
            "Sluis-Brug-Dijk-77!",
            "Fiets-Özdemir-Kanaal-7",
            "Post-Zegel-Demo-19",
            "Spaties-Rondom-12",
            "Ster-*)(*-Haak-12",
            "Vlieger-Kastanje-7-Tuba",
            "Een-Ander-Wachtwoord-9",
            "Tuba-Kast-7-Ei",
            "meisje danst gevangen kantoor",
            "welkom in het donkere bos van paars",
            "kanariepiet zwemt achteruit",
            "漢字とかな-Regen-7",
        ] {
            let estimate = estimate(password, &[]);
            assert!(estimate.score >= MIN_SCORE, "{password}: {estimate:?}");
        }
    }

    #[test]
    fn a_predictable_password_has_a_warning() {
        assert_eq!(estimate("Herfst-2026-Boxmeer", &[]).warning, "predictable");
    }

    #[test]
    fn text_after_many_predictable_words_still_counts() {
        let words = "Welkom-Januari-Zuster-Boxmeer-Herfst-";
        assert!(estimate(words, &[]).score < MIN_SCORE);
        assert!(estimate(&format!("{words}lantaarn-paars-egel"), &[]).score >= MIN_SCORE);
    }

    #[test]
    fn any_text_is_estimated() {
        let long = "Pässw€rd!1".repeat(1000);
        for text in ["", " ", "-", "\u{301}", "😀😀😀😀", "\u{0}", "2026", "20262026", long.as_str()]
        {
            assert!(estimate(text, &["", "pantein"]).score <= 4, "{text}");
        }
    }
}
