//! The new password: carried exactly as typed, never trimmed, cut or folded.

use zeroize::Zeroizing;

/// A password in the making. Any text is one; whether it will do is for [`crate::policy`] to say.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes over the text exactly as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text. The one way to read it, so that every reading can be found.
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
    fn debug_prints_nothing_of_the_password() {
        assert_eq!(format!("{:?}", Password::new("geheim")), "Password(…)");
    }
}
