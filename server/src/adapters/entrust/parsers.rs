//! Access of the fuzz targets to the parsers of Entrust's answers.

use super::wire::{AuthenticatedAnswer, QueryAnswer};
use axum::http::StatusCode;

/// Whether a query's answer can be decoded, and says anything about the user's methods.
pub fn query_answer(body: &[u8]) -> Option<bool> {
    serde_json::from_slice::<QueryAnswer>(body).ok().map(|answer| answer.has_authentication_types())
}

/// Whether an answer to a code can be decoded, and says that authentication is completed.
pub fn authenticated_answer(body: &[u8]) -> Option<bool> {
    serde_json::from_slice::<AuthenticatedAnswer>(body)
        .ok()
        .map(|answer| answer.authentication_completed == Some(true))
}

/// The error code for the log.
pub fn error_code(status: StatusCode, body: &[u8]) -> String {
    super::http::error_code(status, body)
}
