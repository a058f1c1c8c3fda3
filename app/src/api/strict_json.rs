//! Deserializes the arguments of a server function strictly, and says which field is wrong.
//!
//! serde by itself ignores unknown fields and reports errors as texts, which may quote user input.

use crate::api::refusal::{Reason, Refusal};
use serde::de::value::{MapDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;
use std::fmt;

/// Deserializes one JSON object that has exactly the fields of `T`, each a string (or null, for an optional one).
pub(super) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, InvalidArguments> {
    object(body).and_then(|fields| T::deserialize(Arguments(fields)))
}

/// The fields as they are written: a map would drop duplicates.
fn object(body: &[u8]) -> Result<Vec<(String, Value)>, InvalidArguments> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let fields = deserializer.deserialize_map(Fields).map_err(|_| InvalidArguments::MALFORMED)?;
    deserializer.end().map_err(|_| InvalidArguments::MALFORMED)?;
    Ok(fields)
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(fields)
    }
}

/// The arguments of a server function: the `server` macro makes a struct of them.
struct Arguments(Vec<(String, Value)>);

impl<'de> Deserializer<'de> for Arguments {
    type Error = InvalidArguments;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidArguments> {
        for (place, (name, value)) in self.0.iter().enumerate() {
            if !fields.contains(&name.as_str()) {
                // Without the name: it is text of the client.
                return Err(InvalidArguments { field: None, reason: Reason::UnknownField });
            }
            if self.0.iter().skip(place + 1).any(|(other, _)| other == name) {
                return Err(InvalidArguments::at(name, Reason::Duplicate));
            }
            if !(value.is_string() || value.is_null()) {
                return Err(InvalidArguments::at(name, Reason::WrongType));
            }
        }
        let fields = self.0.into_iter().map(|(name, value)| {
            let argument = Argument { name: name.clone(), value };
            (name, argument)
        });
        visitor.visit_map(MapDeserializer::new(fields))
    }

    // A function without arguments has a unit struct.
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidArguments> {
        if self.0.is_empty() {
            visitor.visit_unit()
        } else {
            Err(InvalidArguments { field: None, reason: Reason::UnknownField })
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, InvalidArguments> {
        Err(InvalidArguments::MALFORMED)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// One argument.
struct Argument {
    name: String,
    value: Value,
}

impl IntoDeserializer<'_, InvalidArguments> for Argument {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Argument {
    type Error = InvalidArguments;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidArguments> {
        match self.value {
            Value::String(text) => {
                let text: StringDeserializer<InvalidArguments> = text.into_deserializer();
                text.deserialize_any(visitor)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(InvalidArguments::at(&self.name, Reason::WrongType))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidArguments> {
        match self.value {
            Value::Null => visitor.visit_none(),
            Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                visitor.visit_some(self)
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidArguments> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Which field is wrong, and how.
#[derive(Debug, Clone)]
pub struct InvalidArguments {
    field: Option<String>,
    reason: Reason,
}

impl InvalidArguments {
    const MALFORMED: Self = Self { field: None, reason: Reason::Malformed };

    fn at(field: &str, reason: Reason) -> Self {
        Self { field: Some(field.to_owned()), reason }
    }
}

impl fmt::Display for InvalidArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal = Refusal::Invalid { field: self.field.clone(), reason: self.reason };
        f.write_str(&serde_json::to_string(&refusal).map_err(|_| fmt::Error)?)
    }
}

impl std::error::Error for InvalidArguments {}

impl serde::de::Error for InvalidArguments {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::MALFORMED
    }

    fn missing_field(field: &'static str) -> Self {
        Self::at(field, Reason::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::raw_input::RawInput;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct CodeArguments {
        #[expect(dead_code, reason = "only the form is tested")]
        code: RawInput,
    }

    #[derive(Deserialize)]
    struct MethodArguments {
        way: Option<RawInput>,
    }

    #[derive(Deserialize)]
    struct NoArguments {}

    fn error<T: DeserializeOwned>(body: &str) -> Option<(Option<String>, Reason)> {
        let error = from_slice::<T>(body.as_bytes()).err()?;
        // As the framework passes it on.
        match serde_json::from_str(&error.to_string()) {
            Ok(Refusal::Invalid { field, reason }) => Some((field, reason)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a09_a_body_is_one_object_of_exactly_the_arguments_as_strings() {
        let code = Some("code".to_owned());
        for (body, expected) in [
            (r#"{"code":"1"}"#, None),
            (r#" {"code":""} "#, None),
            ("", Some((None, Reason::Malformed))),
            ("[]", Some((None, Reason::Malformed))),
            ("null", Some((None, Reason::Malformed))),
            (r#"{"code":"1"}x"#, Some((None, Reason::Malformed))),
            (r#"{"code":"\ud800"}"#, Some((None, Reason::Malformed))),
            (r#"{"code":1}"#, Some((code.clone(), Reason::WrongType))),
            (r#"{"code":null}"#, Some((code.clone(), Reason::WrongType))),
            (r#"{"code":["1"]}"#, Some((code.clone(), Reason::WrongType))),
            (r#"{"code":{"a":"1"}}"#, Some((code.clone(), Reason::WrongType))),
            (r#"{"code":"1","code":"2"}"#, Some((code.clone(), Reason::Duplicate))),
            (r#"{"code":"1","user":"B"}"#, Some((None, Reason::UnknownField))),
            ("{}", Some((code, Reason::Missing))),
        ] {
            assert_eq!(error::<CodeArguments>(body), expected, "{body}");
        }
    }

    #[test]
    fn a09_an_optional_argument_may_be_null_or_missing() {
        for (body, expected) in [("{}", None), (r#"{"way":null}"#, None), (r#"{"way":"OTP"}"#, Some("OTP"))] {
            let arguments: MethodArguments = from_slice(body.as_bytes()).unwrap();
            assert_eq!(arguments.way.as_ref().map(RawInput::expose), expected, "{body}");
        }
        assert_eq!(
            error::<MethodArguments>(r#"{"way":1}"#),
            Some((Some("way".to_owned()), Reason::WrongType))
        );
    }

    #[test]
    fn a09_a_function_without_arguments_takes_an_empty_object_only() {
        assert_eq!(error::<NoArguments>("{}"), None);
        assert_eq!(error::<NoArguments>(r#"{"a":"1"}"#), Some((None, Reason::UnknownField)));
        assert_eq!(error::<NoArguments>("[]"), Some((None, Reason::Malformed)));
    }
}
