//! The server functions of the password reset wizard.
//!
//! Each declares its path, method and arguments once: the server routes and checks requests by them.

use super::client::ApiClient;
use super::json::{Arguments, Json};
use crate::api::refusal::Refusal;
use crate::api::step::Step;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;
use leptos::server;
use server_fn::codec::GetUrl;

/// A call of the wizard, for the server.
#[cfg(feature = "ssr")]
#[derive(Debug)]
pub enum ResetCommand {
    /// The step that the browser's session is at. Changes nothing.
    Current,
    /// Starts a session for a user name, without looking it up. With a purpose it does not lead to a new password: `call` ends
    /// with a call code for the service desk, and `new_app` with the app on another phone.
    Identify(RawInput, Option<RawInput>),
    /// The birthdate (ISO).
    Birthdate(RawInput),
    /// The code of the app, or the start code; verifies name, birthdate and code.
    Code(RawInput),
    /// Sends another code, or changes the method.
    Resend(Option<RawInput>),
    /// Evaluates and sets the new password.
    Password(RawInput),
    /// Unlocks the account and keeps its password.
    Unlock,
    /// Starts the activation of the app on another phone.
    Activate,
    /// Queries whether that app is active.
    App,
    /// Renews the idle time of an open session.
    Extend,
    /// Ends the session.
    Cancel,
}

/// The server's implementation of the reset API, for one request of one browser.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ResetHandler: Send + Sync {
    /// The organisation's public settings.
    async fn site(&self) -> crate::api::site::Site;
    /// Carries out a command.
    async fn run(&self, command: ResetCommand) -> Result<Step, Refusal>;
}

#[cfg(feature = "ssr")]
fn handler() -> Result<std::sync::Arc<dyn ResetHandler>, Refusal> {
    use_context().ok_or(Refusal::Fault { reference: String::new() })
}

/// `GET /api/site`.
#[server(prefix = "/api", endpoint = "site", input = GetUrl, output = Json, client = ApiClient)]
pub async fn site() -> Result<crate::api::site::Site, Refusal> {
    Ok(handler()?.site().await)
}

/// `GET /api/reset/current`.
#[server(prefix = "/api", endpoint = "reset/current", input = GetUrl, output = Json, client = ApiClient)]
pub async fn current() -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Current).await
}

/// `POST /api/reset/identify`.
#[server(prefix = "/api", endpoint = "reset/identify", input = Arguments, output = Json, client = ApiClient)]
pub async fn identify(username: RawInput, purpose: Option<RawInput>) -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Identify(username, purpose)).await
}

/// `POST /api/reset/birthdate`.
#[server(prefix = "/api", endpoint = "reset/birthdate", input = Arguments, output = Json, client = ApiClient)]
pub async fn birthdate(birthdate: RawInput) -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Birthdate(birthdate)).await
}

/// `POST /api/reset/code`.
#[server(prefix = "/api", endpoint = "reset/code", input = Arguments, output = Json, client = ApiClient)]
pub async fn code(code: RawInput) -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Code(code)).await
}

/// `POST /api/reset/resend`.
#[server(prefix = "/api", endpoint = "reset/resend", input = Arguments, output = Json, client = ApiClient)]
pub async fn resend(way: Option<RawInput>) -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Resend(way)).await
}

/// `POST /api/reset/password`.
#[server(prefix = "/api", endpoint = "reset/password", input = Arguments, output = Json, client = ApiClient)]
pub async fn password(password: RawInput) -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Password(password)).await
}

/// `POST /api/reset/unlock`.
#[server(prefix = "/api", endpoint = "reset/unlock", input = Arguments, output = Json, client = ApiClient)]
pub async fn unlock() -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Unlock).await
}

/// `POST /api/reset/activate`.
#[server(prefix = "/api", endpoint = "reset/activate", input = Arguments, output = Json, client = ApiClient)]
pub async fn activate() -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Activate).await
}

/// `POST /api/reset/app`.
#[server(prefix = "/api", endpoint = "reset/app", input = Arguments, output = Json, client = ApiClient)]
pub async fn app() -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::App).await
}

/// `POST /api/reset/extend`.
#[server(prefix = "/api", endpoint = "reset/extend", input = Arguments, output = Json, client = ApiClient)]
pub async fn extend() -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Extend).await
}

/// `POST /api/reset/cancel`.
#[server(prefix = "/api", endpoint = "reset/cancel", input = Arguments, output = Json, client = ApiClient)]
pub async fn cancel() -> Result<Step, Refusal> {
    handler()?.run(ResetCommand::Cancel).await
}
