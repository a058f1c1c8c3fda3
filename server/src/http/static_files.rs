//! The static files of the site, embedded in the binary with their compressed forms.
//!
//! A document preloads [`FRONTEND_JS`] (`modulepreload`) and [`FRONTEND_WASM`] (`preload as=fetch type=application/wasm
//! crossorigin`), starts the program with [`START`] (`script type=module`) and contains the path of the [`WORKER`]. The
//! document of the enrollment does the same with the `REGISTRATION_…` files, that of the service desk with the
//! `SERVICE_DESK_…` files.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use std::io::Read as _;
use std::sync::OnceLock;

/// `Cache-Control` for an address that changes with its content.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The uncompressed content of a file.
#[derive(Debug)]
pub enum Raw {
    /// As it is.
    Embedded(&'static [u8]),
    /// Too large to be in the binary twice: unpacked from the brotli form at the first request, and kept.
    Unpacked(OnceLock<Vec<u8>>),
}

/// A file in all forms in which it can be sent.
#[derive(Debug)]
pub struct File {
    /// The path of its address.
    pub path: &'static str,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// Whether the path changes with the content, so that a browser may cache the file without limit.
    pub immutable: bool,
    /// The uncompressed content, see [`File::uncompressed`].
    pub raw: Raw,
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
    /// Returns the uncompressed content. Hardly a client has to ask for it.
    pub fn uncompressed(&'static self) -> &'static [u8] {
        match &self.raw {
            Raw::Embedded(content) => content,
            Raw::Unpacked(content) => content.get_or_init(|| {
                let mut raw = Vec::new();
                // Fails for damaged input only, which a test of all files excludes.
                let _ = brotli::Decompressor::new(self.br.unwrap_or_default(), 4096).read_to_end(&mut raw);
                raw
            }),
        }
    }

    /// Returns the response with the best encoding that the client accepts.
    pub(super) fn respond(&'static self, headers: &HeaderMap) -> Response {
        let (body, encoding) = match (self.br, self.gz) {
            (Some(br), _) if accepts(headers, "br") => (br, Some("br")),
            (_, Some(gz)) if accepts(headers, "gzip") => (gz, Some("gzip")),
            (Some(_) | None, Some(_) | None) => (self.uncompressed(), None),
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
        let service_desk = [SERVICE_DESK_START, SERVICE_DESK_JS, SERVICE_DESK_WASM, SERVICE_DESK_STYLE];
        for path in wizard.into_iter().chain(enrollment).chain(service_desk) {
            assert!(find(path).is_some_and(|file| file.immutable), "{path}");
        }
    }

    #[test]
    fn unknown_path_has_no_file() {
        assert!(find("/assets/start.js").is_none());
        assert!(find("").is_none());
    }

    #[test]
    fn scripts_refer_to_existing_files() {
        for (script, references) in [
            (START, [FRONTEND_JS, FRONTEND_WASM]),
            (REGISTRATION_START, [REGISTRATION_JS, REGISTRATION_WASM]),
            (SERVICE_DESK_START, [SERVICE_DESK_JS, SERVICE_DESK_WASM]),
            (WORKER, [STRENGTH_JS, STRENGTH_WASM]),
        ] {
            let text = std::str::from_utf8(find(script).unwrap().uncompressed()).unwrap();
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
        for file in &FILES {
            for compressed in [file.br, file.gz].into_iter().flatten() {
                assert!(compressed.len() < file.uncompressed().len(), "{}", file.path);
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
