//! Path of a value in a JSON response, as configured in the settings.

use serde_json::Value;

/// A path in a JSON value: `personCode`, `names.first`, `codes.0.value`, or a JSON pointer (RFC 6901) if a name
/// contains a dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(String);

/// The value is neither a string nor an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotText;

impl JsonPath {
    /// Parses a path; the error says what was expected.
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

    /// Returns the value at this path; null counts as absent.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        value.pointer(&self.0).filter(|value| !value.is_null())
    }

    /// Returns the value at this path as trimmed text; empty if absent.
    pub fn text(&self, value: &Value) -> Result<String, NotText> {
        match self.find(value) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.trim().to_owned()),
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
            Some(Value::Null | Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                Err(NotText)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn field_is_found_by_dotted_path_or_json_pointer() {
        let value =
            json!({"a": {"b": [{"c": " x "}, {"c": 17}]}, "d.e": "y", "f": true, "g": null, "h": 1.5});
        let text = |field: &str| JsonPath::parse(field).unwrap().text(&value);
        for (field, expected) in
            [("a.b.0.c", "x"), ("/a/b/1/c", "17"), ("/d.e", "y"), ("g", ""), ("a.z", ""), ("a.b.7.c", "")]
        {
            assert_eq!(text(field), Ok(expected.to_owned()), "{field}");
        }
        for field in ["a", "a.b", "f", "h"] {
            assert_eq!(text(field), Err(NotText), "{field}");
        }
        for bad in ["", ".", "a..b", " a", "a."] {
            assert!(JsonPath::parse(bad).is_err(), "{bad}");
        }
    }
}
