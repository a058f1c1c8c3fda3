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

    /// What a strength estimate may look at: the first 32 characters. zxcvbn takes a second on 100
    /// l33t ones; the cap bounds its work and never touches the password itself.
    pub fn sample(&self) -> &str {
        const MAX_CHARS: usize = 32;
        match self.0.char_indices().nth(MAX_CHARS) {
            Some((end, _)) => self.0.get(..end).unwrap_or_default(),
            None => &self.0,
        }
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

    #[test]
    fn the_sample_is_capped_at_whole_characters_and_the_password_is_not() {
        let password = Password::new("é".repeat(100));
        assert_eq!(password.sample().chars().count(), 32);
        assert_eq!(password.expose().chars().count(), 100);
        assert_eq!(Password::new("kort").sample(), "kort");
    }
}
