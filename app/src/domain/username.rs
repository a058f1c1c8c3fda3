//! The user name as typed. The directory determines whether an account has it.

use super::typed_text::{is_invisible, trim};
use serde::{Deserialize, Serialize};
use spelling::lower;

/// The maximum of a UPN prefix; a user's `sAMAccountName` has at most 20 characters (MS-ADTS 3.1.1.3).
pub const MAX_CHARS: usize = 64;

/// A syntactically valid user name: trimmed, without the organisation's domain, 1–64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// Why a text cannot be a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsernameError {
    /// The text is empty, or contains only a domain.
    Empty,
    /// More than [`MAX_CHARS`] characters.
    TooLong,
    /// Contains a character that is not allowed, such as `*` or a control character.
    Characters,
    /// Contains an invisible character, as text copied from a contact or a chat may.
    Invisible,
    /// Has a domain part that is not the organisation's, e.g. a private mail address.
    OtherDomain,
}

/// The organisation's domain parts, which are removed from a user name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Domains {
    /// Domains after the `@`, e.g. `pantein.nl`.
    pub suffixes: Vec<String>,
    /// Domains before the `\`, e.g. `PANTEIN`.
    pub prefixes: Vec<String>,
}

impl Username {
    /// Parses a name as an employee types it: `A.Janssen`, `A.Janssen@pantein.nl`, `PANTEIN\A.Janssen`. Removes white
    /// space and invisible characters at both ends, and punctuation at the end: a phone types `. ` for two spaces, and
    /// mail programs add `;`.
    ///
    /// ```
    /// use app::domain::username::{Domains, Username, UsernameError};
    ///
    /// let domains = Domains { suffixes: vec!["pantein.nl".into()], prefixes: vec!["PANTEIN".into()] };
    /// assert_eq!(Username::parse(" A.Janssen@Pantein.NL ", &domains).unwrap().as_str(), "A.Janssen");
    /// assert_eq!(Username::parse("A.Janssen@example.org", &domains), Err(UsernameError::OtherDomain));
    /// ```
    pub fn parse(typed: &str, domains: &Domains) -> Result<Self, UsernameError> {
        let typed = trim(typed);
        let name = trim(strip_domain(strip_punctuation(typed), domains));
        if name.is_empty() {
            // Text of nothing but punctuation is no forgotten field.
            let is_punctuation = !typed.is_empty() && strip_punctuation(typed).is_empty();
            return Err(if is_punctuation { UsernameError::Characters } else { UsernameError::Empty });
        }
        if name.chars().count() > MAX_CHARS {
            return Err(UsernameError::TooLong);
        }
        if name.chars().any(is_invisible) {
            return Err(UsernameError::Invisible);
        }
        if has_domain(name) {
            return Err(UsernameError::OtherDomain);
        }
        // Windows refuses a leading or trailing dot, and `.` or `..` could be interpreted as a path.
        if !name.chars().all(is_allowed) || name.starts_with('.') || name.ends_with('.') {
            return Err(UsernameError::Characters);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as typed; the directory may spell it differently.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same form for all spellings that the directory treats as equal; used as key of rate limits.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl std::fmt::Display for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Removes dots, semicolons and commas at the end, with the white space and invisible characters between them.
fn strip_punctuation(text: &str) -> &str {
    text.trim_end_matches(|c: char| matches!(c, '.' | ';' | ',') || c.is_whitespace() || is_invisible(c))
}

/// Whether the rest is a name with one domain part, in either notation: `name@domain.tld` or `DOMAIN\name`.
fn has_domain(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_allowed);
    let mail = name.split_once('@').is_some_and(|(name, domain)| is_part(name) && is_part(domain));
    let windows = name.split_once('\\').is_some_and(|(domain, name)| is_part(domain) && is_part(name));
    mail || windows
}

fn strip_domain<'a>(name: &'a str, domains: &Domains) -> &'a str {
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
    known.iter().any(|known| known.chars().map(lower).eq(trim(domain).chars().map(lower)))
}

/// Letters and digits of any script, and the punctuation that Windows allows in a logon name
/// (its forbidden set is `" / \ [ ] : ; | = , + * ? < > @`). Control characters and bidi marks are not included.
fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || ".-_'!#$%&(){}^~`".chars().any(|sign| sign == c) || is_combining_mark(c)
}

/// The combining diacritics: a Mac may send `Gül` in decomposed form.
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
    fn organisation_domain_is_removed_in_any_notation() {
        for typed in [
            "A.Janssen",
            " A.Janssen ",
            "A.Janssen@pantein.nl",
            "A.Janssen@PANTEIN.GRP",
            "pantein\\A.Janssen",
            "A.Janssen. ",
            "A.Janssen.",
            "A.Janssen;",
            "A.Janssen, ",
            "A.Janssen@pantein.nl;",
            "A.Janssen@pantein.nl. ",
            "\u{200e}A.Janssen\u{200f}",
            "\u{feff}A.Janssen",
            "\u{a0}A.Janssen\u{a0}",
            "\u{202a}A.Janssen@pantein.nl\u{202c}",
            "PANTEIN\\\u{200b}A.Janssen",
            "A.Janssen\u{200b}. ",
        ] {
            assert_eq!(parse(typed).as_deref(), Ok("A.Janssen"), "{typed}");
        }
    }

    #[test]
    fn user_name_of_only_a_domain_is_empty() {
        for typed in [
            "",
            "   ",
            "@pantein.nl",
            "PANTEIN\\",
            "\u{a0}",
            "\u{200b}",
            "\u{feff} \u{200e}",
            "@pantein.nl\u{2060}",
        ] {
            assert_eq!(parse(typed), Err(UsernameError::Empty), "{typed:?}");
        }
    }

    #[test]
    fn user_name_with_forbidden_characters_is_refused() {
        for typed in [
            "Anna Janssen",
            "a*",
            "a(b)=",
            "a|b",
            "a\0b",
            "a\nb",
            "..",
            ".",
            ";",
            ". ;",
            ".a",
            "a;b",
            "a,b",
            "a@b@c",
            "a b@other.nl",
            "X\\Y\\a",
            "@other.nl",
            "a@",
        ] {
            assert_eq!(parse(typed), Err(UsernameError::Characters), "{typed:?}");
        }
    }

    #[test]
    fn user_name_with_an_invisible_character_inside_is_refused() {
        for invisible in
            ['\u{200b}', '\u{200d}', '\u{200f}', '\u{202e}', '\u{2060}', '\u{2066}', '\u{feff}', '\u{ad}']
        {
            for typed in [format!("A.{invisible}Janssen"), format!("A.Jan{invisible}ssen@pantein.nl")] {
                assert_eq!(parse(&typed), Err(UsernameError::Invisible), "{typed:?}");
            }
        }
    }

    #[test]
    fn user_name_of_another_domain_is_refused() {
        for typed in [
            "a@other.nl",
            "anna.janssen@gmail.com",
            "OTHER\\a",
            "a@pantein.nl.evil.nl",
            "a@pantein",
            "OTHER\\a.b",
            "a@other.nl;",
        ] {
            assert_eq!(parse(typed), Err(UsernameError::OtherDomain), "{typed:?}");
        }
    }

    #[test]
    fn user_name_of_ten_thousand_characters_is_too_long() {
        assert_eq!(parse(&"a".repeat(10_000)), Err(UsernameError::TooLong));
        assert!(parse(&"é".repeat(MAX_CHARS)).is_ok());
    }

    proptest! {
        #[test]
        fn parsed_user_name_parses_to_itself(typed in "\\PC{0,80}") {
            if let Ok(name) = parse(&typed) {
                prop_assert_eq!(parse(&name), Ok(name));
            }
        }
    }
}
