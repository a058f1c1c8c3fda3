//! The calls of the Administration API over HTTP. What they do is in `administration`.

use super::Shared;
use super::api::{Arrived, NotOk};
use super::faults::Endpoint;
use super::state::State;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{post, put};
use serde_json::Value;
use std::sync::Arc;

type Held = Extract<Arc<Shared>>;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/web/v1/adminapi/authenticate", post(sign_in))
        .route("/api/web/v3/users/userid", post(user_get))
        .route("/api/web/v3/users/{id}", put(user_update))
        .route("/api/web/v1/users/{id}/tokens/{kind}", post(token_create))
        .route("/api/web/v1/tokens/{id}/activation", post(token_activate))
}

async fn sign_in(Extract(shared): Held, headers: HeaderMap, body: Bytes) -> Response {
    let arrived = Arrived { headers, body, ..Arrived::at(Endpoint::AdminSignIn) };
    arrived.answer(&shared, |state, arrived| state.admin_sign_in(&arrived.read()?).map_err(Into::into)).await
}

async fn user_get(Extract(shared): Held, headers: HeaderMap, body: Bytes) -> Response {
    let arrived = Arrived { headers, body, ..Arrived::at(Endpoint::UserGet) };
    call(&shared, arrived, |state, arrived| state.user_get(&arrived.read()?).map_err(Into::into)).await
}

async fn user_update(
    Extract(shared): Held,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let arrived = Arrived { subject: Some(id.clone()), headers, body, ..Arrived::at(Endpoint::UserUpdate) };
    call(&shared, arrived, |state, arrived| state.user_update(&id, arrived.read()?).map_err(Into::into)).await
}

async fn token_create(
    Extract(shared): Held,
    Path((id, kind)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let arrived = Arrived { subject: Some(id.clone()), headers, body, ..Arrived::at(Endpoint::TokenCreate) };
    call(&shared, arrived, |state, arrived| {
        state.token_create(&id, &kind, &arrived.read()?).map_err(Into::into)
    })
    .await
}

async fn token_activate(
    Extract(shared): Held,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let arrived =
        Arrived { subject: Some(id.clone()), headers, body, ..Arrived::at(Endpoint::TokenActivate) };
    call(&shared, arrived, |state, arrived| state.token_activate(&id, &arrived.read()?).map_err(Into::into))
        .await
}

/// A call in a session.
async fn call(
    shared: &Shared,
    arrived: Arrived,
    act: impl FnOnce(&mut State, &Arrived) -> Result<Value, NotOk>,
) -> Response {
    arrived
        .answer(shared, |state, arrived| {
            state.admin(arrived.token())?;
            act(state, arrived)
        })
        .await
}
