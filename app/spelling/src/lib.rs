//! Recognises a word in every spelling: in capitals, with accents, with digits and signs in place of letters. The
//! password policy and the strength estimator share it.

/// Returns the character in lower case if that is a single character, otherwise the character itself.
/// [`str::to_lowercase`] does not suit: it maps some characters to two, and a sigma depending on its position.
pub fn lower(c: char) -> char {
    let mut lowered = c.to_lowercase();
    match (lowered.next(), lowered.next()) {
        // The final sigma occurs at the end of a word only; a directory treats both forms as the same letter.
        (Some('ς'), None) => 'σ',
        (Some(one), None) => one,
        _ => c,
    }
}

/// Whether two characters are equal, ignoring case.
pub fn equals_ignore_case(typed: char, letter: char) -> bool {
    lower(typed) == lower(letter)
}

/// Whether a typed character matches a letter: in any case, with any accent, or as the digit or sign that resembles it.
pub fn matches_letter(typed: char, letter: char) -> bool {
    let (typed, letter) = (strip_accent(lower(typed)), strip_accent(lower(letter)));
    typed == letter || looks_like(typed).chars().any(|like| like == letter)
}

/// Whether the text contains the word, comparing characters with `same`. Does not copy the text, which may be a
/// password.
pub fn contains_word(text: &str, word: &str, same: fn(char, char) -> bool) -> bool {
    text.char_indices()
        .any(|(at, _)| text.get(at..).is_some_and(|rest| match_prefix(rest.chars(), word, same).is_some()))
}

/// Returns the number of characters of the text that the word matches at its start, comparing characters with `same`;
/// `None` if the text does not start with the word.
pub fn match_prefix(
    text: impl Iterator<Item = char>,
    word: &str,
    same: fn(char, char) -> bool,
) -> Option<usize> {
    let mut letters = word.chars();
    let mut expected = letters.next()?;
    for (index, typed) in text.enumerate() {
        if is_accent(typed) && index > 0 && !same(typed, expected) {
            continue;
        }
        if !same(typed, expected) {
            return None;
        }
        match letters.next() {
            Some(next) => expected = next,
            None => return Some(index + 1),
        }
    }
    None
}

/// Whether this is a combining accent, which follows its letter as a separate character.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The letters that a digit or a sign can replace.
const fn looks_like(c: char) -> &'static str {
    match c {
        '0' => "o",
        '1' | '!' | '|' => "il",
        '3' | '€' => "e",
        '4' | '@' => "a",
        '5' | '$' => "s",
        '7' => "t",
        _ => "",
    }
}

/// Removes the accent of a Latin letter (Latin-1 and Latin Extended-A).
const fn strip_accent(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ĥ' | 'ħ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ţ' | 'ť' | 'ŧ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_is_found_in_any_case_with_accents_digits_and_signs() {
        for text in [
            "pantein",
            "x-PANTEIN-7",
            "P@nte1n",
            "p4n73!N",
            "pantĕin",
            "pante\u{301}in",
            "PÀÑTÉÏŃ",
            "pant€in",
        ] {
            assert!(contains_word(text, "Pantein", matches_letter), "{text}");
        }
        for text in ["", "pante", "pan-tein", "pantoin", "panteein", "\u{301}"] {
            assert!(!contains_word(text, "Pantein", matches_letter), "{text}");
        }
        assert!(
            contains_word("we1kom", "welkom", matches_letter)
                && contains_word("w1nter", "winter", matches_letter)
        );
    }

    #[test]
    fn comparison_that_ignores_case_distinguishes_accents_and_digits() {
        assert!(contains_word("x-GÜL-7", "gül", equals_ignore_case));
        assert!(contains_word("ΟΔΥΣΣΕΥΣ", "Οδυσσευς", equals_ignore_case));
        for text in ["gul", "gu\u{308}l", "g*l"] {
            assert!(!contains_word(text, "gül", equals_ignore_case), "{text}");
        }
    }

    #[test]
    fn empty_word_is_never_found() {
        assert!(!contains_word("pantein", "", matches_letter));
    }
}
