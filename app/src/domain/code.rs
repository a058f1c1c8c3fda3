//! The one-time code from the Entrust Identity app or from a message. Entrust verifies it.

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
    /// Parses the wire format: digits only, no spaces.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
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

    /// Parses what users type or paste. Removes spaces and dashes, because the app shows `1234 5678`.
    ///
    /// ```
    /// use app::domain::code::{Code, CodeError};
    ///
    /// assert_eq!(Code::parse_typed("1234 5678").unwrap().expose(), "12345678");
    /// assert_eq!(Code::parse_typed("1234"), Err(CodeError::Length));
    /// ```
    pub fn parse_typed(text: &str) -> Result<Self, CodeError> {
        let digits: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
        Self::parse(&digits)
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
    fn debug_output_does_not_contain_the_code() {
        assert_eq!(format!("{:?}", Code::parse("123456").unwrap()), "Code(…)");
    }
}
