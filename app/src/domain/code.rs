//! The control code from the Entrust Identity app. Whether it is right is for Entrust to say.

use zeroize::Zeroizing;

/// Entrust's codes have 6 to 8 digits (soft token 6 or 8, OTP 8 by default).
pub const DIGITS: std::ops::RangeInclusive<usize> = 6..=8;

/// Six to eight ASCII digits, as text: `012345` is not `12345`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<String>);

/// Why a text cannot be a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeError {
    /// Nothing was typed.
    Empty,
    /// Something else than ASCII digits.
    NotDigits,
    /// Fewer than 6 or more than 8.
    Length,
}

impl Code {
    /// Reads the wire's form: digits only, no spaces.
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

    /// Reads what people type or paste: the app shows `1234 5678`, so spaces and dashes are dropped.
    pub fn parse_typed(text: &str) -> Result<Self, CodeError> {
        let digits: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
        Self::parse(&digits)
    }

    /// The digits. The one way to read them, so that every reading can be found.
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
    fn the_wire_takes_exact_digits_only() {
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
    fn the_spaces_of_the_app_are_dropped_on_the_screen() {
        assert_eq!(Code::parse_typed(" 1234 5678 ").unwrap().expose(), "12345678");
        assert_eq!(Code::parse_typed("   "), Err(CodeError::Empty));
    }

    #[test]
    fn debug_prints_no_digit() {
        assert_eq!(format!("{:?}", Code::parse("123456").unwrap()), "Code(…)");
    }
}
