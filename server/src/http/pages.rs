//! The documents and the site's files. Not what is on the page: that is `app`'s.

use super::{Served, invalid};
use crate::site;
use app::pages::registration;
use app::refusal::Reason;
use app::site::{Language, Site};
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::net::SocketAddr;

/// The organisation's own colour.
const ACCENT: &str = "/accent.css";
/// Where the wizard is.
const WIZARD: &str = "/wachtwoordreset";
/// Where the registration is.
const REGISTRATION: &str = registration::ADDRESS;

/// Whether the path is a page's.
pub fn is_page(path: &str) -> bool {
    let health = ["/healthz", "/readyz"];
    let known = ["/.well-known/change-password", "/.well-known/security.txt"];
    ["/", WIZARD, REGISTRATION, ACCENT].contains(&path)
        || health.contains(&path)
        || known.contains(&path)
        || site::find(path).is_some()
}

/// The documents in each language, made once at start: the organisation's names stand in them.
pub struct Pages {
    wizard: Document,
    registration: Document,
    elsewhere: Document,
}

/// One document in every language that the organisation offers.
struct Document(Vec<(Language, Page)>);

struct Page {
    raw: Vec<u8>,
    br: Vec<u8>,
    tag: HeaderValue,
}

impl Pages {
    /// In every language that the organisation offers.
    pub fn new(site: &Site) -> Self {
        Self {
            wizard: Document::new(site, wizard),
            registration: Document::new(site, form),
            elsewhere: Document::new(site, elsewhere),
        }
    }
}

impl Document {
    fn new(site: &Site, contents: fn(&Site, Language) -> Contents) -> Self {
        let languages = site.organisation.languages.iter().copied();
        Self(
            languages
                .map(|language| (language, Page::new(document(site, language, &contents(site, language)))))
                .collect(),
        )
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
        let digest = crate::keys::hex(Sha256::digest(&raw).get(..8).unwrap_or_default());
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

/// In what the documents differ.
struct Contents {
    /// The page's own name.
    title: String,
    /// The first screen, which is there before the wasm is.
    screen: String,
    /// Attributes of the root element.
    root: String,
    /// What the head loads: style sheets and the program.
    loads: String,
}

fn wizard(site: &Site, language: Language) -> Contents {
    Contents {
        title: site.organisation.title.in_language(language).to_owned(),
        screen: app::pages::shell(site, language),
        root: format!(" data-worker=\"{}\"", site::WORKER),
        loads: program(site, site::START, site::FRONTEND_JS, site::FRONTEND_WASM),
    }
}

fn form(site: &Site, language: Language) -> Contents {
    let program = program(site, site::REGISTRATION_START, site::REGISTRATION_JS, site::REGISTRATION_WASM);
    Contents {
        title: registration::title(language).to_owned(),
        screen: registration::shell(site, language),
        root: String::new(),
        loads: [sheet(site::REGISTRATION_STYLE), program].concat(),
    }
}

/// What stands at the registration's address for whoever may not register from here. It has no program.
fn elsewhere(site: &Site, language: Language) -> Contents {
    Contents {
        title: registration::title(language).to_owned(),
        screen: registration::elsewhere_shell(site, language),
        root: String::new(),
        loads: String::new(),
    }
}

fn sheet(address: &str) -> String {
    format!("<link rel=\"stylesheet\" href=\"{address}\">\n")
}

fn program(site: &Site, start: &str, js: &str, wasm: &str) -> String {
    let json = serde_json::to_string(site).unwrap_or_default();
    // In a script element only `<` could end it; JSON may write that as an escape.
    let json = json.replace('<', "\\u003c");
    format!(
        "<link rel=\"modulepreload\" href=\"{js}\">\n\
         <link rel=\"preload\" href=\"{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
         <script type=\"module\" src=\"{start}\"></script>\n\
         <script type=\"application/json\" id=\"site\">{json}</script>\n"
    )
}

/// A whole document.
fn document(site: &Site, language: Language, contents: &Contents) -> String {
    let Contents { title, screen, root, loads } = contents;
    let (title, name) = (escape(title), escape(&site.organisation.name));
    format!(
        "<!doctype html>\n<html lang=\"{tag}\"{root}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n\
         <title>{title} – {name}</title>\n<meta name=\"robots\" content=\"noindex\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"format-detection\" content=\"telephone=no\">\n\
         {style}{accent}<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n{loads}</head>\n\
         <body>\n<div id=\"app\">{screen}</div>\n</body>\n</html>\n",
        tag = language.tag(),
        style = sheet(site::STYLE),
        accent = if is_own_accent(site) { sheet(ACCENT) } else { String::new() },
    )
}

/// Whether the organisation has a colour of its own; the shipped one stands in the style already.
fn is_own_accent(site: &Site) -> bool {
    crate::settings::shipped_organisation().is_ok_and(|shipped| shipped.accent != site.organisation.accent)
}

/// `GET /accent.css`: the organisation's colour; everything else follows from it.
pub async fn accent(State(served): State<Served>) -> impl IntoResponse {
    let sheet = format!(":root{{--accent:{}}}\n", served.workflow.site().organisation.accent);
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], sheet)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `GET /` and `/.well-known/change-password`.
pub async fn to_the_wizard() -> Redirect {
    Redirect::to(WIZARD)
}

/// `GET /wachtwoordreset`.
pub async fn index(State(served): State<Served>, headers: HeaderMap) -> Response {
    answer(&served.pages.wizard, &headers, None)
}

impl Pages {
    /// What stands at `/registratie`: the form for whoever is `admitted`, an explanation for everybody else.
    /// The explanation's language can be asked for (`?language=en`): it has no program that could change it.
    pub fn registration(&self, admitted: bool, headers: &HeaderMap, query: Option<&str>) -> Response {
        let document = if admitted { &self.registration } else { &self.elsewhere };
        let asked = query.and_then(|query| query.strip_prefix("language="));
        let mut response = answer(document, headers, asked);
        // One address, two documents: who moves to another network must not see the one of before.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
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
    State(served): State<Served>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let certain = super::client::certain(peer.ip(), &headers, &served.trusted_proxies);
    let admitted = served.registrar.admits(certain);
    served.pages.registration(admitted, &headers, uri.query())
}

/// `GET /.well-known/security.txt` (RFC 9116).
pub async fn security(State(served): State<Served>) -> Response {
    if served.security_contact.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let expires = served.health.now() + jiff::SignedDuration::from_hours(180 * 24);
    let expires = expires.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!("Contact: {}\nExpires: {expires}\nPreferred-Languages: nl, en\n", served.security_contact)
        .into_response()
}

/// Everything else: a file of the site, or nothing.
pub async fn file(request: Request) -> Response {
    let path = request.uri().path();
    let Some(file) = site::find(path) else {
        if path.starts_with("/api") {
            return invalid(None, Reason::NotFound);
        }
        return (StatusCode::NOT_FOUND, "404\n").into_response();
    };
    if ![Method::GET, Method::HEAD].contains(request.method()) {
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
    let caching = if file.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
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

    #[test]
    fn an_encoding_with_weight_nought_is_not_accepted() {
        let headers = |value: &str| [(header::ACCEPT_ENCODING, value.parse().unwrap())].into_iter().collect();
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers(""), "br"));
    }
}
