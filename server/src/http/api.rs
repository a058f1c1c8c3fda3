//! The server side of the server functions: runs a command of one request and sets the cookies of its response.
//!
//! | module | content |
//! |---|---|
//! | [`admission`] | which requests reach a server function |
//! | `reset`, `enrollment`, `service_desk` | the handlers of the APIs |

pub mod admission;
mod enrollment;
mod reset;
mod service_desk;

use super::{AppState, cookies};
use crate::enrollment::{EnrollmentClient, EnrollmentService};
use crate::ports::devices::DeviceId;
use crate::ports::directory::AccountId;
use crate::ports::sessions::SessionId;
use crate::reset::{ClientContext, Cookie, MAX_SESSION_DURATION, ResetService};
use crate::service_desk::ServiceDeskService;
use app::api::refusal::Refusal;
use axum::http::{HeaderMap, header};
use jiff::SignedDuration;
use leptos_axum::ResponseOptions;
use std::net::IpAddr;
use std::sync::Arc;
use tracing::{Instrument as _, Span};

/// The context of one request.
#[derive(Clone)]
pub struct RequestContext {
    reset: Arc<ResetService>,
    enrollment: Arc<EnrollmentService>,
    service_desk: Arc<ServiceDeskService>,
    client: EnrollmentClient,
    /// The session id of the cookie of the service desk.
    desk_session: Option<SessionId>,
    device: Option<DeviceId>,
    secure: bool,
    response: ResponseOptions,
    /// The log span of the request.
    span: Span,
}

impl RequestContext {
    /// The context of a request from this address with these headers.
    pub async fn new(state: &AppState, address: IpAddr, headers: &HeaderMap) -> Self {
        let secure = state.origin.starts_with("https://");
        let cookie = cookies::read(headers, cookies::device(secure));
        let device = cookie.and_then(|cookie| state.reset.devices().id_in(&cookie));
        let owner = match device {
            Some(id) => state.reset.devices().account_of(id).await,
            None => None,
        };
        Self {
            reset: Arc::clone(&state.reset),
            enrollment: Arc::clone(&state.enrollment),
            service_desk: Arc::clone(&state.service_desk),
            desk_session: cookies::session_id(headers, cookies::service_desk(secure)),
            client: EnrollmentClient {
                session: cookies::session_id(headers, cookies::enrollment(secure)),
                reset: ClientContext {
                    session: cookies::session_id(headers, cookies::reset_session(secure)),
                    device: owner,
                    address,
                },
            },
            device,
            secure,
            response: ResponseOptions::default(),
            span: Span::current(),
        }
    }

    /// With the response that the framework will send.
    #[must_use]
    pub fn answering(self, response: ResponseOptions) -> Self {
        Self { response, ..self }
    }

    /// Runs a command to its end even if the browser disconnects: a phone that loses its connection must not leave a claim
    /// behind. The log lines of the command carry the span of the request.
    async fn run_detached<T: From<Refusal> + Send + 'static>(
        &self,
        step: impl Future<Output = Result<T, T>> + Send + 'static,
    ) -> T {
        match tokio::spawn(step.instrument(self.span.clone())).await {
            Ok(Ok(answer) | Err(answer)) => answer,
            Err(error) => {
                let reference = crate::random::reference().unwrap_or_default();
                let error = &crate::panic_hook::TaskFailure::from(error) as &dyn std::error::Error;
                tracing::error!(reference, error, "defect: a command panicked");
                Refusal::Fault { reference }.into()
            }
        }
    }

    fn set_session_cookie(&self, name: &'static str, cookie: &Cookie) {
        match cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.set_cookie(name, &*id.0, MAX_SESSION_DURATION),
            Cookie::Clear => self.set_cookie(name, &[], SignedDuration::ZERO),
        }
    }

    /// Sets the cookie of a known device after a proof of the account owner.
    async fn remember_device(&self, owner: Option<AccountId>) {
        let devices = self.reset.devices();
        if let Some(account) = owner
            && let Some(cookie) = devices.remember(account, self.device).await
        {
            self.set_cookie(cookies::device(self.secure), &cookie, devices.lifetime());
        }
    }

    fn set_cookie(&self, name: &'static str, value: &[u8], max_age: SignedDuration) {
        if let Some(cookie) = cookies::set(name, value, max_age, self.secure) {
            self.response.append_header(header::SET_COOKIE, cookie);
        }
    }
}
