//! The one-time code from the Entrust Identity app or from a message. Entrust verifies it.

use super::typed_text::{is_gap, to_ascii_digit, trim_invisible};
use zeroize::Zeroizing;

/// Entrust's codes have 6 to 8 digits (soft token 6 or 8, OTP 8 by default).
pub const DIGITS: std::ops::RangeInclusive<usize> = 6..=8;

/// Six to eight ASCII digits, as text: `012345` is not `12345`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<String>);

/// Why a text cannot be a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeError {
    /// The text is empty.
    Empty,
    /// Contains other characters than ASCII digits.
    NotDigits,
    /// Fewer than 6 or more than 8.
    Length,
}

impl Code {
    /// Parses the wire format: ASCII digits only. Invisible characters at both ends are ignored.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let text = trim_invisible(text);
        if text.is_empty() {
            return Err(CodeError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CodeError::NotDigits);
        }
        if !DIGITS.contains(&text.len()) {
            return Err(CodeError::Length);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Parses what users type or paste: digits of any script with separators between them, because the app shows
    /// `1234 5678`, or a copied message with one number that can be a code.
    ///
    /// ```
    /// use app::domain::code::{Code, CodeError};
    ///
    /// assert_eq!(Code::parse_typed("1234 5678").unwrap().expose(), "12345678");
    /// assert_eq!(Code::parse_typed("1234"), Err(CodeError::Length));
    /// ```
    pub fn parse_typed(text: &str) -> Result<Self, CodeError> {
        let text: Zeroizing<String> = Zeroizing::new(text.chars().map(to_ascii_digit).collect());
        if text.chars().all(is_gap) {
            return Err(CodeError::Empty);
        }
        if !text.chars().any(char::is_alphabetic) {
            let digits: Zeroizing<String> =
                Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect());
            return if digits.is_empty() { Err(CodeError::NotDigits) } else { Self::parse(&digits) };
        }
        let mut codes = numbers(&text).into_iter().filter_map(|number| Self::parse(&number).ok());
        match (codes.next(), codes.next()) {
            (Some(code), None) => Ok(code),
            // Which of two numbers is the code is not guessed: a wrong one would cost an attempt.
            (None | Some(_), _) => Err(CodeError::NotDigits),
        }
    }

    /// The digits. Named so that every use of the value can be found.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

/// The numbers in a text with words. Groups of digits form one number if only spaces and dashes, or one other sign,
/// separate them: `1234 5678`, but not `123456, 10 minutes`. A number that is attached to a letter is omitted.
fn numbers(text: &str) -> Vec<Zeroizing<String>> {
    let mut numbers = Vec::new();
    let mut digits = Zeroizing::new(String::new());
    let mut is_attached = false;
    let mut separator = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            let joins = separator.chars().all(is_gap)
                || (separator.chars().count() == 1 && !separator.contains(char::is_alphabetic));
            if !joins && !digits.is_empty() {
                let number = std::mem::take(&mut digits);
                numbers.extend((!is_attached).then_some(number));
                is_attached = false;
            }
            is_attached |= separator.ends_with(char::is_alphabetic);
            separator.clear();
            digits.push(c);
        } else {
            is_attached |= separator.is_empty() && !digits.is_empty() && c.is_alphabetic();
            separator.push(c);
        }
    }
    numbers.extend((!is_attached && !digits.is_empty()).then_some(digits));
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_format_accepts_only_ascii_digits() {
        assert_eq!(Code::parse("012345").unwrap().expose(), "012345");
        assert_ne!(Code::parse("0123456").unwrap(), Code::parse("123456").unwrap());
        for text in [" 123456", "1e5000", "１２３４５６", "12345a", "-123456", "123 456"] {
            assert_eq!(Code::parse(text), Err(CodeError::NotDigits), "{text:?}");
        }
        for text in ["12345", "123456789"] {
            assert_eq!(Code::parse(text), Err(CodeError::Length), "{text}");
        }
        assert_eq!(Code::parse(""), Err(CodeError::Empty));
    }

    #[test]
    fn spaces_in_a_typed_code_are_removed() {
        assert_eq!(Code::parse_typed(" 1234 5678 ").unwrap().expose(), "12345678");
        assert_eq!(Code::parse_typed("   "), Err(CodeError::Empty));
    }

    #[test]
    fn pasted_code_is_found_between_separators_and_words() {
        for (text, code) in [
            ("1234\u{2013}5678", "12345678"),
            ("1234\u{2011}5678", "12345678"),
            ("1234.5678", "12345678"),
            ("12-34-56-78", "12345678"),
            ("1234\u{a0}5678", "12345678"),
            ("(1234) 5678", "12345678"),
            ("\u{200e}123456\u{200f}", "123456"),
            ("12\u{200b}34\u{2060}56", "123456"),
            ("\u{feff}012345", "012345"),
            ("Code: 12345678.", "12345678"),
            ("Code: 1234 5678.", "12345678"),
            ("Uw code is 123456, 10 minuten geldig", "123456"),
            ("Je code is 12345678. Geldig tot 12:30.", "12345678"),
            ("G-123456 is your code", "123456"),
            ("code\n123456\n", "123456"),
            ("\"123456\"", "123456"),
            ("٠١٢٣٤٥", "012345"),
            ("۱۲۳۴ ۵۶۷۸", "12345678"),
            ("１２３４５６", "123456"),
        ] {
            assert_eq!(
                Code::parse_typed(text).map(|code| code.expose().to_owned()).as_deref(),
                Ok(code),
                "{text:?}"
            );
        }
    }

    #[test]
    fn text_without_one_certain_code_is_refused() {
        for (text, error) in [
            ("\u{200b}\u{feff}", CodeError::Empty),
            ("\u{a0}", CodeError::Empty),
            ("-", CodeError::Empty),
            ("?", CodeError::NotDigits),
            ("code", CodeError::NotDigits),
            ("123456a", CodeError::NotDigits),
            ("a123456", CodeError::NotDigits),
            ("1234a5678", CodeError::NotDigits),
            ("code 123456 of 654321?", CodeError::NotDigits),
            ("27-11-2026: code 123456", CodeError::NotDigits),
            ("Code: 1234", CodeError::NotDigits),
            ("1234", CodeError::Length),
            ("1234 5678 9", CodeError::Length),
            ("½½½½½½", CodeError::NotDigits),
        ] {
            assert_eq!(Code::parse_typed(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn wire_format_ignores_invisible_characters_at_both_ends_only() {
        assert_eq!(Code::parse("\u{200e}123456\u{a0}").unwrap().expose(), "123456");
        assert_eq!(Code::parse("\u{200b}"), Err(CodeError::Empty));
        assert_eq!(Code::parse("123\u{200b}456"), Err(CodeError::NotDigits));
    }

    #[test]
    fn debug_output_does_not_contain_the_code() {
        assert_eq!(format!("{:?}", Code::parse("123456").unwrap()), "Code(…)");
    }
}
