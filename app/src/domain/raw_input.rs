//! Text as somebody typed it, on its way to being parsed. Not a value yet: nothing may act on it.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A field's raw text. It may hold a secret, so `Debug` never prints it and it is wiped on drop.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawInput(Zeroizing<String>);

impl RawInput {
    /// Takes over the text as typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text. The one way to read it, so that every reading can be found.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for RawInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_nothing_of_the_text() {
        assert_eq!(format!("{:?}", RawInput::new("geheim")), "Typed(…)");
    }

    #[test]
    fn it_is_a_plain_string_on_the_wire() {
        assert_eq!(serde_json::to_string(&RawInput::new("abc")).unwrap(), "\"abc\"");
    }
}
