//! The calls over HTTP, each recorded. What they do is in `authentication` and `administration`.

use super::admin_api;
use super::faults::{Endpoint, Fault};
use super::refusals::Refusal;
use super::state::{Call, State};
use super::wire::ErrorInfo;
use super::{Shared, json};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/web/v2/authentication/users", post(query))
        .route("/api/web/v2/authentication/users/authenticate/{authenticator}", post(challenge))
        .route("/api/web/v1/authentication/users/authenticate/{authenticator}/complete", post(complete))
        .route("/api/web/v1/authentication/logout", post(logout))
        .merge(admin_api::router())
        .fallback(|| async { refusal(404, "not_found", "No such resource") })
        .method_not_allowed_fallback(|| async { refusal(405, "method_not_allowed", "Not this method") })
        .with_state(shared)
}

async fn query(Extract(shared): Extract<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let arrived = Arrived { headers, body, ..Arrived::at(Endpoint::Query) };
    arrived.answer(&shared, |state, arrived| state.query(&arrived.read()?).map_err(Into::into)).await
}

async fn challenge(
    Extract(shared): Extract<Arc<Shared>>,
    Path(authenticator): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authenticator = Some(authenticator);
    let arrived = Arrived { authenticator, headers, body, ..Arrived::at(Endpoint::Challenge) };
    arrived
        .answer(&shared, |state, arrived| {
            state.challenge(arrived.authenticator(), &arrived.read()?).map_err(Into::into)
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
    let arrived = Arrived { authenticator, headers, body, ..Arrived::at(Endpoint::Complete) };
    arrived
        .answer(&shared, |state, arrived| {
            state.complete(arrived.authenticator(), arrived.token(), &arrived.read()?).map_err(Into::into)
        })
        .await
}

async fn logout(Extract(shared): Extract<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let arrived = Arrived { headers, body, ..Arrived::at(Endpoint::Logout) };
    arrived.answer(&shared, |state, arrived| state.logout(arrived.token()).map_err(Into::into)).await
}

pub(super) struct Arrived {
    pub(super) endpoint: Endpoint,
    pub(super) authenticator: Option<String>,
    /// The id of a user or of a token in the path.
    pub(super) subject: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// An answer other than 200.
pub(super) struct NotOk {
    status: u16,
    error_code: String,
    message: String,
}

impl From<Refusal> for NotOk {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            error_code: refusal.error_code.into(),
            message: refusal.message.into(),
        }
    }
}

impl Arrived {
    pub(super) fn at(endpoint: Endpoint) -> Self {
        Self { endpoint, authenticator: None, subject: None, headers: HeaderMap::new(), body: Bytes::new() }
    }

    fn authenticator(&self) -> &str {
        self.authenticator.as_deref().unwrap_or_default()
    }

    /// Bare, or after `Bearer `.
    pub(super) fn token(&self) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        Some(value.strip_prefix("Bearer ").unwrap_or(value))
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, NotOk> {
        let sent = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !sent.is_some_and(|sent| sent.starts_with("application/json")) {
            let message = "application/json expected".into();
            return Err(NotOk { status: 415, error_code: "unsupported_media_type".into(), message });
        }
        serde_json::from_slice(&self.body).map_err(|e| NotOk {
            status: 400,
            error_code: "invalid_request".into(),
            message: e.to_string(),
        })
    }

    pub(super) async fn answer<T: Serialize>(
        self,
        shared: &Shared,
        act: impl FnOnce(&mut State, &Self) -> Result<T, NotOk>,
    ) -> Response {
        let (id, fault) = shared.change(|state| {
            let call = self.record(state);
            let id = call.id;
            state.calls.push(call);
            (id, state.faults.at(self.endpoint))
        });
        match fault {
            None => {}
            Some(Fault::Hang) => {
                shared.until(|state| state.faults.at(self.endpoint) != Some(Fault::Hang)).await;
            }
            Some(Fault::LoseAnswer) => {
                // Whether it was accepted is what nobody will know.
                let _accepted: bool = shared.change(|state| act(state, &self).is_ok());
                return broken();
            }
            Some(Fault::Drop) => return broken(),
            Some(Fault::Status(status)) => return page(status, "<html><body>Try again later</body></html>"),
            Some(Fault::Garbage) => return page(200, "<html>12345678</html>"),
            Some(Fault::TooMany) => return refusal(429, "too_many_requests", ""),
            Some(Fault::Refusal { status, error_code }) => return refusal(status, &error_code, ""),
        }
        let (status, body) = shared.change(|state| {
            let (status, body) = match act(state, &self) {
                Ok(answer) => (200, to_json(&answer)),
                Err(no) => (no.status, error_info(&no.error_code, &no.message)),
            };
            if let Some(call) = state.calls.iter_mut().find(|call| call.id == id) {
                call.status = Some(status);
                call.answer = Some(body.clone());
            }
            (status, body)
        });
        if body.is_null() { code(status).into_response() } else { respond(status, &body) }
    }

    fn record(&self, state: &mut State) -> Call {
        let request = json(&self.body);
        let named = request.as_ref().and_then(|body| body.get("userId")).and_then(Value::as_str);
        let subject = self.subject.as_deref().and_then(|id| state.named(id));
        let user = self.token().and_then(|token| state.owner(token)).or(subject);
        let user = user.or_else(|| named.map(str::to_owned));
        Call {
            id: state.next_id(),
            endpoint: self.endpoint,
            authenticator: self.authenticator.clone(),
            user,
            request,
            status: None,
            answer: None,
        }
    }
}

fn to_json<T: Serialize>(answer: &T) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

fn error_info(error_code: &str, message: &str) -> Value {
    to_json(&ErrorInfo { error_code: error_code.into(), error_message: message.into(), parameters: None })
}

fn refusal(status: u16, error_code: &str, message: &str) -> Response {
    respond(status, &error_info(error_code, message))
}

fn respond(status: u16, body: &Value) -> Response {
    (code(status), [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn page(status: u16, html: &'static str) -> Response {
    (code(status), [(header::CONTENT_TYPE, "text/html")], html).into_response()
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Begins an answer and breaks the connection.
fn broken() -> Response {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(futures::stream::iter([Ok(Bytes::from_static(b"{\"authent")), Err(broken)]))
        .into_response()
}
