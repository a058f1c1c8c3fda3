//! The documents and the site's files. Not what is on the page: that is `app`'s.

pub mod app_store;
mod document;

use super::{AppState, invalid};
use crate::http::static_files;
use app::api::refusal::Reason;
use app::api::site::Site;
use app::i18n::Language;
use app::paths;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use document::{elsewhere, form, help, missing, notice, wizard};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::net::SocketAddr;

/// The organisation's own colour.
const ACCENT: &str = "/accent.css";
/// What its address says all about never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Whether the path is a page's.
pub fn is_page(path: &str) -> bool {
    let health = ["/healthz", "/readyz"];
    let known = ["/.well-known/change-password", "/.well-known/security.txt"];
    [
        "/",
        paths::WIZARD,
        paths::ENROLLMENT,
        paths::PRIVACY,
        paths::HELP,
        paths::LOGO,
        ACCENT,
        app_store::ADDRESS,
        app_store::CODE,
    ]
    .contains(&path)
        || health.contains(&path)
        || known.contains(&path)
        || static_files::find(path).is_some()
}

/// The documents in each language, made once at start: the organisation's names stand in them.
pub struct Pages {
    wizard: Document,
    registration: Document,
    elsewhere: Document,
    privacy: Document,
    help: Document,
    missing: Document,
}

/// One document in every language that the organisation offers.
struct Document(Vec<(Language, Page)>);

struct Page {
    raw: Vec<u8>,
    br: Vec<u8>,
    tag: HeaderValue,
}

impl Pages {
    /// In every language that the organisation offers. `origin` is where employees reach the service.
    pub fn new(site: &Site, origin: &str) -> Self {
        Self {
            wizard: Document::new(site, wizard),
            registration: Document::new(site, form),
            elsewhere: Document::new(site, elsewhere),
            privacy: Document::new(site, notice),
            help: Document::new(site, |site, language| help(site, language, origin)),
            missing: Document::new(site, missing),
        }
    }
}

impl Document {
    fn new(site: &Site, html: impl Fn(&Site, Language) -> String) -> Self {
        let languages = site.organisation.languages.iter().copied();
        Self(languages.map(|language| (language, Page::new(html(site, language)))).collect())
    }

    /// In the language that is asked for, or else that the browser prefers among those on offer.
    fn page(&self, headers: &HeaderMap, asked: Option<&str>) -> Option<&Page> {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let offered = || self.0.iter().map(|(language, page)| (language.tag(), page));
        preferred(asked.unwrap_or_default(), offered())
            .or_else(|| preferred(accepted.unwrap_or_default(), offered()))
            .or_else(|| self.0.first().map(|(_, page)| page))
    }
}

impl Page {
    fn new(html: String) -> Self {
        let raw = html.into_bytes();
        let mut br = Vec::new();
        // Writing into a Vec cannot fail.
        let _ = brotli::CompressorWriter::new(&mut br, 4096, 11, 22).write_all(&raw);
        let digest = crate::crypto::hex(Sha256::digest(&raw).get(..8).unwrap_or_default());
        let tag = HeaderValue::from_str(&format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { raw, br, tag }
    }
}

/// The first of the browser's languages that is on offer. Its weights are nearly always in order.
fn preferred<T>(wanted: &str, mut offered: impl Iterator<Item = (&'static str, T)> + Clone) -> Option<T>
where
    T: Clone,
{
    let offered = &mut offered;
    wanted.split(',').find_map(|range| {
        let tag = range.split([';', '-']).next().unwrap_or_default().trim();
        offered.clone().find(|(offered, _)| tag.eq_ignore_ascii_case(offered)).map(|(_, page)| page)
    })
}

/// `GET /accent.css`: the organisation's colour; everything else follows from it. Under the address that pages name it
/// by it is kept for good.
pub async fn accent(State(served): State<AppState>, uri: Uri) -> impl IntoResponse {
    let accent = &served.workflow.site().organisation.accent;
    let caching = if accent_address(accent) == uri.to_string() { IMMUTABLE } else { "no-cache" };
    let sheet = format!(":root{{--accent:{accent}}}\n");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, caching)], sheet)
}

/// `GET /logo`: the organisation's logo, if it has one. Under the address that pages name it by it never changes.
pub async fn logo(State(served): State<AppState>, uri: Uri) -> Response {
    let Some(logo) = &served.logo else { return StatusCode::NOT_FOUND.into_response() };
    let is_named = uri.query() == Some(logo.digest.as_str());
    let caching = if is_named { IMMUTABLE } else { "no-cache" };
    let headers = [(header::CONTENT_TYPE, logo.content_type), (header::CACHE_CONTROL, caching)];
    (headers, logo.bytes.clone()).into_response()
}

/// Another colour has another address.
fn accent_address(accent: &str) -> String {
    format!("{ACCENT}?{}", accent.trim_start_matches('#'))
}

/// `GET /` and `/.well-known/change-password`.
pub async fn to_the_wizard() -> Redirect {
    Redirect::to(paths::WIZARD)
}

/// `GET /wachtwoordreset`.
pub async fn index(State(served): State<AppState>, headers: HeaderMap) -> Response {
    answer(&served.pages.wizard, &headers, None)
}

impl Pages {
    /// What stands at `/registratie`: the form for whoever is `admitted`, an explanation for everybody else.
    /// The explanation's language can be asked for (`?language=en`): it has no program that could change it.
    pub fn registration(&self, admitted: bool, headers: &HeaderMap, query: Option<&str>) -> Response {
        let document = if admitted { &self.registration } else { &self.elsewhere };
        let mut response = answer(document, headers, language_of(query));
        // One address, two documents: who moves to another network must not see the one of before.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl Pages {
    /// The page that says that there is none at this address.
    fn missing(&self, headers: &HeaderMap, query: Option<&str>) -> Response {
        let mut headers = headers.clone();
        // There is nothing to be up to date with: always 404.
        headers.remove(header::IF_NONE_MATCH);
        let mut response = answer(&self.missing, &headers, language_of(query));
        *response.status_mut() = StatusCode::NOT_FOUND;
        response.headers_mut().remove(header::ETAG);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// What mail programs and people leave at the end of an address.
const NOISE: [&str; 16] =
    ["/", ".", ",", ";", ":", ")", "!", "'", "%20", "%22", "%29", "%2c", "%2C", "%3e", "%3E", "%C2%A0"];

/// The page that a path means which differs from its address only in letter case, doubled or trailing slashes, or the
/// punctuation or space that followed the address in a text.
fn meant(path: &str) -> Option<&'static str> {
    let mut name = path.trim_start_matches('/');
    while let Some(shorter) = NOISE.iter().find_map(|noise| name.strip_suffix(noise)) {
        name = shorter;
    }
    [paths::WIZARD, paths::ENROLLMENT, paths::PRIVACY, paths::HELP, app_store::ADDRESS]
        .into_iter()
        .find(|page| page.trim_start_matches('/').eq_ignore_ascii_case(name))
}

/// `GET /privacy`.
pub async fn privacy(State(served): State<AppState>, headers: HeaderMap, uri: Uri) -> Response {
    answer(&served.pages.privacy, &headers, language_of(uri.query()))
}

/// `GET /hulp`.
pub async fn help_page(State(served): State<AppState>, headers: HeaderMap, uri: Uri) -> Response {
    answer(&served.pages.help, &headers, language_of(uri.query()))
}

/// A page without a program is asked for in a language by its address.
fn language_of(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|part| part.strip_prefix("language="))
}

fn answer(document: &Document, headers: &HeaderMap, asked: Option<&str>) -> Response {
    let Some(page) = document.page(headers, asked) else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = if headers.get(header::IF_NONE_MATCH) == Some(&page.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if accepts(headers, "br") {
        ([(header::CONTENT_ENCODING, "br")], page.br.clone()).into_response()
    } else {
        page.raw.clone().into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding, accept-language"));
    answer.insert(header::ETAG, page.tag.clone());
    response
}

/// `GET /registratie`.
pub async fn registration_page(
    State(served): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let certain = super::client_ip::trusted_client_ip(peer.ip(), &headers, &served.trusted_proxies);
    let admitted = served.registrar.admits(certain);
    served.pages.registration(admitted, &headers, uri.query())
}

/// `GET /.well-known/security.txt` (RFC 9116).
pub async fn security(State(served): State<AppState>) -> Response {
    if served.security_contact.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let expires = served.health.now() + jiff::SignedDuration::from_hours(180 * 24);
    let expires = expires.strftime("%Y-%m-%dT%H:%M:%SZ");
    let languages = &served.workflow.site().organisation.languages;
    let languages: Vec<_> = languages.iter().map(|language| language.tag()).collect();
    let (contact, languages) = (&served.security_contact, languages.join(", "));
    format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: {languages}\n").into_response()
}

/// Everything else: a file of the site, a page whose address was spelled differently, or the page that says that there
/// is none.
pub async fn file(State(served): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    let Some(file) = static_files::find(path) else {
        if path == "/api" || path.starts_with("/api/") {
            return invalid(None, Reason::NotFound);
        }
        if !reads {
            return StatusCode::NOT_FOUND.into_response();
        }
        return match meant(path) {
            Some(page) => {
                let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
                Redirect::permanent(&format!("{page}{query}")).into_response()
            }
            None => served.pages.missing(request.headers(), request.uri().query()),
        };
    };
    if !reads {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let headers = request.headers();
    let (body, encoding) = match (file.br, file.gz) {
        (Some(br), _) if accepts(headers, "br") => (br, Some("br")),
        (_, Some(gz)) if accepts(headers, "gzip") => (gz, Some("gzip")),
        (Some(_) | None, Some(_) | None) => (file.raw, None),
    };
    let mut response = Response::new(Body::from(body));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    let caching = if file.immutable { IMMUTABLE } else { "public, max-age=3600" };
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some(encoding) && !parts.any(|weight| weight == "q=0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_language_on_offer_is_taken() {
        let offered = [("nl", 1), ("en", 2)];
        for (wanted, expected) in
            [("en-GB,en;q=0.9", Some(2)), ("de,nl;q=0.5", Some(1)), ("NL", Some(1)), ("fr", None), ("", None)]
        {
            assert_eq!(preferred(wanted, offered.into_iter()), expected, "{wanted}");
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
            ways: vec![app::api::step::OtpMethod::Token],
            kept_days: 30,
            waiting_seconds: 86_400,
            application_groups: vec![],
        };
        Pages::new(&site, "https://reset.example.org")
    }

    async fn body(admitted: bool, query: Option<&str>) -> String {
        let response = pages().registration(admitted, &HeaderMap::new(), query);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.into()).unwrap()
    }

    #[tokio::test]
    async fn whoever_may_register_gets_the_form_with_a_program_of_its_own() {
        let html = body(true, None).await;
        for part in ["<title>06-nummer registratie – Pantein</title>", "current-password"] {
            assert!(html.contains(part), "{part}");
        }
        for own in [
            static_files::REGISTRATION_START,
            static_files::REGISTRATION_WASM,
            static_files::REGISTRATION_STYLE,
        ] {
            assert!(html.contains(own), "{own}");
        }
        assert!(!html.contains(static_files::START) && !html.contains(static_files::FRONTEND_WASM));
    }

    #[tokio::test]
    async fn everybody_else_is_told_where_to_register_and_can_type_nothing() {
        let html = body(false, None).await;
        assert!(html.contains("alleen regelen op een computer van Pantein"), "{html}");
        for absent in ["<input", "<form", "<script", "current-password"] {
            assert!(!html.contains(absent), "{absent}");
        }
    }

    #[tokio::test]
    async fn a_page_without_a_program_changes_its_language_by_its_address() {
        assert!(body(false, Some("language=en")).await.contains("<html lang=\"en\""));
        assert!(body(false, Some("language=xx")).await.contains("<html lang=\"nl\""));
    }

    #[test]
    fn an_encoding_with_weight_nought_is_not_accepted() {
        let headers = |value: &str| [(header::ACCEPT_ENCODING, value.parse().unwrap())].into_iter().collect();
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers(""), "br"));
    }
}
