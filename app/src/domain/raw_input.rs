//! The unparsed text of a field.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The unparsed text of a field. It may contain a secret, so `Debug` never prints it and it is wiped on drop.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawInput(Zeroizing<String>);

impl RawInput {
    /// Stores the text unchanged.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text. Named so that every use of the value can be found.
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
    fn debug_output_does_not_contain_the_text() {
        assert_eq!(format!("{:?}", RawInput::new("geheim")), "Typed(…)");
    }

    #[test]
    fn raw_input_is_a_plain_json_string() {
        assert_eq!(serde_json::to_string(&RawInput::new("abc")).unwrap(), "\"abc\"");
    }
}
