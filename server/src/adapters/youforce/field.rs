//! Where in an answer a value is, as the settings name it. Not which values there are.

use serde_json::Value;

/// A place in a JSON value: `personCode`, `names.first`, `codes.0.value`, or a JSON pointer (RFC 6901) where a name
/// has a dot in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field(String);

/// There is something else than a text or a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoText;

impl Field {
    /// Reads a name; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "a field like personCode, codes.0.value or /codes/0/value";
        if text.starts_with('/') {
            return Ok(Self(text.to_owned()));
        }
        if text.split('.').any(|step| step.is_empty() || step.trim() != step) {
            return Err(EXPECTED);
        }
        let steps = text.split('.').map(|step| step.replace('~', "~0").replace('/', "~1"));
        Ok(Self(steps.fold(String::new(), |pointer, step| pointer + "/" + &step)))
    }

    /// What is there.
    pub(super) fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        value.pointer(&self.0).filter(|value| !value.is_null())
    }

    /// The text that is there; empty where there is none.
    pub(super) fn text(&self, value: &Value) -> Result<String, NoText> {
        match self.of(value) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.trim().to_owned()),
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
            Some(Value::Null | Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                Err(NoText)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_found_by_dots_or_pointer() {
        let value =
            json!({"a": {"b": [{"c": " x "}, {"c": 17}]}, "d.e": "y", "f": true, "g": null, "h": 1.5});
        let text = |field: &str| Field::parse(field).unwrap().text(&value);
        for (field, expected) in
            [("a.b.0.c", "x"), ("/a/b/1/c", "17"), ("/d.e", "y"), ("g", ""), ("a.z", ""), ("a.b.7.c", "")]
        {
            assert_eq!(text(field), Ok(expected.to_owned()), "{field}");
        }
        for field in ["a", "a.b", "f", "h"] {
            assert_eq!(text(field), Err(NoText), "{field}");
        }
        for bad in ["", ".", "a..b", " a", "a."] {
            assert!(Field::parse(bad).is_err(), "{bad}");
        }
    }
}
