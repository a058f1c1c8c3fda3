//! In how many ways one word can be typed: in capitals, with accents, with digits and signs for letters. The judge
//! and the strength estimate recognise words by it. It knows no word itself.

/// The same character in lower case, where that is one character. Not the string's own lower case: that makes
/// two characters of one here and there, and writes a Greek word's last letter by its place.
pub fn lower(c: char) -> char {
    let mut lowered = c.to_lowercase();
    match (lowered.next(), lowered.next()) {
        // The final sigma is written at the end of a word only; a directory takes both for the same letter.
        (Some('ς'), None) => 'σ',
        (Some(one), None) => one,
        _ => c,
    }
}

/// Whether two characters differ in nothing but case.
pub fn same_but_for_case(typed: char, letter: char) -> bool {
    lower(typed) == lower(letter)
}

/// Whether a typed character can stand for a letter: in any case, with any accent, or as the digit or sign that
/// looks like it.
pub fn stands_for(typed: char, letter: char) -> bool {
    let (typed, letter) = (plain(lower(typed)), plain(lower(letter)));
    typed == letter || looks_like(typed).chars().any(|like| like == letter)
}

/// Whether the word stands somewhere in the text, as `same` sees it. Nothing of the text is copied.
pub fn holds(text: &str, word: &str, same: fn(char, char) -> bool) -> bool {
    text.char_indices()
        .any(|(at, _)| text.get(at..).is_some_and(|rest| begins_with(rest.chars(), word, same).is_some()))
}

/// How many characters of the text the word takes that it begins with, as `same` sees it.
pub fn begins_with(
    text: impl Iterator<Item = char>,
    word: &str,
    same: fn(char, char) -> bool,
) -> Option<usize> {
    let mut letters = word.chars();
    let mut wanted = letters.next()?;
    for (before, typed) in text.enumerate() {
        if is_accent(typed) && before > 0 && !same(typed, wanted) {
            continue;
        }
        if !same(typed, wanted) {
            return None;
        }
        match letters.next() {
            Some(next) => wanted = next,
            None => return Some(before + 1),
        }
    }
    None
}

/// An accent typed as a character of its own, after its letter.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The letters that a digit or a sign is taken for.
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

/// A Latin letter without its accent: those of Latin-1 and Latin Extended-A.
const fn plain(c: char) -> char {
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
    fn a_word_is_found_in_any_case_with_accents_and_in_digits_and_signs() {
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
            assert!(holds(text, "Pantein", stands_for), "{text}");
        }
        for text in ["", "pante", "pan-tein", "pantoin", "panteein", "\u{301}"] {
            assert!(!holds(text, "Pantein", stands_for), "{text}");
        }
        assert!(holds("we1kom", "welkom", stands_for) && holds("w1nter", "winter", stands_for));
    }

    #[test]
    fn case_alone_leaves_accents_and_digits_as_they_are() {
        assert!(holds("x-GÜL-7", "gül", same_but_for_case));
        assert!(holds("ΟΔΥΣΣΕΥΣ", "Οδυσσευς", same_but_for_case));
        for text in ["gul", "gu\u{308}l", "g*l"] {
            assert!(!holds(text, "gül", same_but_for_case), "{text}");
        }
    }

    #[test]
    fn no_word_stands_nowhere() {
        assert!(!holds("pantein", "", stands_for));
    }
}
