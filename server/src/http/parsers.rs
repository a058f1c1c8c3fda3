//! Access of the fuzz targets to the parsers of request headers.

use super::{cookies, origin};
use axum::http::{HeaderMap, HeaderValue, header};

/// The bytes of the session id in a `Cookie` header.
pub fn session_id(cookie: HeaderValue) -> Option<[u8; 32]> {
    let headers = HeaderMap::from_iter([(header::COOKIE, cookie)]);
    cookies::session_id(&headers, cookies::reset_session(true)).map(|id| *id.0)
}

/// Whether a POST with these headers is accepted by a service of this origin.
pub fn is_same_origin(headers: &HeaderMap, own: &str) -> bool {
    origin::is_same_origin(headers, own)
}
