//! Takes out of a password what would be guessed first: the words of the list, the person's own, the organisation's,
//! and years. What the rest is worth is not decided here.

use crate::words::WORDS;
use spelling::{begins_with, stands_for};

/// A longer password is judged by its beginning. Far above what a directory takes.
const LOOKED_AT: usize = 256;
/// A shorter word only counts by itself: «mei» is a month, and the beginning of «meisje».
const ANYWHERE: usize = 5;

/// A part of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A word that would be guessed first, by its first character.
    Word(char),
    /// Any other character.
    Other(char),
}

/// The password with one character for each such word, and without the signs between them; `None` where there
/// is no such word in it.
pub(crate) fn taken_out(password: &str, own: &[&str]) -> Option<String> {
    let typed: Vec<char> = password.chars().take(LOOKED_AT).collect();
    let parts = parts(&typed, own);
    if !parts.iter().any(|part| matches!(part, Part::Word(_))) {
        return None;
    }
    let mut rest = String::new();
    for (at, part) in parts.iter().enumerate() {
        match *part {
            Part::Word(first) => rest.push(first),
            Part::Other(c) if c.is_alphanumeric() || !between_words(&parts, at) => rest.push(c),
            Part::Other(_) => {}
        }
    }
    Some(rest)
}

/// Whether a sign stands alone between two words: everybody puts one there.
fn between_words(parts: &[Part], at: usize) -> bool {
    let is_word =
        |at: Option<usize>| at.and_then(|at| parts.get(at)).is_some_and(|part| matches!(part, Part::Word(_)));
    is_word(at.checked_sub(1)) && is_word(at.checked_add(1))
}

fn parts(typed: &[char], own: &[&str]) -> Vec<Part> {
    let known = WORDS.iter().copied().flat_map(str::split_ascii_whitespace);
    let words: Vec<&str> = known.chain(own.iter().copied()).collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(&first) = typed.get(at) {
        let length = year(typed, at).or_else(|| longest_word(typed, at, &words));
        parts.push(if length.is_some() { Part::Word(first) } else { Part::Other(first) });
        at += length.unwrap_or(1);
    }
    parts
}

/// The length of the longest word that begins here.
fn longest_word(typed: &[char], at: usize, words: &[&str]) -> Option<usize> {
    let rest = typed.get(at..)?;
    let found = words.iter().filter_map(|word| {
        let length = begins_with(rest.iter().copied(), word, stands_for)?;
        (word.chars().count() >= ANYWHERE || is_by_itself(typed, at, at + length)).then_some(length)
    });
    found.max()
}

/// Whether no other letter is joined to these: a capital begins a word, as in `ZorgVoorJou`.
fn is_by_itself(typed: &[char], from: usize, to: usize) -> bool {
    let char_at = |at: Option<usize>| at.and_then(|at| typed.get(at)).copied();
    let (before, first) = (char_at(from.checked_sub(1)), char_at(Some(from)));
    let (last, after) = (char_at(to.checked_sub(1)), char_at(Some(to)));
    !joined(before, first) && !joined(last, after)
}

fn joined(left: Option<char>, right: Option<char>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => {
            left.is_alphabetic() && right.is_alphabetic() && !(left.is_lowercase() && right.is_uppercase())
        }
        _ => false,
    }
}

/// 1900 to 2099, not as a part of a longer number.
fn year(typed: &[char], at: usize) -> Option<usize> {
    let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
    let year: String = typed.get(at..at.checked_add(4)?)?.iter().collect();
    let is_year =
        (year.starts_with("19") || year.starts_with("20")) && year.chars().all(|c| c.is_ascii_digit());
    let before = at.checked_sub(1).and_then(|before| typed.get(before));
    (is_year && !digit(before) && !digit(typed.get(at + 4))).then_some(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_and_year_is_worth_one_character_and_the_sign_between_nothing() {
        for (password, rest) in [
            ("Herfst-2026-Boxmeer", "H2B"),
            ("H€rfst2026!!", "H2!!"),
            ("Zomer-Kanaal-87?paars", "Z-Kanaal-87?paars"),
            ("wachtwoord-123", "w1"),
            ("Zorg-Mei-Meisje-7", "ZM-Meisje-7"),
            ("xZuster", "xZ"),
            ("ZorgVoorMij", "ZVM"),
        ] {
            assert_eq!(taken_out(password, &[]).as_deref(), Some(rest), "{password}");
        }
        for password in ["", "Fiets-Regen-42!", "zorgeloosheid", "lantaarn-paars-egel-47", "12026", "20261"] {
            assert_eq!(taken_out(password, &[]), None, "{password}");
        }
    }

    #[test]
    fn the_persons_and_the_organisations_words_are_taken_out_too() {
        assert_eq!(taken_out("J@nssen-Regen-7", &["janssen"]).as_deref(), Some("J-Regen-7"));
    }

    #[test]
    fn the_list_is_in_small_plain_letters_and_names_nothing_twice() {
        let mut words: Vec<&str> = WORDS.iter().copied().flat_map(str::split_ascii_whitespace).collect();
        assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())));
        assert!(words.iter().all(|word| word.len() >= 3));
        words.sort_unstable();
        let twice: Vec<_> = words.windows(2).filter(|pair| pair.first() == pair.last()).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
