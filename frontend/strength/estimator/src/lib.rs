//! How guessable a password is: the same function in browser and server, or the two would disagree about one.
//! It has no words for people: the warning is a key, and what it says stands in the catalogue of `app`.
//!
//! A package of its own beside the worker: a library that is a `cdylib` too silently loses fat LTO.

mod predictable;
mod words;

use zxcvbn::feedback::Warning;

/// zxcvbn takes a second on 100 l33t characters; the cap bounds its work and never touches the password itself.
const ESTIMATED: usize = 32;

/// The estimated strength of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// 0 (guessed at once) to 4.
    pub score: u8,
    /// Why, as a key; empty where there is no reason to give.
    pub warning: &'static str,
}

/// Estimates the strength of a password; `words` are the person's own and the organisation's, guessed first.
///
/// zxcvbn knows English words, and takes three of them with signs between for safe whatever they are. So what is
/// left is judged as well once every word that the Dutch would think of first is worth no more than one character:
/// «Herfst-2026-Boxmeer» then is three characters long.
pub fn estimate(password: &str, words: &[&str]) -> Estimate {
    let whole = zxcvbn_estimate(password, words);
    let Some(rest) = predictable::taken_out(password, words) else { return whole };
    let rest = zxcvbn_estimate(&rest, words);
    if rest.score < whole.score { Estimate { score: rest.score, warning: "predictable" } } else { whole }
}

fn zxcvbn_estimate(text: &str, words: &[&str]) -> Estimate {
    let sample = match text.char_indices().nth(ESTIMATED) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    };
    let entropy = zxcvbn::zxcvbn(sample, words);
    let warning = entropy.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    Estimate { score: entropy.score().into(), warning: warning.map_or("", key) }
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

    /// What will do, unless the settings say otherwise.
    const ENOUGH: u8 = 3;

    #[test]
    fn a_common_password_is_worth_nothing_and_says_why() {
        assert_eq!(estimate("password", &[]), Estimate { score: 0, warning: "top_10" });
    }

    #[test]
    fn a_few_odd_words_are_worth_everything_and_need_no_reason() {
        assert_eq!(estimate("lantaarn-paars-egel-47", &[]), Estimate { score: 4, warning: "" });
    }

    #[test]
    fn a_persons_own_words_are_guessed_first() {
        let (own, strange) =
            (estimate("vermeulenvermeul", &["vermeulen"]), estimate("vermeulenvermeul", &[]));
        assert!(own.score < strange.score, "{own:?} {strange:?}");
    }

    #[test]
    fn what_the_dutch_choose_first_is_too_guessable_however_it_is_dressed() {
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
            assert!(estimate.score < ENOUGH, "{password}: {estimate:?}");
        }
    }

    #[test]
    fn honest_passphrases_pass_also_with_one_such_word_in_them() {
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
            assert!(estimate.score >= ENOUGH, "{password}: {estimate:?}");
        }
    }

    #[test]
    fn a_predictable_password_says_why() {
        assert_eq!(estimate("Herfst-2026-Boxmeer", &[]).warning, "predictable");
    }

    #[test]
    fn what_comes_after_many_predictable_words_still_counts() {
        let words = "Welkom-Januari-Zuster-Boxmeer-Herfst-";
        assert!(estimate(words, &[]).score < ENOUGH);
        assert!(estimate(&format!("{words}lantaarn-paars-egel"), &[]).score >= ENOUGH);
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
