//! Answers all paths without a route: static files, redirects from misspelled addresses, and "not found".

use super::app_store;
use crate::http::{AppState, invalid, static_files};
use app::api::refusal::Reason;
use app::paths;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

/// Returns the static file with this path, a redirect if the path is a misspelled address of a page, or 404.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    if let Some(file) = static_files::find(path) {
        if !is_read {
            return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
        }
        return file.respond(request.headers());
    }
    if path == "/api" || path.starts_with("/api/") {
        return invalid(None, Reason::NotFound);
    }
    if !is_read {
        return StatusCode::NOT_FOUND.into_response();
    }
    match corrected(path) {
        Some(page) => {
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            Redirect::permanent(&format!("{page}{query}")).into_response()
        }
        None => state.pages.not_found(request.headers(), request.uri().query()),
    }
}

/// Characters that mail programs and people leave at the end of an address.
const TRAILING_NOISE: [&str; 16] =
    ["/", ".", ",", ";", ":", ")", "!", "'", "%20", "%22", "%29", "%2c", "%2C", "%3e", "%3E", "%C2%A0"];

/// Returns the page whose address differs from the path only in letter case, in doubled or trailing slashes, or in the
/// punctuation or space that followed the address in a text.
fn corrected(path: &str) -> Option<&'static str> {
    let mut name = path.trim_start_matches('/');
    while let Some(shorter) = TRAILING_NOISE.iter().find_map(|noise| name.strip_suffix(noise)) {
        name = shorter;
    }
    [paths::WIZARD, paths::ENROLLMENT, paths::PRIVACY, paths::HELP, app_store::PATH]
        .into_iter()
        .find(|page| page.trim_start_matches('/').eq_ignore_ascii_case(name))
}
