//! The user name. Not the account: whether anybody has this name is for the directory to say.

use serde::{Deserialize, Serialize};
use spelling::lower;

/// UPN prefixes end at 64 characters; a `sAMAccountName` of a user at 20 (MS-ADTS 3.1.1.3).
pub const MAX_CHARS: usize = 64;

/// A name that an account could have: trimmed, without the organisation's domain, 1–64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// Why a text cannot be a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsernameError {
    /// Nothing was typed.
    Empty,
    /// More than [`MAX_CHARS`] characters.
    TooLong,
    /// A character that no user name has, such as `*`, a control character or a foreign domain's `@`.
    Characters,
}

/// The organisation's own domain parts, which are taken off rather than refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domains {
    /// What may stand behind the `@`, e.g. `pantein.nl`.
    pub suffixes: Vec<String>,
    /// What may stand before the `\`, e.g. `PANTEIN`.
    pub prefixes: Vec<String>,
}

impl Username {
    /// Reads a name as an employee types it: `A.Janssen`, `A.Janssen@pantein.nl`, `PANTEIN\A.Janssen`.
    pub fn parse(typed: &str, domains: &Domains) -> Result<Self, UsernameError> {
        let name = strip(typed.trim(), domains).trim();
        if name.is_empty() {
            return Err(UsernameError::Empty);
        }
        if name.chars().count() > MAX_CHARS {
            return Err(UsernameError::TooLong);
        }
        // A leading or trailing dot is refused by Windows, and `.` alone is a path trick.
        if !name.chars().all(allowed) || name.starts_with('.') || name.ends_with('.') {
            return Err(UsernameError::Characters);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as typed; the directory may spell it differently.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One form for all spellings that the directory takes for the same name: the key of limits.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl std::fmt::Display for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn strip<'a>(name: &'a str, domains: &Domains) -> &'a str {
    let name = match name.split_once('\\') {
        Some((domain, rest)) if is_one_of(domain, &domains.prefixes) => rest,
        _ => name,
    };
    match name.rsplit_once('@') {
        Some((rest, domain)) if is_one_of(domain, &domains.suffixes) => rest,
        _ => name,
    }
}

fn is_one_of(domain: &str, known: &[String]) -> bool {
    known.iter().any(|known| known.chars().map(lower).eq(domain.trim().chars().map(lower)))
}

/// Letters and digits of any script, and the punctuation that Windows allows in a logon name
/// (its forbidden set is `" / \ [ ] : ; | = , + * ? < > @`). Controls and bidi marks are neither.
fn allowed(c: char) -> bool {
    c.is_alphanumeric() || ".-_'!#$%&(){}^~`".chars().any(|sign| sign == c) || is_combining_mark(c)
}

/// The combining diacritics: `Gül` may arrive decomposed from a Mac's keyboard.
fn is_combining_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pantein() -> Domains {
        Domains {
            suffixes: vec!["pantein.grp".into(), "pantein.nl".into()],
            prefixes: vec!["PANTEIN".into()],
        }
    }

    fn parse(typed: &str) -> Result<String, UsernameError> {
        Username::parse(typed, &pantein()).map(|name| name.as_str().to_owned())
    }

    #[test]
    fn the_own_domain_is_taken_off_however_it_is_written() {
        for typed in [
            "A.Janssen",
            " A.Janssen ",
            "A.Janssen@pantein.nl",
            "A.Janssen@PANTEIN.GRP",
            "pantein\\A.Janssen",
        ] {
            assert_eq!(parse(typed).as_deref(), Ok("A.Janssen"), "{typed}");
        }
    }

    #[test]
    fn nothing_but_a_domain_is_empty() {
        for typed in ["", "   ", "@pantein.nl", "PANTEIN\\", "\u{a0}"] {
            assert_eq!(parse(typed), Err(UsernameError::Empty), "{typed:?}");
        }
    }

    #[test]
    fn what_no_name_has_is_refused() {
        for typed in [
            "Anna Janssen",
            "a*",
            "a(b)=",
            "a|b",
            "a@other.nl",
            "OTHER\\a",
            "a\0b",
            "a\u{202e}b",
            "a\nb",
            "..",
            "a;b",
            "a,b",
            "a\u{200f}",
        ] {
            assert_eq!(parse(typed), Err(UsernameError::Characters), "{typed:?}");
        }
    }

    #[test]
    fn ten_thousand_characters_are_too_long() {
        assert_eq!(parse(&"a".repeat(10_000)), Err(UsernameError::TooLong));
        assert!(parse(&"é".repeat(MAX_CHARS)).is_ok());
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(typed in "\\PC{0,80}") {
            if let Ok(name) = parse(&typed) {
                prop_assert_eq!(parse(&name), Ok(name));
            }
        }
    }
}
