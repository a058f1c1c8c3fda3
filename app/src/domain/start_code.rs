//! The code with which an employee who lost the phone activates the app on another one.

use crate::api::refusal::Reason;
use crate::domain::spoken_code::{complete, from_random, parse};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Characters: more than a call code has, so that one is not taken for the other.
const LENGTH: usize = 8;

/// Characters of a group, «K7Q2 9F4P».
pub const GROUP: usize = 4;

/// A start code: eight letters and digits in upper case.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StartCode(Zeroizing<String>);

impl std::fmt::Debug for StartCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StartCode(…)")
    }
}

impl StartCode {
    /// The code of these random bytes, of which each contributes five bits.
    pub fn from_random(bytes: [u8; LENGTH]) -> Self {
        Self(from_random(bytes))
    }

    /// Parses a typed code; see [`parse`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        parse(text, LENGTH).map(Self)
    }

    /// A code, complete or not, as it is shown while it is typed; `None` if it is shown so already.
    pub fn complete_typed(typed: &str) -> Option<String> {
        complete(typed, LENGTH, GROUP, " ")
    }

    /// The eight characters.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_read_as_people_hear_and_type_it() {
        let code = StartCode::from_random([19, 7, 23, 2, 9, 15, 4, 22]);
        assert_eq!(code.expose(), "K7Q29F4P");
        for typed in ["K7Q29F4P", "k7q2 9f4p", " K7Q2-9F4P "] {
            assert_eq!(StartCode::parse(typed), Ok(code.clone()), "{typed}");
        }
        assert_eq!(StartCode::parse("K7Q29F"), Err(Reason::Length), "a call code");
        assert_eq!(format!("{code:?}"), "StartCode(…)");
        for (typed, shown) in
            [("k7q2", Some("K7Q2")), ("k7q29", Some("K7Q2 9")), ("K7Q2 9F4P", None), ("K7Q2 9F4P1", None)]
        {
            assert_eq!(StartCode::complete_typed(typed).as_deref(), shown, "{typed}");
        }
    }
}
