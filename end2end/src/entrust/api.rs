//! The endpoints of the Authentication API, and the router of both APIs. `authentication` implements the calls.

use super::Shared;
use super::admin_api;
use super::faults::Endpoint;
use super::request::{ApiRequest, refuse};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use std::sync::Arc;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/web/v2/authentication/users", post(query))
        .route("/api/web/v2/authentication/users/authenticate/{authenticator}", post(challenge))
        .route("/api/web/v1/authentication/users/authenticate/{authenticator}/complete", post(complete))
        .route("/api/web/v1/authentication/logout", post(logout))
        .merge(admin_api::router())
        .fallback(|| async { refuse(404, "not_found", "No such resource") })
        .method_not_allowed_fallback(|| async { refuse(405, "method_not_allowed", "Not this method") })
        .with_state(shared)
}

async fn query(Extract(shared): Extract<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let request = ApiRequest { headers, body, ..ApiRequest::at(Endpoint::Query) };
    request.answer(&shared, |state, request| state.query(&request.read()?).map_err(Into::into)).await
}

async fn challenge(
    Extract(shared): Extract<Arc<Shared>>,
    Path(authenticator): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authenticator = Some(authenticator);
    let request = ApiRequest { authenticator, headers, body, ..ApiRequest::at(Endpoint::Challenge) };
    request
        .answer(&shared, |state, request| {
            state.challenge(request.authenticator(), &request.read()?).map_err(Into::into)
        })
        .await
}

async fn complete(
    Extract(shared): Extract<Arc<Shared>>,
    Path(authenticator): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authenticator = Some(authenticator);
    let request = ApiRequest { authenticator, headers, body, ..ApiRequest::at(Endpoint::Complete) };
    request
        .answer(&shared, |state, request| {
            state.complete(request.authenticator(), request.token(), &request.read()?).map_err(Into::into)
        })
        .await
}

async fn logout(Extract(shared): Extract<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let request = ApiRequest { headers, body, ..ApiRequest::at(Endpoint::Logout) };
    request.answer(&shared, |state, request| state.logout(request.token()).map_err(Into::into)).await
}
