//! The endpoints of the Administration API. `administration` implements the calls.

use super::Shared;
use super::faults::Endpoint;
use super::request::{ApiRequest, ErrorResponse};
use super::state::State;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{post, put};
use serde_json::Value;
use std::sync::Arc;

type SharedState = Extract<Arc<Shared>>;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/web/v1/adminapi/authenticate", post(sign_in))
        .route("/api/web/v3/users/userid", post(user_get))
        .route("/api/web/v3/users/{id}", put(user_update))
        .route("/api/web/v1/users/{id}/tokens/{kind}", post(token_create))
        .route("/api/web/v1/tokens/{id}/activation", post(token_activate))
}

async fn sign_in(Extract(shared): SharedState, headers: HeaderMap, body: Bytes) -> Response {
    let request = ApiRequest { headers, body, ..ApiRequest::at(Endpoint::AdminSignIn) };
    request.answer(&shared, |state, request| state.admin_sign_in(&request.read()?).map_err(Into::into)).await
}

async fn user_get(Extract(shared): SharedState, headers: HeaderMap, body: Bytes) -> Response {
    let request = ApiRequest { headers, body, ..ApiRequest::at(Endpoint::UserGet) };
    call_in_session(&shared, request, |state, request| state.user_get(&request.read()?).map_err(Into::into))
        .await
}

async fn user_update(
    Extract(shared): SharedState,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request =
        ApiRequest { subject_id: Some(id.clone()), headers, body, ..ApiRequest::at(Endpoint::UserUpdate) };
    call_in_session(&shared, request, |state, request| {
        state.user_update(&id, request.read()?).map_err(Into::into)
    })
    .await
}

async fn token_create(
    Extract(shared): SharedState,
    Path((id, kind)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request =
        ApiRequest { subject_id: Some(id.clone()), headers, body, ..ApiRequest::at(Endpoint::TokenCreate) };
    call_in_session(&shared, request, |state, request| {
        state.token_create(&id, &kind, &request.read()?).map_err(Into::into)
    })
    .await
}

async fn token_activate(
    Extract(shared): SharedState,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request =
        ApiRequest { subject_id: Some(id.clone()), headers, body, ..ApiRequest::at(Endpoint::TokenActivate) };
    call_in_session(&shared, request, |state, request| {
        state.token_activate(&id, &request.read()?).map_err(Into::into)
    })
    .await
}

/// Answers a call that requires a session.
async fn call_in_session(
    shared: &Shared,
    request: ApiRequest,
    execute: impl FnOnce(&mut State, &ApiRequest) -> Result<Value, ErrorResponse>,
) -> Response {
    request
        .answer(shared, |state, request| {
            state.check_admin_session(request.token())?;
            execute(state, request)
        })
        .await
}
