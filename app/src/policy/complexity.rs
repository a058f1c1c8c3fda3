//! The number of character kinds in a password, for Windows' complexity rule. `Personal` covers the names that the same
//! rule excludes.
//!
//! Source: «Password must meet complexity requirements», Microsoft Learn. The kinds are: uppercase and lowercase
//! letters of European languages (with diacritic marks, Greek and Cyrillic), digits, special characters (without
//! currency signs such as € and £), and letters without case, e.g. of Asian languages.
//!
//! For some letters the source is ambiguous, and directories differ: one treats ß, ª or ǅ as lowercase (the Unicode
//! name says so), another as a letter without case (it has no single uppercase letter). A password passes only if it
//! has enough kinds under every interpretation.

/// A set of kinds, as bits.
type Kinds = u8;

const UPPER: Kinds = 1;
const LOWER: Kinds = 2;
const DIGIT: Kinds = 4;
const SPECIAL: Kinds = 8;
const OTHER: Kinds = 16;
const NONE: Kinds = 0;

/// Windows' special characters.
const SPECIALS: &str = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/";

/// The interpretations of a letter with ambiguous case: as its name says (a titlecase letter as uppercase, or as
/// lowercase), or as a letter without case.
const INTERPRETATIONS: usize = 3;

/// The number of kinds, under the interpretation that finds the fewest.
pub(super) fn kinds(text: &str) -> usize {
    let mut found = [NONE; INTERPRETATIONS];
    for c in text.chars() {
        for (found, kind) in found.iter_mut().zip(interpretations(c)) {
            *found |= kind;
        }
    }
    found.into_iter().map(|kinds| kinds.count_ones() as usize).min().unwrap_or_default()
}

/// The kind of a character under each interpretation.
fn interpretations(c: char) -> [Kinds; INTERPRETATIONS] {
    let unambiguous = |kind| [kind; INTERPRETATIONS];
    match c {
        'A'..='Z' => unambiguous(UPPER),
        'a'..='z' => unambiguous(LOWER),
        '0'..='9' => unambiguous(DIGIT),
        _ if c.is_ascii() => {
            unambiguous(if SPECIALS.chars().any(|special| special == c) { SPECIAL } else { NONE })
        }
        // Windows classifies UTF-16 units; half of such a character is not a letter.
        '\u{10000}'.. => unambiguous(NONE),
        _ if !c.is_alphabetic() => unambiguous(NONE),
        _ if c.is_uppercase() && is_paired(c) => unambiguous(UPPER),
        _ if c.is_lowercase() && is_paired(c) => unambiguous(LOWER),
        _ if c.is_uppercase() => [UPPER, UPPER, OTHER],
        _ if c.is_lowercase() => [LOWER, LOWER, OTHER],
        // Titlecase: ǅ.
        _ if spelling::lower(c) != c => [UPPER, LOWER, OTHER],
        _ => unambiguous(OTHER),
    }
}

/// Whether this is a European letter with an unambiguous counterpart in the other case.
const fn is_paired(c: char) -> bool {
    let european = matches!(c, 'À'..='ž' | 'Ά'..='ώ' | 'Ѐ'..='џ');
    european && !matches!(c, 'ß' | 'ı' | 'İ' | 'ĸ' | 'ŉ' | 'ΐ' | 'ΰ' | 'ς')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_kinds_are_counted() {
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
    fn only_the_listed_special_characters_are_special() {
        assert!(SPECIALS.chars().all(|c| kinds(&c.to_string()) == 1));
        assert_eq!(SPECIALS.len(), 32, "all that ASCII has");
        for sign in "€£¥¤¢§°…–«»¡¿ \t\u{0}\u{7f}\u{a0}😀𝐀𠀀\u{301}²٣".chars() {
            assert_eq!(kinds(&sign.to_string()), 0, "{sign:?}");
        }
    }

    #[test]
    fn letter_of_ambiguous_case_counts_only_if_unambiguous() {
        for (password, kinds_in_it) in
            [("A1ß", 3), ("a1ß", 2), ("漢1ß", 2), ("A1ª", 3), ("a1ª", 2), ("Aa1ǅ", 3), ("A1ǅ", 2), ("Ⴀ1", 2)]
        {
            assert_eq!(kinds(password), kinds_in_it, "{password}");
        }
    }
}
