//! The range protocol of Pwned Passwords: the client sends the first five hexadecimal digits of a SHA-1 digest, and the
//! server answers with the rest of every digest that begins with them, one a line (`SUFFIX:COUNT`). Some 900 leaked
//! passwords and countless others share five digits, so that the server does not learn the password.

use data_encoding::HEXUPPER;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

/// The hexadecimal digits that are sent.
const PREFIX_DIGITS: usize = 5;
/// The hexadecimal digits of a line.
const SUFFIX_DIGITS: usize = 40 - PREFIX_DIGITS;
/// Decimal digits of a count; the largest one of 2026 has eight.
const MAX_COUNT_DIGITS: usize = 15;

/// The digest of a password, as it is looked up.
pub struct RangeQuery {
    prefix: Zeroizing<String>,
    suffix: Zeroizing<String>,
}

impl RangeQuery {
    /// The query for a password.
    pub fn of(password: &str) -> Self {
        let digest = Zeroizing::new(<[u8; 20]>::from(Sha1::digest(password.as_bytes())));
        let hex = Zeroizing::new(HEXUPPER.encode(&*digest));
        let (prefix, suffix) = hex.split_at_checked(PREFIX_DIGITS).unwrap_or_default();
        Self { prefix: Zeroizing::new(prefix.to_owned()), suffix: Zeroizing::new(suffix.to_owned()) }
    }

    /// The digits that are sent.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns whether an answer lists the digest. An error says what is wrong, and quotes nothing.
    ///
    /// All lines are read, so that an unusable answer is an error at whatever line the digest is. An answer without any line
    /// is one: every range has entries.
    pub fn is_listed_in(&self, answer: &[u8]) -> Result<bool, &'static str> {
        let (mut has_lines, mut is_listed) = (false, false);
        for line in answer.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            if line.is_empty() {
                continue;
            }
            let (suffix, count) = parse(line).ok_or("a line that is not SUFFIX:COUNT")?;
            has_lines = true;
            // Padding hides the size of the range; its count is 0.
            let is_padding = count.iter().all(|digit| *digit == b'0');
            is_listed |= !is_padding && suffix.eq_ignore_ascii_case(self.suffix.as_bytes());
        }
        if has_lines { Ok(is_listed) } else { Err("an answer without lines") }
    }
}

fn parse(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (suffix, count) = line.split_at_checked(SUFFIX_DIGITS)?;
    let count = count.strip_prefix(b":")?;
    let is_valid = suffix.iter().all(u8::is_ascii_hexdigit)
        && (1..=MAX_COUNT_DIGITS).contains(&count.len())
        && count.iter().all(u8::is_ascii_digit);
    is_valid.then_some((suffix, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rest of the digest of `password`, as in the published description of the protocol.
    const PASSWORD: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";

    fn is_listed(answer: &str) -> Result<bool, &'static str> {
        RangeQuery::of("password").is_listed_in(answer.as_bytes())
    }

    #[test]
    fn digest_is_split_as_published() {
        let query = RangeQuery::of("password");
        assert_eq!((query.prefix(), query.suffix.as_str()), ("5BAA6", PASSWORD));
    }

    #[test]
    fn listed_digest_is_found_in_any_case_and_padding_does_not_count() {
        let other = "0".repeat(35);
        for (answer, expected) in [
            (format!("{other}:3\r\n{PASSWORD}:9659365\r\n"), true),
            (format!("{}:1", PASSWORD.to_lowercase()), true),
            (format!("{PASSWORD}:0"), false),
            (format!("{PASSWORD}:000\n{other}:1"), false),
            (format!("{PASSWORD}:0\n{PASSWORD}:10"), true),
            (format!("\r\n{other}:3\n\n"), false),
        ] {
            assert_eq!(is_listed(&answer), Ok(expected), "{answer}");
        }
    }

    #[test]
    fn unusable_answer_is_an_error_even_if_it_lists_the_digest() {
        for line in [
            "<html>",
            PASSWORD,
            &format!("{PASSWORD}:"),
            &format!("{PASSWORD}:-1"),
            &format!("{PASSWORD}:1x"),
            &format!("{PASSWORD}0:1"),
            &format!("5BAA6{PASSWORD}:1"),
            &format!("{}:1", "g".repeat(35)),
            &format!("{PASSWORD}:{}", "9".repeat(16)),
        ] {
            assert!(is_listed(&format!("{PASSWORD}:2\n{line}\n")).is_err(), "{line}");
        }
        for empty in ["", "\r\n", " \n "] {
            assert!(is_listed(empty).is_err());
        }
    }
}
