//! The names of the arguments of a server function, for the description of the API.
//!
//! The `server` macro makes a struct of the arguments, and serde passes its field names to every deserializer. Reading
//! them there keeps one declaration per function.

use serde::de::value::{Error, MapDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;

/// An argument of a server function; its value is a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be absent or null.
    pub optional: bool,
}

/// The arguments of the server function whose arguments this struct holds.
pub fn arguments_of<T: DeserializeOwned>() -> Vec<Argument> {
    let arguments = RefCell::new(Vec::new());
    // The values are empty strings, which every struct of arguments accepts.
    drop(T::deserialize(Function(&arguments)));
    arguments.into_inner()
}

/// Reads the body of a call as the server does. An error is the JSON text of the refusal.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    super::strict_json::from_slice(body).map_err(|error| error.to_string())
}

struct Function<'a>(&'a RefCell<Vec<Argument>>);

impl<'de> Deserializer<'de> for Function<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let fields = fields.iter().map(|name| (*name, Field { name, arguments: self.0 }));
        visitor.visit_map(MapDeserializer::new(fields))
    }

    // A function without arguments has a unit struct.
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("not the arguments of a server function"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Field<'a> {
    name: &'static str,
    arguments: &'a RefCell<Vec<Argument>>,
}

impl IntoDeserializer<'_, Error> for Field<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.arguments.borrow_mut().push(Argument { name: self.name, optional: false });
        let text: StringDeserializer<Error> = String::new().into_deserializer();
        text.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.arguments.borrow_mut().push(Argument { name: self.name, optional: true });
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Cancel, Code, Resend};

    #[test]
    fn arguments_of_a_server_function_are_read_from_its_struct() {
        assert_eq!(arguments_of::<Cancel>(), []);
        assert_eq!(arguments_of::<Code>(), [Argument { name: "code", optional: false }]);
        assert_eq!(arguments_of::<Resend>(), [Argument { name: "way", optional: true }]);
    }
}
