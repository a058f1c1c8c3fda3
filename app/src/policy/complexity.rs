//! Windows' complexity rule: how many of its five kinds of characters a password holds. The names that may not be in
//! one belong to the same rule of Windows; they are `Personal`'s.
//!
//! Source: «Password must meet complexity requirements», Microsoft Learn. Capitals and small letters are those of
//! European languages, with diacritic marks, Greek and Cyrillic; currency signs such as € and £ are no special
//! characters; other letters are those without case, e.g. of Asian languages.
//!
//! What a letter is where that text is silent differs from directory to directory: ß, ª or ǅ is a small letter to
//! one (it is called so) and a letter without case to another (nothing is its capital). A password passes only
//! with enough kinds under every reading.

/// A set of kinds.
type Kinds = u8;

const UPPER: Kinds = 1;
const LOWER: Kinds = 2;
const DIGIT: Kinds = 4;
const SPECIAL: Kinds = 8;
const OTHER: Kinds = 16;
const NONE: Kinds = 0;

/// Windows' special characters.
const SPECIALS: &str = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/";

/// The ways to read a letter of doubtful case: as its name says (one between the cases as a capital, or as a small
/// letter), or as one without.
const READINGS: usize = 3;

/// How many kinds occur under the reading that finds the fewest.
pub(super) fn kinds(text: &str) -> usize {
    let mut found = [NONE; READINGS];
    for c in text.chars() {
        for (found, kind) in found.iter_mut().zip(readings(c)) {
            *found |= kind;
        }
    }
    found.into_iter().map(|kinds| kinds.count_ones() as usize).min().unwrap_or_default()
}

/// The kind of a character under each reading.
fn readings(c: char) -> [Kinds; READINGS] {
    let certain = |kind| [kind; READINGS];
    match c {
        'A'..='Z' => certain(UPPER),
        'a'..='z' => certain(LOWER),
        '0'..='9' => certain(DIGIT),
        _ if c.is_ascii() => {
            certain(if SPECIALS.chars().any(|special| special == c) { SPECIAL } else { NONE })
        }
        // Windows reads UTF-16: half of such a character is no letter.
        '\u{10000}'.. => certain(NONE),
        _ if !c.is_alphabetic() => certain(NONE),
        _ if c.is_uppercase() && is_paired(c) => certain(UPPER),
        _ if c.is_lowercase() && is_paired(c) => certain(LOWER),
        _ if c.is_uppercase() => [UPPER, UPPER, OTHER],
        _ if c.is_lowercase() => [LOWER, LOWER, OTHER],
        // Between the cases: ǅ.
        _ if spelling::lower(c) != c => [UPPER, LOWER, OTHER],
        _ => certain(OTHER),
    }
}

/// Whether this is a European letter of which everybody agrees what its capital, or its small letter, is.
const fn is_paired(c: char) -> bool {
    let european = matches!(c, 'À'..='ž' | 'Ά'..='ώ' | 'Ѐ'..='џ');
    european && !matches!(c, 'ß' | 'ı' | 'İ' | 'ĸ' | 'ŉ' | 'ΐ' | 'ΰ' | 'ς')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_of_windows_five_kinds_are_needed() {
        for (password, kinds_in_it) in [
            ("", 0),
            ("aaa", 1),
            ("aA", 2),
            ("aA1", 3),
            ("aA1!", 4),
            ("aA1!漢", 5),
            ("a b", 1),
            ("É1", 2),
            ("éÉ1", 3),
            ("Ωω1", 3),
            ("Жж1", 3),
            ("漢ひ한א", 1),
        ] {
            assert_eq!(kinds(password), kinds_in_it, "{password}");
        }
    }

    #[test]
    fn every_special_character_of_the_list_is_one_and_no_other_sign_is() {
        assert!(SPECIALS.chars().all(|c| kinds(&c.to_string()) == 1));
        assert_eq!(SPECIALS.len(), 32, "all that ASCII has");
        for sign in "€£¥¤¢§°…–«»¡¿ \t\u{0}\u{7f}\u{a0}😀𝐀𠀀\u{301}²٣".chars() {
            assert_eq!(kinds(&sign.to_string()), 0, "{sign:?}");
        }
    }

    #[test]
    fn a_letter_of_doubtful_case_counts_only_where_that_makes_no_difference() {
        for (password, kinds_in_it) in
            [("A1ß", 3), ("a1ß", 2), ("漢1ß", 2), ("A1ª", 3), ("a1ª", 2), ("Aa1ǅ", 3), ("A1ǅ", 2), ("Ⴀ1", 2)]
        {
            assert_eq!(kinds(password), kinds_in_it, "{password}");
        }
    }
}
