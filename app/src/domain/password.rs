//! The new password, exactly as typed: never trimmed, truncated or case-folded.

use zeroize::Zeroizing;

/// A new password. Accepts any text; [`crate::policy`] evaluates it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Stores the text unchanged.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text. Named so that every use of the value can be found.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_does_not_contain_the_password() {
        assert_eq!(format!("{:?}", Password::new("geheim")), "Password(…)");
    }
}
