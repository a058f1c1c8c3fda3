//! A call of either API: recording, configured faults, and the answer over HTTP.

use super::faults::{Endpoint, Fault};
use super::refusals::Refusal;
use super::state::{Call, State};
use super::wire::ErrorInfo;
use super::{Shared, json};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A received call.
pub(super) struct ApiRequest {
    pub(super) endpoint: Endpoint,
    pub(super) authenticator: Option<String>,
    /// The id of a user or of a token in the path.
    pub(super) subject_id: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// An answer with a status other than 200.
pub(super) struct ErrorResponse {
    status: u16,
    error_code: String,
    message: String,
}

impl From<Refusal> for ErrorResponse {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            error_code: refusal.error_code.into(),
            message: refusal.message.into(),
        }
    }
}

impl ApiRequest {
    pub(super) fn at(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            authenticator: None,
            subject_id: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(super) fn authenticator(&self) -> &str {
        self.authenticator.as_deref().unwrap_or_default()
    }

    /// The token in `Authorization`, with or without `Bearer `.
    pub(super) fn token(&self) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        Some(value.strip_prefix("Bearer ").unwrap_or(value))
    }

    /// Deserializes the body.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, ErrorResponse> {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| value.starts_with("application/json")) {
            let message = "application/json expected".into();
            return Err(ErrorResponse { status: 415, error_code: "unsupported_media_type".into(), message });
        }
        serde_json::from_slice(&self.body).map_err(|e| ErrorResponse {
            status: 400,
            error_code: "invalid_request".into(),
            message: e.to_string(),
        })
    }

    /// Records the call, applies the configured fault, executes the call and returns its answer.
    pub(super) async fn answer<T: Serialize>(
        self,
        shared: &Shared,
        execute: impl FnOnce(&mut State, &Self) -> Result<T, ErrorResponse>,
    ) -> Response {
        let (id, fault, delay) = shared.change(|state| {
            let call = self.record(state);
            let id = call.id;
            state.calls.push(call);
            (id, state.faults.at(self.endpoint), state.delay)
        });
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match fault {
            None => {}
            Some(Fault::Hang) => {
                shared.wait_until(|state| state.faults.at(self.endpoint) != Some(Fault::Hang)).await;
            }
            Some(Fault::LoseAnswer) => {
                // The result is lost with the connection.
                let _accepted: bool = shared.change(|state| execute(state, &self).is_ok());
                return broken_response();
            }
            Some(Fault::Drop) => return broken_response(),
            Some(Fault::Status(status)) => return html(status, "<html><body>Try again later</body></html>"),
            Some(Fault::Garbage) => return html(200, "<html>12345678</html>"),
            Some(Fault::TooMany) => return refuse(429, "too_many_requests", ""),
            Some(Fault::Refusal { status, error_code }) => return refuse(status, &error_code, ""),
        }
        let (status, body) = shared.change(|state| {
            let (status, body) = match execute(state, &self) {
                Ok(answer) => (200, to_json(&answer)),
                Err(error) => (error.status, error_info(&error.error_code, &error.message)),
            };
            if let Some(call) = state.calls.iter_mut().find(|call| call.id == id) {
                call.status = Some(status);
                call.answer = Some(body.clone());
            }
            (status, body)
        });
        if body.is_null() { status_code(status).into_response() } else { respond(status, &body) }
    }

    fn record(&self, state: &mut State) -> Call {
        let request = json(&self.body);
        let user_in_body = request.as_ref().and_then(|body| body.get("userId")).and_then(Value::as_str);
        let subject = self.subject_id.as_deref().and_then(|id| state.user_name_by_id(id));
        let user = self.token().and_then(|token| state.token_owner(token)).or(subject);
        let user = user.or_else(|| user_in_body.map(str::to_owned));
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

/// An error answer in the form of the API.
pub(super) fn refuse(status: u16, error_code: &str, message: &str) -> Response {
    respond(status, &error_info(error_code, message))
}

fn respond(status: u16, body: &Value) -> Response {
    (status_code(status), [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn html(status: u16, html: &'static str) -> Response {
    (status_code(status), [(header::CONTENT_TYPE, "text/html")], html).into_response()
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// An answer that breaks off: the connection is reset after the first bytes.
fn broken_response() -> Response {
    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(futures::stream::iter([Ok(Bytes::from_static(b"{\"authent")), Err(error)]))
        .into_response()
}
