//! The server functions of `/registratie`. The server answers them on the organisation's own networks only, by their path
//! [`PREFIX`].

use super::client::ApiClient;
use super::json::{Arguments, Json};
use crate::api::enrollment_state::Registration;
use crate::api::refusal::Refusal;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;
use leptos::server;
use server_fn::codec::GetUrl;

/// The start of the paths of these server functions.
pub const PREFIX: &str = "/api/registration/";

/// A call of the enrollment, for the server.
#[cfg(feature = "ssr")]
#[derive(Debug)]
pub enum EnrollmentCommand {
    /// The state of the browser's session. Changes nothing and makes no external call.
    Current,
    /// Signs in with user name and current password.
    SignIn(RawInput, RawInput),
    /// The code from the app, if that is active.
    Code(RawInput),
    /// Registers a birthdate (ISO).
    Birthdate(RawInput),
    /// Registers a mobile number, in any common notation.
    Mobile(RawInput),
    /// The code that was sent to the new number.
    Confirm(RawInput),
    /// Answers HR's proposal: the value (`birthdate` or `mobile`), and `yes` or `no`.
    Proposal(RawInput, RawInput),
    /// Starts the activation of the app.
    Activate,
    /// Queries the state of the app.
    App,
    /// Starts a practice run of the wizard, with a session of its own at `/wachtwoordreset`.
    Practice,
    /// Renews the idle time.
    Extend,
    /// Signs out.
    Cancel,
}

/// The server's implementation of the enrollment API, for one request of one browser.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait EnrollmentHandler: Send + Sync {
    /// Carries out a command.
    async fn run(&self, command: EnrollmentCommand) -> Result<Registration, Refusal>;
}

#[cfg(feature = "ssr")]
fn handler() -> Result<std::sync::Arc<dyn EnrollmentHandler>, Refusal> {
    use_context().ok_or(Refusal::Fault { reference: String::new() })
}

/// `GET /api/registration/current`.
#[server(prefix = "/api", endpoint = "registration/current", input = GetUrl, output = Json, client = ApiClient)]
pub async fn registration_current() -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Current).await
}

/// `POST /api/registration/sign_in`.
#[server(prefix = "/api", endpoint = "registration/sign_in", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_sign_in(username: RawInput, password: RawInput) -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::SignIn(username, password)).await
}

/// `POST /api/registration/code`.
#[server(prefix = "/api", endpoint = "registration/code", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_code(code: RawInput) -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Code(code)).await
}

/// `POST /api/registration/birthdate`.
#[server(prefix = "/api", endpoint = "registration/birthdate", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_birthdate(birthdate: RawInput) -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Birthdate(birthdate)).await
}

/// `POST /api/registration/mobile`.
#[server(prefix = "/api", endpoint = "registration/mobile", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_mobile(mobile: RawInput) -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Mobile(mobile)).await
}

/// `POST /api/registration/confirm`.
#[server(prefix = "/api", endpoint = "registration/confirm", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_confirm(code: RawInput) -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Confirm(code)).await
}

/// `POST /api/registration/proposal`.
#[server(prefix = "/api", endpoint = "registration/proposal", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_proposal(what: RawInput, answer: RawInput) -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Proposal(what, answer)).await
}

/// `POST /api/registration/activate`.
#[server(prefix = "/api", endpoint = "registration/activate", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_activate() -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Activate).await
}

/// `POST /api/registration/app`.
#[server(prefix = "/api", endpoint = "registration/app", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_app() -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::App).await
}

/// `POST /api/registration/practice`.
#[server(prefix = "/api", endpoint = "registration/practice", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_practice() -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Practice).await
}

/// `POST /api/registration/extend`.
#[server(prefix = "/api", endpoint = "registration/extend", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_extend() -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Extend).await
}

/// `POST /api/registration/cancel`.
#[server(prefix = "/api", endpoint = "registration/cancel", input = Arguments, output = Json, client = ApiClient)]
pub async fn registration_cancel() -> Result<Registration, Refusal> {
    handler()?.run(EnrollmentCommand::Cancel).await
}
