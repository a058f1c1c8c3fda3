//! Reduces the predictable parts of a password to one character each: listed words, personal words, words of the
//! organisation, years, and dates in eight digits.

use crate::words::WORDS;
use spelling::{match_prefix, matches_letter};

/// The number of characters that are examined. Far above the limit of any directory.
const MAX_EXAMINED_CHARS: usize = 256;
/// A shorter word counts only as a separate word: «mei» is a month, and the beginning of «meisje».
const MIN_SUBSTRING_CHARS: usize = 5;

/// A part of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A predictable word, represented by its first character.
    Word(char),
    /// Any other character.
    Other(char),
}

/// The password with one character for each predictable word and without the separators between two of them; `None` if
/// it contains no predictable word.
pub(crate) fn reduce(password: &str, context_words: &[&str]) -> Option<String> {
    let typed: Vec<char> = password.chars().take(MAX_EXAMINED_CHARS).collect();
    let parts = split(&typed, context_words);
    if !parts.iter().any(|part| matches!(part, Part::Word(_))) {
        return None;
    }
    let mut reduced = String::new();
    for (at, part) in parts.iter().enumerate() {
        match *part {
            Part::Word(first) => reduced.push(first),
            Part::Other(c) if c.is_alphanumeric() || !is_separator(&parts, at) => reduced.push(c),
            Part::Other(_) => {}
        }
    }
    Some(reduced)
}

/// Whether this is the only character between two words. A guesser tries such separators first.
fn is_separator(parts: &[Part], at: usize) -> bool {
    let is_word =
        |at: Option<usize>| at.and_then(|at| parts.get(at)).is_some_and(|part| matches!(part, Part::Word(_)));
    is_word(at.checked_sub(1)) && is_word(at.checked_add(1))
}

fn split(typed: &[char], context_words: &[&str]) -> Vec<Part> {
    let listed = WORDS.iter().copied().flat_map(str::split_ascii_whitespace);
    let words: Vec<&str> = listed.chain(context_words.iter().copied()).collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(&first) = typed.get(at) {
        let length = year(typed, at).or_else(|| date(typed, at)).or_else(|| longest_word(typed, at, &words));
        parts.push(if length.is_some() { Part::Word(first) } else { Part::Other(first) });
        at += length.unwrap_or(1);
    }
    parts
}

/// The length of the longest word that begins here.
fn longest_word(typed: &[char], at: usize, words: &[&str]) -> Option<usize> {
    let rest = typed.get(at..)?;
    let lengths = words.iter().filter_map(|word| {
        let length = match_prefix(rest.iter().copied(), word, matches_letter)?;
        let counts = word.chars().count() >= MIN_SUBSTRING_CHARS || is_separate_word(typed, at, at + length);
        counts.then_some(length)
    });
    lengths.max()
}

/// Whether no adjacent letter belongs to the same word. A capital begins a new word, as in `ZorgVoorJou`.
fn is_separate_word(typed: &[char], from: usize, to: usize) -> bool {
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

/// The length of a year that begins here: 1900 to 2099, and no part of a longer number.
fn year(typed: &[char], at: usize) -> Option<usize> {
    let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
    let year: String = typed.get(at..at.checked_add(4)?)?.iter().collect();
    let is_year =
        (year.starts_with("19") || year.starts_with("20")) && year.chars().all(|c| c.is_ascii_digit());
    let before = at.checked_sub(1).and_then(|before| typed.get(before));
    (is_year && !digit(before) && !digit(typed.get(at + 4))).then_some(4)
}

/// The length of a date in eight digits that begins here, such as 01102012 or 20121001, and no part of a longer number.
fn date(typed: &[char], at: usize) -> Option<usize> {
    let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
    let digits: String = typed.get(at..at.checked_add(8)?)?.iter().collect();
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let is_date = |year: Option<u32>, month: Option<u32>, day: Option<u32>| {
        year.is_some_and(|year| (1900..2100).contains(&year))
            && month.is_some_and(|month| (1..=12).contains(&month))
            && day.is_some_and(|day| (1..=31).contains(&day))
    };
    let is_date = is_date(number(4, 8), number(2, 4), number(0, 2))
        || is_date(number(0, 4), number(4, 6), number(6, 8));
    let before = at.checked_sub(1).and_then(|before| typed.get(before));
    (is_date && !digit(before) && !digit(typed.get(at + 8))).then_some(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_and_year_counts_as_one_character_and_a_separator_as_none() {
        for (password, reduced) in [
            ("Herfst-2026-Boxmeer", "H2B"),
            ("H€rfst2026!!", "H2!!"),
            ("Zomer-Kanaal-87?paars", "Z-Kanaal-87?paars"),
            ("wachtwoord-123", "w1"),
            ("Zorg-Mei-Meisje-7", "ZM-Meisje-7"),
            ("xZuster", "xZ"),
            ("ZorgVoorMij", "ZVM"),
            ("Sophie24122010!", "S2!"),
            ("Zuster-20101224", "Z2"),
        ] {
            assert_eq!(reduce(password, &[]).as_deref(), Some(reduced), "{password}");
        }
        for password in [
            "",
            "Fiets-Regen-42!",
            "zorgeloosheid",
            "lantaarn-paars-egel-47",
            "12026",
            "20261",
            "24132010",
            "32092010",
            "241220101",
        ] {
            assert_eq!(reduce(password, &[]), None, "{password}");
        }
    }

    #[test]
    fn personal_and_organisation_words_are_reduced_too() {
        assert_eq!(reduce("J@nssen-Regen-7", &["janssen"]).as_deref(), Some("J-Regen-7"));
    }

    #[test]
    fn the_list_is_lower_case_ascii_without_duplicates() {
        let mut words: Vec<&str> = WORDS.iter().copied().flat_map(str::split_ascii_whitespace).collect();
        assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())));
        assert!(words.iter().all(|word| word.len() >= 3));
        words.sort_unstable();
        let duplicates: Vec<_> = words.windows(2).filter(|pair| pair.first() == pair.last()).collect();
        assert!(duplicates.is_empty(), "{duplicates:?}");
    }
}
