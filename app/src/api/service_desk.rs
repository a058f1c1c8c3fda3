//! The server functions of `/servicedesk`. The server answers them in the networks of the service desk only, by their path
//! [`PREFIX`].

use super::client::ApiClient;
use super::json::{Arguments, Json};
use crate::api::refusal::Refusal;
use crate::api::service_desk_state::ServiceDesk;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;
use leptos::server;
use server_fn::codec::GetUrl;

/// The start of the paths of these server functions.
pub const PREFIX: &str = "/api/servicedesk/";

/// A call of the service desk, for the server.
#[cfg(feature = "ssr")]
#[derive(Debug)]
pub enum ServiceDeskCommand {
    /// The state of the browser's session. Extends nothing; ends the session of an account that is no agent's any more.
    Current,
    /// Takes the agent's user name and password.
    SignIn(RawInput, RawInput),
    /// Takes the agent's code; verifies name, password and code.
    Code(RawInput),
    /// Accepts the call code of a caller.
    Caller(RawInput),
    /// Ends the call: the caller is no longer shown.
    EndCall,
    /// Looks up a reference in the audit log.
    Trail(RawInput),
    /// Carries out an action for the verified caller.
    Act(RawInput),
    /// Requests a start code for a user name; the second value is `seen` if a lead has seen who the employee is.
    RequestStartCode(RawInput),
    /// Approves the start code that another agent requested for a user name: the request with this id.
    ApproveStartCode(RawInput, RawInput, Option<RawInput>),
    /// Shows the approved start code of a user name to the agent who requested it.
    ShowStartCode(RawInput),
    /// Withdraws the start code of a user name.
    WithdrawStartCode(RawInput),
    /// Renews the idle time.
    Extend,
    /// Signs out.
    Cancel,
}

/// The server's implementation of the service desk API, for one request of one browser.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ServiceDeskHandler: Send + Sync {
    /// Carries out a command.
    async fn run(&self, command: ServiceDeskCommand) -> Result<ServiceDesk, Refusal>;
}

#[cfg(feature = "ssr")]
fn handler() -> Result<std::sync::Arc<dyn ServiceDeskHandler>, Refusal> {
    use_context().ok_or(Refusal::Fault { reference: String::new() })
}

/// `GET /api/servicedesk/current`.
#[server(prefix = "/api", endpoint = "servicedesk/current", input = GetUrl, output = Json, client = ApiClient)]
pub async fn service_desk_current() -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::Current).await
}

/// `POST /api/servicedesk/sign_in`.
#[server(prefix = "/api", endpoint = "servicedesk/sign_in", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_sign_in(username: RawInput, password: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::SignIn(username, password)).await
}

/// `POST /api/servicedesk/code`.
#[server(prefix = "/api", endpoint = "servicedesk/code", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_code(code: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::Code(code)).await
}

/// `POST /api/servicedesk/caller`.
#[server(prefix = "/api", endpoint = "servicedesk/caller", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_caller(call_code: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::Caller(call_code)).await
}

/// `POST /api/servicedesk/end_call`.
#[server(prefix = "/api", endpoint = "servicedesk/end_call", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_end_call() -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::EndCall).await
}

/// `POST /api/servicedesk/trail`.
#[server(prefix = "/api", endpoint = "servicedesk/trail", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_trail(reference: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::Trail(reference)).await
}

/// `POST /api/servicedesk/act`.
#[server(prefix = "/api", endpoint = "servicedesk/act", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_act(action: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::Act(action)).await
}

/// `POST /api/servicedesk/start_code/request`.
#[server(prefix = "/api", endpoint = "servicedesk/start_code/request", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_request_start_code(username: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::RequestStartCode(username)).await
}

/// `POST /api/servicedesk/start_code/approve`.
#[server(prefix = "/api", endpoint = "servicedesk/start_code/approve", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_approve_start_code(
    username: RawInput,
    request: RawInput,
    identity: Option<RawInput>,
) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::ApproveStartCode(username, request, identity)).await
}

/// `POST /api/servicedesk/start_code/show`.
#[server(prefix = "/api", endpoint = "servicedesk/start_code/show", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_show_start_code(username: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::ShowStartCode(username)).await
}

/// `POST /api/servicedesk/start_code/withdraw`.
#[server(prefix = "/api", endpoint = "servicedesk/start_code/withdraw", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_withdraw_start_code(username: RawInput) -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::WithdrawStartCode(username)).await
}

/// `POST /api/servicedesk/extend`.
#[server(prefix = "/api", endpoint = "servicedesk/extend", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_extend() -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::Extend).await
}

/// `POST /api/servicedesk/cancel`.
#[server(prefix = "/api", endpoint = "servicedesk/cancel", input = Arguments, output = Json, client = ApiClient)]
pub async fn service_desk_cancel() -> Result<ServiceDesk, Refusal> {
    handler()?.run(ServiceDeskCommand::Cancel).await
}
