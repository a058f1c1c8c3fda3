//! The code that a verified caller reads aloud to the service desk.

use crate::api::refusal::Reason;
use crate::domain::spoken_code::{from_random, parse};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Characters.
const LENGTH: usize = 6;

/// A call code: six letters and digits in upper case.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallCode(Zeroizing<String>);

impl std::fmt::Debug for CallCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallCode(…)")
    }
}

impl CallCode {
    /// The code of these random bytes, of which each contributes five bits.
    pub fn from_random(bytes: [u8; LENGTH]) -> Self {
        Self(from_random(bytes))
    }

    /// Parses a typed code; see [`parse`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        parse(text, LENGTH).map(Self)
    }

    /// The six characters.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_read_as_people_hear_and_type_it() {
        let code = CallCode::from_random([19, 7, 23, 2, 9, 15]);
        assert_eq!(code.expose(), "K7Q29F");
        for typed in ["K7Q29F", "k7q 29f", " K7Q-29F ", "k 7 q 2 9 f"] {
            assert_eq!(CallCode::parse(typed), Ok(code.clone()), "{typed}");
        }
        assert_eq!(CallCode::parse("oil 123").unwrap().expose(), "011123");
        assert_eq!(CallCode::parse(" - "), Err(Reason::Empty));
        for wrong in ["K7Q29", "K7Q29FF"] {
            assert_eq!(CallCode::parse(wrong), Err(Reason::Length), "{wrong}");
        }
        for wrong in ["K7Q29U", "K7Q29é", "K7Q29*"] {
            assert_eq!(CallCode::parse(wrong), Err(Reason::Characters), "{wrong}");
        }
        assert_eq!(format!("{code:?}"), "CallCode(…)");
    }
}
