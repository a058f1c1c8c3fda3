//! The HTML documents, rendered once at start in each language, and the handlers that serve them.
//!
//! | module | content |
//! |---|---|
//! | [`app_store`] | the redirect to the authenticator app in the phone's store, and its QR code |
//! | [`branding`] | accent colour and logo of the organisation |
//! | [`fallback`] | all other paths: static files, misspelled addresses, "not found" |
//! | [`service_desk`], [`overview`] | the page of the service desk, and its numbers of today |
//! | [`not_me`] | the link of a notice, with which an owner freezes the account |
//! | `document` | renders the documents with the components of `app` |

pub mod app_store;
pub mod branding;
mod document;
pub mod fallback;
pub mod not_me;
pub mod overview;
pub mod service_desk;

use super::AppState;
use crate::http::client_ip;
use crate::http::static_files;
use app::api::site::Site;
use app::i18n::Language;
use app::paths;
use app::static_pages::enroll_elsewhere::Availability;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::OnceLock;

/// Returns whether the path is that of a page or a file. The request log contains only such paths.
pub fn is_page(path: &str) -> bool {
    let health = ["/healthz", "/readyz"];
    let well_known = ["/.well-known/change-password", "/.well-known/security.txt"];
    [
        "/",
        paths::WIZARD,
        paths::ENROLLMENT,
        paths::SERVICE_DESK,
        paths::SERVICE_DESK_TODAY,
        paths::SERVICE_DESK_TODAY_CSV,
        paths::PRIVACY,
        paths::HELP,
        paths::LOGO,
        branding::ACCENT_PATH,
        app_store::PATH,
        app_store::QR_PATH,
    ]
    .contains(&path)
        || health.contains(&path)
        || well_known.contains(&path)
        || static_files::find(path).is_some()
}

/// All documents. They contain the names and texts of the organisation, so they are rendered at start.
pub struct Pages {
    wizard: Document,
    enrollment: Document,
    enroll_elsewhere: Document,
    service_desk: Document,
    privacy: Document,
    help: Document,
    not_found: Document,
    not_me: not_me::NotMeDocuments,
}

/// One document in every language that the organisation offers.
struct Document(Vec<(Language, Page)>);

/// One document in one language.
struct Page {
    raw: Bytes,
    /// Compressed at the first request: at the start all documents together would take most of its time.
    br: OnceLock<Bytes>,
    etag: HeaderValue,
}

impl Pages {
    /// Renders all documents in every offered language. `origin` is the public origin of the service.
    pub fn new(site: &Site, origin: &str, registration: Availability) -> Self {
        Self {
            wizard: Document::new(site, document::wizard),
            enrollment: Document::new(site, document::enrollment),
            enroll_elsewhere: Document::new(site, |site, language| {
                document::enroll_elsewhere(site, language, registration)
            }),
            service_desk: Document::new(site, document::service_desk),
            privacy: Document::new(site, document::privacy),
            help: Document::new(site, |site, language| document::help(site, language, origin)),
            not_found: Document::new(site, document::not_found),
            not_me: not_me::NotMeDocuments::new(site),
        }
    }

    /// Returns the document at `/registratie`: the form if the client is `admitted`, otherwise an explanation of where
    /// to register, or that it is not possible. The query can select the language of the explanation (`?language=en`), because
    /// it has no program that could change it.
    fn enrollment(&self, admitted: bool, headers: &HeaderMap, query: Option<&str>) -> Response {
        let document = if admitted { &self.enrollment } else { &self.enroll_elsewhere };
        let mut response = respond(document, headers, language_of(query));
        // One address has two documents: a browser that moves to another network must not show the previous one.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// Returns the document at `/servicedesk` for a client that is admitted.
    fn service_desk(&self, headers: &HeaderMap) -> Response {
        let mut response = respond(&self.service_desk, headers, None);
        // Another client gets "not found" at this address: a browser that moves there must not show the previous page.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// Returns the "not found" document.
    fn not_found(&self, headers: &HeaderMap, query: Option<&str>) -> Response {
        let mut headers = headers.clone();
        // Always 404, never 304.
        headers.remove(header::IF_NONE_MATCH);
        let mut response = respond(&self.not_found, &headers, language_of(query));
        *response.status_mut() = StatusCode::NOT_FOUND;
        response.headers_mut().remove(header::ETAG);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl Document {
    fn new(site: &Site, html: impl Fn(&Site, Language) -> String) -> Self {
        let languages = site.organisation.languages.iter().copied();
        Self(languages.map(|language| (language, Page::new(html(site, language)))).collect())
    }

    /// Returns the page in the requested language, or else in the first of the browser's languages that is offered, or
    /// else in the organisation's first language.
    fn page(&self, headers: &HeaderMap, requested: Option<&str>) -> Option<&Page> {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let offered = || self.0.iter().map(|(language, page)| (language.tag(), page));
        preferred(requested.unwrap_or_default(), offered())
            .or_else(|| preferred(accepted.unwrap_or_default(), offered()))
            .or_else(|| self.0.first().map(|(_, page)| page))
    }
}

impl Page {
    fn new(html: String) -> Self {
        let raw = Bytes::from(html);
        let digest = data_encoding::HEXLOWER.encode(Sha256::digest(&raw).get(..8).unwrap_or_default());
        let etag =
            HeaderValue::from_str(&format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { raw, br: OnceLock::new(), etag }
    }

    fn brotli(&self) -> Bytes {
        let compress = || {
            let (mut br, window) = (Vec::new(), window_bits(self.raw.len()));
            // Writing into a Vec cannot fail.
            let _ = brotli::CompressorWriter::new(&mut br, 4096, 11, window).write_all(&self.raw);
            Bytes::from(br)
        };
        self.br.get_or_init(compress).clone()
    }
}

/// The smallest window of brotli that holds the whole page. The compressor allocates and clears memory in proportion to
/// it, 32 MB for the largest.
fn window_bits(length: usize) -> u32 {
    (usize::BITS - length.leading_zeros()).clamp(10, 22)
}

/// Returns the first language of an `Accept-Language` value that is offered. Weights are ignored: browsers send them in
/// descending order.
fn preferred<T>(accepted: &str, mut offered: impl Iterator<Item = (&'static str, T)> + Clone) -> Option<T>
where
    T: Clone,
{
    let offered = &mut offered;
    accepted.split(',').find_map(|range| {
        let tag = range.split([';', '-']).next().unwrap_or_default().trim();
        offered.clone().find(|(offered, _)| tag.eq_ignore_ascii_case(offered)).map(|(_, page)| page)
    })
}

/// `GET /` and `/.well-known/change-password`.
pub async fn redirect_to_wizard() -> Redirect {
    Redirect::to(paths::WIZARD)
}

/// `GET /wachtwoordreset`.
pub async fn wizard(State(state): State<AppState>, headers: HeaderMap) -> Response {
    respond(&state.pages.wizard, &headers, None)
}

/// `GET /registratie`.
pub async fn enrollment(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    // The page may be closed because of it, and then makes no call that reports it.
    let client = client_ip::client(peer.ip(), &headers, &state.trusted_proxies);
    state.unreadable_proxy_header.report(client).await;
    let client_ip = client_ip::trusted_client_ip(peer.ip(), &headers, &state.trusted_proxies);
    let admitted = state.enrollment.admits(client_ip);
    state.pages.enrollment(admitted, &headers, uri.query())
}

/// `GET /privacy`.
pub async fn privacy(State(state): State<AppState>, headers: HeaderMap, uri: Uri) -> Response {
    respond(&state.pages.privacy, &headers, language_of(uri.query()))
}

/// `GET /hulp`.
pub async fn help(State(state): State<AppState>, headers: HeaderMap, uri: Uri) -> Response {
    respond(&state.pages.help, &headers, language_of(uri.query()))
}

/// `GET /.well-known/security.txt` (RFC 9116).
pub async fn security_txt(State(state): State<AppState>) -> Response {
    if state.security_contact.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let expires = state.health.now() + jiff::SignedDuration::from_hours(180 * 24);
    let expires = expires.strftime("%Y-%m-%dT%H:%M:%SZ");
    let languages = &state.reset.site().organisation.languages;
    let languages: Vec<_> = languages.iter().map(|language| language.tag()).collect();
    let (contact, languages) = (&state.security_contact, languages.join(", "));
    format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: {languages}\n").into_response()
}

/// Returns the language in the query, which selects the language of a page without a program.
fn language_of(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|part| part.strip_prefix("language="))
}

fn respond(document: &Document, headers: &HeaderMap, requested_language: Option<&str>) -> Response {
    let Some(page) = document.page(headers, requested_language) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = if headers.get(header::IF_NONE_MATCH) == Some(&page.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if static_files::accepts(headers, "br") {
        ([(header::CONTENT_ENCODING, "br")], page.brotli()).into_response()
    } else {
        page.raw.clone().into_response()
    };
    let response_headers = response.headers_mut();
    response_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response_headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response_headers.insert(header::VARY, HeaderValue::from_static("accept-encoding, accept-language"));
    response_headers.insert(header::ETAG, page.etag.clone());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_offered_language_of_the_browser_is_used() {
        let offered = [("nl", 1), ("en", 2)];
        for (accepted, expected) in
            [("en-GB,en;q=0.9", Some(2)), ("de,nl;q=0.5", Some(1)), ("NL", Some(1)), ("fr", None), ("", None)]
        {
            assert_eq!(preferred(accepted, offered.into_iter()), expected, "{accepted}");
        }
    }

    fn pages() -> Pages {
        let rules = app::policy::Rules {
            min_length: 12,
            max_length: 127,
            complexity: true,
            min_score: app::policy::Score::new(3).unwrap(),
            banned_words: vec![],
            history: None,
        };
        let organisation = crate::config::shipped_organisation().unwrap();
        let site = Site {
            logo: None,
            organisation,
            rules,
            methods: vec![app::api::step::OtpMethod::Token],
            kept_days: 30,
            waiting_seconds: 86_400,
            calls: false,
            application_groups: vec![],
        };
        Pages::new(&site, "https://reset.example.org", Availability::OwnNetworks)
    }

    async fn body(admitted: bool, query: Option<&str>) -> String {
        let response = pages().enrollment(admitted, &HeaderMap::new(), query);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.into()).unwrap()
    }

    #[tokio::test]
    async fn admitted_client_gets_the_form_with_its_own_program() {
        let html = body(true, None).await;
        for part in ["<title>06-nummer registratie – Pantein</title>", "current-password"] {
            assert!(html.contains(part), "{part}");
        }
        for path in [
            static_files::REGISTRATION_START,
            static_files::REGISTRATION_WASM,
            static_files::REGISTRATION_STYLE,
        ] {
            assert!(html.contains(path), "{path}");
        }
        assert!(!html.contains(static_files::START) && !html.contains(static_files::FRONTEND_WASM));
    }

    #[tokio::test]
    async fn other_client_gets_an_explanation_without_input_fields() {
        let html = body(false, None).await;
        assert!(html.contains("alleen regelen op een computer van Pantein"), "{html}");
        for absent in ["<input", "<form", "<script", "current-password"] {
            assert!(!html.contains(absent), "{absent}");
        }
    }

    #[tokio::test]
    async fn query_selects_the_language_of_a_page_without_a_program() {
        assert!(body(false, Some("language=en")).await.contains("<html lang=\"en\""));
        assert!(body(false, Some("language=xx")).await.contains("<html lang=\"nl\""));
    }

    #[tokio::test]
    async fn service_desk_page_has_its_own_program_and_is_not_stored() {
        let response = pages().service_desk(&HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let html = String::from_utf8(bytes.into()).unwrap();
        for part in [
            "<title>Servicedesk – Pantein</title>",
            "current-password",
            static_files::SERVICE_DESK_START,
            static_files::SERVICE_DESK_WASM,
            static_files::SERVICE_DESK_STYLE,
        ] {
            assert!(html.contains(part), "{part}");
        }
        assert!(!html.contains(static_files::START) && !html.contains(static_files::FRONTEND_WASM));
    }

    #[test]
    fn window_holds_the_page_and_is_not_larger_than_needed() {
        for (length, bits) in [(0, 10), (1023, 10), (1024, 11), (20_000, 15), (65_535, 16), (100_000_000, 22)]
        {
            assert_eq!(window_bits(length), bits, "{length}");
        }
    }
}
