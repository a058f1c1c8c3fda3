//! The router, with all its middleware in one place.
//!
//! | module | content |
//! |---|---|
//! | [`api`] | the server side of the server functions; `admission` decides which requests reach them |
//! | [`client_ip`] | the client's address behind trusted proxies |
//! | `cookies`, `origin` | cookies; cross-origin protection |
//! | [`flood_limiter`] | rejects floods of requests in memory |
//! | [`pages`], [`static_files`] | the HTML documents; the static files |
//! | [`openapi`] | the description of the API |
//! | [`health`] | public health endpoints and the admin listener |
//! | `measurement` | counts and times requests |
//! | `unreadable_proxy_header` | the report of an `X-Forwarded-For` that cannot be parsed or is missing |

pub mod api;
pub mod client_ip;
mod cookies;
pub mod flood_limiter;
pub mod health;
mod measurement;
pub mod openapi;
mod origin;
pub mod pages;
#[cfg(any(test, feature = "test-support"))]
pub mod parsers;
pub mod static_files;
mod unreadable_proxy_header;

pub use unreadable_proxy_header::UnreadableProxyHeader;

use crate::config::LogoImage;
use crate::enrollment::EnrollmentService;
use crate::freeze::FreezeService;
use crate::reset::ResetService;
use crate::service_desk::ServiceDeskService;
use app::api::refusal::{Reason, Refusal};
use app::paths;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use ipnet::IpNet;
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

/// The state that the handlers share.
#[derive(Clone)]
pub struct AppState {
    /// The reset service.
    pub reset: Arc<ResetService>,
    /// The enrollment service.
    pub enrollment: Arc<EnrollmentService>,
    /// The service desk.
    pub service_desk: Arc<ServiceDeskService>,
    /// Freezes accounts.
    pub freeze: Arc<FreezeService>,
    /// The origin whose requests are accepted, e.g. `https://wachtwoordreset.pantein.nl`.
    pub origin: Arc<str>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Reports a proxy whose `X-Forwarded-For` cannot be parsed.
    pub unreadable_proxy_header: Arc<UnreadableProxyHeader>,
    /// The HTML documents in each language.
    pub pages: Arc<pages::Pages>,
    /// The logo of the organisation.
    pub logo: Option<Arc<LogoImage>>,
    /// `Contact:` of security.txt; if it is empty, there is no security.txt.
    pub security_contact: Arc<str>,
    /// The checks of the external systems.
    pub health: Arc<health::Health>,
    /// Rejects floods of requests.
    pub flood_limiter: Arc<flood_limiter::FloodLimiter>,
}

/// Only files of this origin and nothing inline; wasm may run.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; img-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// Room for the headers of [`with_default_headers`], so that the map grows once.
const DEFAULT_HEADERS: usize = 12;

/// The public routes and their middleware.
pub fn router(state: AppState) -> Router {
    let hsts = state.origin.starts_with("https://").then(|| HeaderValue::from_static("max-age=63072000"));
    let request_id = HeaderName::from_static("x-request-id");
    // These cost work in the store, in other systems or for a drawing; the other responses are ready in memory.
    let costly = Router::new()
        .route(pages::app_store::QR_PATH, get(pages::app_store::qr_code))
        .route("/readyz", get(health::ready))
        .route(pages::not_me::ROUTE, get(pages::not_me::show).post(pages::not_me::freeze))
        .route("/api", any(api::admission::api))
        .route("/api/{*call}", any(api::admission::api))
        .route_layer(middleware::from_fn_with_state(state.clone(), flood_limiter::reject_floods));
    // The flood limiter is inside, so that its refusals do not show elsewhere that there are such addresses.
    let desk = Router::new()
        .route(paths::SERVICE_DESK_TODAY, any(pages::overview::page))
        .route(paths::SERVICE_DESK_TODAY_CSV, any(pages::overview::csv))
        .route_layer(middleware::from_fn_with_state(state.clone(), flood_limiter::reject_floods))
        .route_layer(middleware::from_fn(pages::overview::only_get))
        .route(paths::SERVICE_DESK, any(pages::service_desk::page))
        .route_layer(middleware::from_fn_with_state(state.clone(), pages::service_desk::only_admitted));
    Router::new()
        .merge(costly)
        .merge(desk)
        .route("/", get(pages::redirect_to_wizard))
        .route(paths::WIZARD, get(pages::wizard))
        .route(paths::ENROLLMENT, get(pages::enrollment))
        .route("/.well-known/change-password", get(pages::redirect_to_wizard))
        .route("/.well-known/security.txt", get(pages::security_txt))
        .route(paths::PRIVACY, get(pages::privacy))
        .route(paths::HELP, get(pages::help))
        .route(paths::LOGO, get(pages::branding::logo))
        .route("/accent.css", get(pages::branding::accent))
        .route(pages::app_store::PATH, get(pages::app_store::redirect))
        .route("/healthz", get(health::alive))
        .route(openapi::PATH, openapi::route(&state.origin))
        .fallback(pages::fallback::serve)
        .with_state(state)
        .layer(DefaultBodyLimit::max(api::admission::BODY_LIMIT))
        .layer(
            ServiceBuilder::new()
                // A client must not choose what the log says.
                .map_request(without_request_id)
                .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
                // A failure is logged once, with its reference, where it is handled.
                .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()).on_failure(()))
                .layer(middleware::from_fn(measurement::measure))
                .layer(PropagateRequestIdLayer::new(request_id))
                .map_response(move |response| with_default_headers(response, hsts.as_ref()))
                .layer(CatchPanicLayer::custom(|_| refuse(&fault()))),
        )
}

/// Headers of every response. One function instead of a layer for each: a page is requested far more often than anything
/// else, and every layer is copied for every request.
fn with_default_headers<B>(mut response: Response<B>, hsts: Option<&HeaderValue>) -> Response<B> {
    let headers = response.headers_mut();
    headers.reserve(DEFAULT_HEADERS);
    if let Some(hsts) = hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
    }
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=()");
    set(RESOURCE_POLICY, "same-origin");
    set(OPENER_POLICY, "same-origin");
    // A page may have a stricter or different policy of its own.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let policy = headers.entry(header::CONTENT_SECURITY_POLICY);
    policy.or_insert(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Removes the request id of a client or a proxy.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

/// The log span of a request: method, id, and the path if it is known. A query, a header or an address is never logged.
fn span(request: &Request) -> tracing::Span {
    let path = measurement::route(request.uri().path());
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path, id)
}

/// Returns the response for a refusal: status, body, `Retry-After`.
pub(crate) fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(refusal)).into_response();
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response.extensions_mut().insert(measurement::RefusalName(refusal.name()));
    response
}

/// Returns the response for an invalid request.
pub(crate) fn invalid(field: Option<String>, reason: Reason) -> Response {
    refuse(&Refusal::Invalid { field, reason })
}

/// Adds the method that is allowed to a refusal of another method.
pub(crate) fn method_not_allowed(mut refused: Response, allowed: &Method) -> Response {
    let allowed = HeaderValue::from_str(allowed.as_str()).unwrap_or(HeaderValue::from_static("POST"));
    refused.headers_mut().insert(header::ALLOW, allowed);
    refused
}

fn fault() -> Refusal {
    let reference = crate::random::reference().unwrap_or_default();
    tracing::error!(reference, "defect: a request panicked");
    Refusal::Fault { reference }
}
