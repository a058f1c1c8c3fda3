//! `/servicedesk`, and who may know that it exists.

use super::fallback;
use crate::http::{AppState, client_ip};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::net::SocketAddr;

/// Middleware of all pages of the service desk: outside its networks every request is answered as that of an unknown path, before
/// anything counts it, so that no answer shows whether there is such a page.
pub async fn only_admitted(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let client = client_ip::client(peer.ip(), headers, &state.trusted_proxies);
    state.unreadable_proxy_header.report(client).await;
    if state.service_desk.admits(client_ip::trusted_client_ip(peer.ip(), headers, &state.trusted_proxies)) {
        next.run(request).await
    } else {
        fallback::serve(State(state), request).await
    }
}

/// `/servicedesk`.
pub async fn page(State(state): State<AppState>, method: Method, headers: HeaderMap) -> Response {
    if ![Method::GET, Method::HEAD].contains(&method) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    state.pages.service_desk(&headers)
}
