//! One request's desk: what a server function asks is handed to the workflow or the registration, and the
//! answer's status and cookies are set. Neither of those itself.
//!
//! | file | its part |
//! |---|---|
//! | `cookies` | the cookies' names, and reading them |
//! | `resetting`, `registering` | the two inbound traits of the API |

pub mod admission;
mod enrollment;
mod reset;

use super::AppState;
use super::cookies;
use crate::enrollment::EnrollmentService;
use crate::reset::{Cookie, MAX_SESSION_DURATION, ResetService};
use app::api::refusal::Refusal;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leptos_axum::ResponseOptions;
use std::net::IpAddr;
use std::sync::Arc;

/// A request's desk.
#[derive(Clone)]
pub struct RequestContext {
    workflow: Arc<ResetService>,
    registrar: Arc<EnrollmentService>,
    caller: crate::enrollment::EnrollmentClient,
    secure: bool,
    response: ResponseOptions,
}

impl RequestContext {
    /// For a request from this address with these headers.
    pub fn new(served: &AppState, address: IpAddr, headers: &HeaderMap) -> Self {
        let secure = served.origin.starts_with("https://");
        let device = cookies::read(headers, cookies::device(secure));
        Self {
            workflow: Arc::clone(&served.workflow),
            registrar: Arc::clone(&served.registrar),
            caller: crate::enrollment::EnrollmentClient {
                session: cookies::id(headers, cookies::session(secure)),
                reset: crate::reset::ClientContext {
                    visit: cookies::id(headers, cookies::visit(secure)),
                    device: device.and_then(|token| served.workflow.device_of(&token)),
                    address,
                },
            },
            secure,
            response: ResponseOptions::default(),
        }
    }

    /// With the response that the framework will send.
    #[must_use]
    pub fn answering(self, response: ResponseOptions) -> Self {
        Self { response, ..self }
    }

    /// Runs a step to its end even when the browser hangs up: a claim must not be left behind by a
    /// phone that lost its connection.
    async fn run_detached<T: From<Refusal> + Send + 'static>(
        &self,
        step: impl Future<Output = Result<T, T>> + Send + 'static,
    ) -> T {
        match tokio::spawn(step).await {
            Ok(Ok(answer) | Err(answer)) => answer,
            Err(error) => {
                let reference = crate::random::reference().unwrap_or_default();
                tracing::error!(
                    reference,
                    error = &error as &dyn std::error::Error,
                    "defect: a step fell over"
                );
                Refusal::Fault { reference }.into()
            }
        }
    }

    /// The status and the headers that belong to a refusal.
    fn apply_status<T>(&self, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        if let Err(refusal) = &outcome {
            self.response.set_status(
                StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            );
            if let Some(seconds) = refusal.retry_after() {
                self.response.insert_header(header::RETRY_AFTER, seconds.into());
            }
        }
        outcome
    }

    fn set_cookie(&self, name: &str, cookie: &Cookie) {
        match cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.send_cookie(name, &*id.0, MAX_SESSION_DURATION.as_secs()),
            Cookie::Clear => self.send_cookie(name, &[], 0),
        }
    }

    fn send_cookie(&self, name: &str, value: &[u8], age: i64) {
        let value = URL_SAFE_NO_PAD.encode(value);
        let secure = if self.secure { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
        if let Ok(line) = HeaderValue::from_str(&line) {
            self.response.append_header(header::SET_COOKIE, line);
        }
    }
}
