//! The JSON encoding of the API.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use server_fn::codec::Post;
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType};

/// JSON codec. Serializes with `serde_json`; deserializes with `serde_json` on the server and with serde-json-core in
/// the browser. The latter has no error texts and no floating-point numbers; `serde_json` would add 30 kB to the
/// wizard's first load.
#[derive(Debug)]
pub struct ApiJson;

/// The `output` of a server function.
pub(super) type Json = Post<ApiJson>;

/// The `input` of a server function.
pub(super) type Arguments = Post<StrictJson>;

/// The codec of arguments: one JSON object with exactly the arguments of the function, each a string. Anything else is a
/// [`Refusal::Invalid`](crate::api::refusal::Refusal::Invalid) that names the field.
#[derive(Debug)]
pub struct StrictJson;

impl ContentType for StrictJson {
    const CONTENT_TYPE: &'static str = ApiJson::CONTENT_TYPE;
}

impl FormatType for StrictJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for StrictJson {
    type Error = JsonError;

    fn encode(value: &T) -> Result<Bytes, JsonError> {
        ApiJson::encode(value)
    }
}

#[cfg(feature = "ssr")]
impl<T: DeserializeOwned> Decodes<T> for StrictJson {
    type Error = super::strict_json::InvalidArguments;

    fn decode(json: Bytes) -> Result<T, Self::Error> {
        super::strict_json::from_slice(&json)
    }
}

#[cfg(not(feature = "ssr"))]
impl<T: DeserializeOwned> Decodes<T> for StrictJson {
    type Error = JsonError;

    fn decode(json: Bytes) -> Result<T, JsonError> {
        ApiJson::decode(json)
    }
}

impl ContentType for ApiJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for ApiJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for ApiJson {
    type Error = JsonError;

    fn encode(value: &T) -> Result<Bytes, JsonError> {
        serde_json::to_vec(value).map(Bytes::from).map_err(|_| JsonError)
    }
}

impl<T: DeserializeOwned> Decodes<T> for ApiJson {
    type Error = JsonError;

    #[cfg(feature = "ssr")]
    fn decode(json: Bytes) -> Result<T, JsonError> {
        serde_json::from_slice(&json).map_err(|_| JsonError)
    }

    #[cfg(not(feature = "ssr"))]
    fn decode(json: Bytes) -> Result<T, JsonError> {
        read(&json).ok_or(JsonError)
    }
}

/// JSON that does not have the expected form. Contains no text: it could quote user input.
#[derive(Debug)]
pub struct JsonError;

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unexpected JSON structure")
    }
}

impl std::error::Error for JsonError {}

/// Deserializes a value in the browser; `None` if it does not have the expected form.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    // No unescaped string is longer than the JSON text.
    let mut unescaped = vec![0; json.len()];
    serde_json_core::from_slice_escaped(json, &mut unescaped).ok().map(|(value, _)| value)
}

#[cfg(test)]
mod tests;
