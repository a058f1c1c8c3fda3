//! The secret in the link of a notice. It is random, short enough for a text message, and stored as a digest only.

use crate::ports::frozen_accounts::LinkDigest;
use app::paths;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// 128 bits cannot be guessed, so the digest needs no key and survives a rotation of the key files.
const TOKEN_BYTES: usize = 16;

/// The secret in a link.
pub struct LinkToken(Zeroizing<[u8; TOKEN_BYTES]>);

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl LinkToken {
    /// Creates a random token.
    pub fn random() -> Result<Self, getrandom::Error> {
        crate::random::bytes().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Reads a token from the path of a link. Letter case does not matter, and neither does the punctuation that mail
    /// programs leave at the end of an address.
    pub fn parse(text: &str) -> Option<Self> {
        let text =
            Zeroizing::new(text.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_uppercase());
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// Returns the link. Base 32 in lower case ends in no character that a program takes for punctuation.
    pub fn link(&self, origin: &str) -> Zeroizing<String> {
        let token = Zeroizing::new(BASE32_NOPAD.encode(&*self.0).to_ascii_lowercase());
        Zeroizing::new(format!("{origin}{}/{}", paths::NOT_ME, *token))
    }

    /// Returns the digest under which the store knows the link.
    pub fn digest(&self) -> LinkDigest {
        LinkDigest(Sha256::digest(*self.0).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_in_a_link_is_read_in_any_letter_case_and_with_trailing_punctuation() {
        let token = LinkToken::random().unwrap();
        let link = token.link("https://reset.example.org");
        let text = link.strip_prefix("https://reset.example.org/dit-was-ik-niet/").unwrap();
        assert_eq!(text.len(), 26);
        for written in [text.to_owned(), text.to_uppercase(), format!("{text}."), format!("{text})/")] {
            assert_eq!(LinkToken::parse(&written).unwrap().digest(), token.digest(), "{written}");
        }
        for wrong in ["", "abc", &text[1..], &format!("{text}a"), &text.replace(|_: char| true, "1")] {
            assert!(LinkToken::parse(wrong).is_none(), "{wrong}");
        }
        assert_ne!(LinkToken::random().unwrap().digest(), token.digest());
    }
}
