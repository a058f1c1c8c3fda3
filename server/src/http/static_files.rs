//! The static files of the site, embedded in the binary with their compressed forms.
//!
//! A document preloads [`FRONTEND_JS`] (`modulepreload`) and [`FRONTEND_WASM`] (`preload as=fetch type=application/wasm
//! crossorigin`), starts the program with [`START`] (`script type=module`) and contains the path of the [`WORKER`]. The
//! document of the enrollment does the same with the `REGISTRATION_…` files.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// `Cache-Control` for an address that changes with its content.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// A file in all forms in which it can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The path of its address.
    pub path: &'static str,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// Whether the path changes with the content, so that a browser may cache the file without limit.
    pub immutable: bool,
    /// The uncompressed content.
    pub raw: &'static [u8],
    /// Compressed with brotli, if that is smaller.
    pub br: Option<&'static [u8]>,
    /// Compressed with gzip, if that is smaller.
    pub gz: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// Returns the file with this path.
pub fn find(path: &str) -> Option<&'static File> {
    let index = FILES.binary_search_by(|file| file.path.cmp(path)).ok()?;
    FILES.get(index)
}

impl File {
    /// Returns the response with the best encoding that the client accepts.
    pub(super) fn respond(&self, headers: &HeaderMap) -> Response {
        let (body, encoding) = match (self.br, self.gz) {
            (Some(br), _) if accepts(headers, "br") => (br, Some("br")),
            (_, Some(gz)) if accepts(headers, "gzip") => (gz, Some("gzip")),
            (Some(_) | None, Some(_) | None) => (self.raw, None),
        };
        let mut response = Response::new(Body::from(body));
        let response_headers = response.headers_mut();
        response_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let caching = if self.immutable { IMMUTABLE } else { "public, max-age=3600" };
        response_headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        response_headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            response_headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// Returns whether the client accepts a response in this encoding.
pub(super) fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next() == Some(encoding) && !parts.any(|weight| weight == "q=0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_in_the_documents_is_an_immutable_file() {
        let wizard = [START, FRONTEND_JS, FRONTEND_WASM, STYLE, WORKER, STRENGTH_JS, STRENGTH_WASM];
        let enrollment =
            [REGISTRATION_START, REGISTRATION_JS, REGISTRATION_WASM, REGISTRATION_STYLE, STATIC_STYLE];
        for path in wizard.into_iter().chain(enrollment) {
            assert!(find(path).is_some_and(|file| file.immutable), "{path}");
        }
    }

    #[test]
    fn unknown_path_has_no_file() {
        assert_eq!(find("/assets/start.js"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn scripts_refer_to_existing_files() {
        for (script, references) in [
            (START, [FRONTEND_JS, FRONTEND_WASM]),
            (REGISTRATION_START, [REGISTRATION_JS, REGISTRATION_WASM]),
            (WORKER, [STRENGTH_JS, STRENGTH_WASM]),
        ] {
            let text = std::str::from_utf8(find(script).unwrap().raw).unwrap();
            for reference in references {
                let name = reference.strip_prefix("/assets/").unwrap();
                // The minifier chooses the quotes.
                let quoted = ['"', '`'].map(|quote| format!("{quote}./{name}{quote}"));
                assert!(quoted.iter().any(|reference| text.contains(reference)), "{script} {name}");
            }
        }
    }

    #[test]
    fn compressed_form_is_always_smaller() {
        for file in FILES {
            for compressed in [file.br, file.gz].into_iter().flatten() {
                assert!(compressed.len() < file.raw.len(), "{}", file.path);
            }
        }
    }

    #[test]
    fn encoding_with_weight_zero_is_not_accepted() {
        let headers = |value: &str| [(header::ACCEPT_ENCODING, value.parse().unwrap())].into_iter().collect();
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers(""), "br"));
    }
}
