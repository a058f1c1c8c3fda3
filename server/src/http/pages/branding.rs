//! Serves the organisation's accent colour and logo.

use crate::http::AppState;
use crate::http::static_files::IMMUTABLE;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// The style sheet with the accent colour.
pub(super) const ACCENT_PATH: &str = "/accent.css";

/// `GET /accent.css`: the accent colour as a custom property, from which the style sheet derives all others. Cacheable
/// without limit at the address that the documents contain, which changes with the colour.
pub async fn accent(State(state): State<AppState>, uri: Uri) -> impl IntoResponse {
    let accent = &state.reset.site().organisation.accent;
    let caching = if accent_address(accent) == uri.to_string() { IMMUTABLE } else { "no-cache" };
    let sheet = format!(":root{{--accent:{accent}}}\n");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, caching)], sheet)
}

/// `GET /logo`: the logo, or 404 if none is configured. Cacheable without limit at the address that the documents
/// contain, which has the digest of the image as its query.
pub async fn logo(State(state): State<AppState>, uri: Uri) -> Response {
    let Some(logo) = &state.logo else { return StatusCode::NOT_FOUND.into_response() };
    let has_digest = uri.query() == Some(logo.digest.as_str());
    let caching = if has_digest { IMMUTABLE } else { "no-cache" };
    let headers = [(header::CONTENT_TYPE, logo.content_type), (header::CACHE_CONTROL, caching)];
    (headers, logo.bytes.clone()).into_response()
}

/// The address of the style sheet in the documents; it contains the colour.
pub(super) fn accent_address(accent: &str) -> String {
    format!("{ACCENT_PATH}?{}", accent.trim_start_matches('#'))
}
