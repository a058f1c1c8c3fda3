//! Admission of a request to a server function: a known path, its method, the network, our own origin, and a JSON body.
//!
//! Path, method and arguments come from the server function itself. What server functions do with other requests (an
//! error page with the parser's text, a redirect to the Referer) is unreachable from here on.

use super::RequestContext;
use crate::http::{AppState, invalid, method_not_allowed, origin, refuse};
use app::api::refusal::{Reason, Refusal};
use app::api::{ResetHandler, enrollment, service_desk};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use leptos::context::provide_context;
use leptos::prelude::expect_context;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Bytes; several times the longest valid body.
pub const BODY_LIMIT: usize = 16 * 1024;

/// Longer than the slowest step: a verification queries the directory once and Entrust three times.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// The methods of the server functions, by path.
static SERVER_FUNCTIONS: LazyLock<HashMap<&'static str, Method>> =
    LazyLock::new(|| server_fn::axum::server_fn_paths().collect());

/// Whether a server function has this path.
pub fn is_call(path: &str) -> bool {
    SERVER_FUNCTIONS.contains_key(path)
}

/// The method of the server function with this path.
pub(in crate::http) fn method(path: &str) -> Method {
    SERVER_FUNCTIONS.get(path).cloned().unwrap_or(Method::POST)
}

/// Answers `/api/…`.
pub async fn api(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let path = request.uri().path();
    let Some(method) = SERVER_FUNCTIONS.get(path) else { return invalid(None, Reason::NotFound) };
    let client = crate::http::client_ip::client(peer.ip(), request.headers(), &state.trusted_proxies);
    state.unreadable_proxy_header.report(client).await;
    // A sign-in with user name and password on the public internet would invite password guessing.
    let client_ip =
        crate::http::client_ip::trusted_client_ip(peer.ip(), request.headers(), &state.trusted_proxies);
    let is_admitted = if path.starts_with(enrollment::PREFIX) {
        state.enrollment.admits(client_ip)
    } else if path.starts_with(service_desk::PREFIX) {
        state.service_desk.admits(client_ip)
    } else {
        true
    };
    if !is_admitted {
        return invalid(None, Reason::NotFound);
    }
    if request.method() != method {
        return method_not_allowed(invalid(None, Reason::Method), method);
    }
    let context = RequestContext::new(&state, client.address, request.headers()).await;
    let request = if *method == Method::POST {
        match admit(request, &state.origin).await {
            Ok(request) => request,
            Err(refused) => return refused,
        }
    } else {
        without_preferences(request)
    };
    let answering = leptos_axum::handle_server_fns_with_context(
        move || {
            let context = context.clone().answering(expect_context());
            provide_context::<Arc<dyn ResetHandler>>(Arc::new(context.clone()));
            provide_context::<Arc<dyn enrollment::EnrollmentHandler>>(Arc::new(context.clone()));
            provide_context::<Arc<dyn service_desk::ServiceDeskHandler>>(Arc::new(context));
        },
        request,
    );
    match tokio::time::timeout(REQUEST_TIMEOUT, answering).await {
        Ok(answer) => with_status(answer.into_response()).await,
        // The step itself goes on; `current` shows its result.
        Err(_) => refuse(&late()),
    }
}

/// Gives a refusal its status and `Retry-After`: server functions answer every error with 500.
async fn with_status(response: Response) -> Response {
    if !response.headers().contains_key(server_fn::error::SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let refusal = match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(body) => serde_json::from_slice(&body).ok(),
        Err(_) => None,
    };
    let mut refused = refuse(&refusal.unwrap_or_else(unknown_error));
    if let header::Entry::Occupied(cookies) = parts.headers.entry(header::SET_COOKIE) {
        for cookie in cookies.remove_entry_mult().1 {
            refused.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    refused
}

fn unknown_error() -> Refusal {
    let reference = crate::random::reference().unwrap_or_default();
    tracing::error!(reference, "defect: a server function answered with an unknown error");
    Refusal::Fault { reference }
}

fn late() -> Refusal {
    let reference = crate::random::reference().unwrap_or_default();
    tracing::error!(reference, "request timed out after a minute");
    Refusal::Unavailable { reference, retry_after: 1 }
}

/// Admits a POST of our own page with a JSON body.
async fn admit(request: Request, own_origin: &str) -> Result<Request, Response> {
    if !origin::is_same_origin(request.headers(), own_origin) {
        count_rejected("foreign");
        return Err(refuse(&Refusal::CrossOrigin));
    }
    if !is_json(request.headers()) {
        count_rejected("content_type");
        return Err(invalid(None, Reason::ContentType));
    }
    let (parts, body) = request.into_parts();
    let body = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let body = body.map_err(|rejection| {
        // A body that was interrupted or came too slowly is not too large.
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        count_rejected(if too_large { "too_large" } else { "malformed" });
        invalid(None, if too_large { Reason::TooLarge } else { Reason::Malformed })
    })?;
    Ok(without_preferences(Request::from_parts(parts, Body::from(body))))
}

/// Counts a request that is refused before its step. It is not logged: a client can send any number of these.
fn count_rejected(reason: &'static str) {
    metrics::counter!("requests_rejected_total", "reason" => reason).increment(1);
}

/// Removes what makes a server function redirect to the Referer: that it exists, and that HTML is accepted.
fn without_preferences(mut request: Request) -> Request {
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.remove(header::REFERER);
    request
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_functions_of_all_pages_are_known_with_their_methods() {
        for (path, method) in [
            ("/api/site", Method::GET),
            ("/api/reset/current", Method::GET),
            ("/api/reset/unlock", Method::POST),
            ("/api/registration/current", Method::GET),
            ("/api/registration/sign_in", Method::POST),
            ("/api/servicedesk/current", Method::GET),
            ("/api/servicedesk/act", Method::POST),
        ] {
            assert_eq!(SERVER_FUNCTIONS.get(path), Some(&method), "{path}");
        }
        assert_eq!(SERVER_FUNCTIONS.len(), 37);
        // A call of the enrollment or the service desk elsewhere would be reachable from every network.
        let is_public = |path: &str| path == "/api/site" || path.starts_with("/api/reset/");
        let with_prefix = |prefix| SERVER_FUNCTIONS.keys().filter(|path| path.starts_with(prefix)).count();
        assert_eq!((with_prefix(enrollment::PREFIX), with_prefix(service_desk::PREFIX)), (12, 13));
        assert_eq!(SERVER_FUNCTIONS.keys().filter(|path| is_public(path)).count(), 12);
        assert!(!is_call("/api/reset"));
    }
}
