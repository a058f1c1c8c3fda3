//! The encoding of the API's answers.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use server_fn::codec::Post;
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType};

/// JSON: written with `serde_json` everywhere, and read with `serde_json` on the server, with serde-json-core in the browser.
/// The latter's reader has no error texts and no floating-point numbers; `serde_json`'s is 30 kB of the wizard's first
/// load.
#[derive(Debug)]
pub struct ApiJson;

/// [`ApiJson`] as the `input` and `output` of a server function.
pub(super) type Json = Post<ApiJson>;

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

/// JSON that does not have the expected form. Without a text: it could quote what was typed.
#[derive(Debug)]
pub struct JsonError;

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON of another form")
    }
}

impl std::error::Error for JsonError {}

/// Reads a value in the browser; `None` if it does not have the expected form.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    // No unescaped string is longer than all of the text.
    let mut unescaped = vec![0; json.len()];
    serde_json_core::from_slice_escaped(json, &mut unescaped).ok().map(|(value, _)| value)
}

#[cfg(test)]
mod tests;
