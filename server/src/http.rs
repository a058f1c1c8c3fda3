//! Router and the whole layer stack, on one screen. Not what a call does: that is `reset`.
//!
//! | file | its part |
//! |---|---|
//! | [`guard`] | what may reach a server function: method, origin, size, JSON of the right form |
//! | [`api`] | one request's desk: the API's inbound trait, the cookie, the status |
//! | [`client_ip`] | the client's address behind trusted proxies |
//! | [`pages`] | the documents and the site's files |
//! | [`health`] | public health, and the admin listener |

pub mod api;
pub mod client_ip;
mod cookies;
pub mod health;
pub mod pages;
pub mod static_files;

use crate::config::LogoImage;
use crate::enrollment::EnrollmentService;
use crate::reset::ResetService;
use app::api::refusal::{Reason, Refusal};
use app::paths;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use ipnet::IpNet;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_http::trace::TraceLayer;

/// What the pages and the API are served with.
#[derive(Clone)]
pub struct AppState {
    /// The workflow behind the API.
    pub workflow: Arc<ResetService>,
    /// The registration behind the API.
    pub registrar: Arc<EnrollmentService>,
    /// The origin whose requests are accepted, e.g. `https://wachtwoordreset.pantein.nl`.
    pub origin: Arc<str>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// The documents in each language.
    pub pages: Arc<pages::Pages>,
    /// The logo of the organisation.
    pub logo: Option<Arc<LogoImage>>,
    /// `Contact:` of security.txt; empty: there is none.
    pub security_contact: Arc<str>,
    /// Whether the store answers.
    pub health: Arc<health::Health>,
}

/// Nothing inline, nothing from elsewhere; wasm may run.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; img-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'";
/// A body is at most 16 kB; who takes longer for it is holding a connection.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Everything that the internet may ask.
pub fn router(served: AppState) -> Router {
    let hsts = served.origin.starts_with("https://").then(|| HeaderValue::from_static("max-age=63072000"));
    let request_id = HeaderName::from_static("x-request-id");
    Router::new()
        .route("/", get(pages::to_the_wizard))
        .route(paths::WIZARD, get(pages::index))
        .route(paths::ENROLLMENT, get(pages::registration_page))
        .route("/.well-known/change-password", get(pages::to_the_wizard))
        .route("/.well-known/security.txt", get(pages::security))
        .route(paths::PRIVACY, get(pages::privacy))
        .route(paths::HELP, get(pages::help_page))
        .route(paths::LOGO, get(pages::logo))
        .route("/accent.css", get(pages::accent))
        .route(pages::app_store::ADDRESS, get(pages::app_store::lead))
        .route(pages::app_store::CODE, get(pages::app_store::code))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api", any(api::admission::api))
        .route("/api/{*call}", any(api::admission::api))
        .fallback(pages::file)
        .with_state(served)
        .layer(DefaultBodyLimit::max(api::admission::BODY_LIMIT))
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()))
                .layer(PropagateRequestIdLayer::new(request_id))
                .layer(middleware::from_fn(default_no_store))
                .layer(secured(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
                .layer(secured(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(secured(header::X_FRAME_OPTIONS, "DENY"))
                .layer(secured(header::REFERRER_POLICY, "no-referrer"))
                .layer(secured(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
                .layer(secured(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
                .layer(secured(
                    HeaderName::from_static("permissions-policy"),
                    "camera=(), microphone=(), geolocation=()",
                ))
                .layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, hsts))
                .layer(CatchPanicLayer::custom(|_| refuse(&fault())))
                .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT)),
        )
}

fn secured(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

/// A line per request: method, path of ours, id. Never a query, a header or an address.
fn span(request: &Request) -> tracing::Span {
    let path = request.uri().path();
    let known = api::admission::is_call(path) || pages::is_page(path);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = if known { path } else { "other" }, id)
}

async fn default_no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A refusal as an answer: status, body, `Retry-After`.
pub(crate) fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(refusal)).into_response();
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// A request that cannot be.
pub(crate) fn invalid(field: Option<String>, reason: Reason) -> Response {
    refuse(&Refusal::Invalid { field, reason })
}

fn fault() -> Refusal {
    let reference = crate::random::reference().unwrap_or_default();
    tracing::error!(reference, "defect: a request panicked");
    Refusal::Fault { reference }
}
