//! The server functions of the wizard.

use super::client::ApiClient;
use super::json::Json;
use crate::api::refusal::Refusal;
use crate::api::step::Step;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;
use leptos::server;
use server_fn::codec::GetUrl;

/// What the API asks of the server, for one request of one browser.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait Reset: Send + Sync {
    /// What the organisation says about itself.
    async fn site(&self) -> crate::api::site::Site;
    /// Where this browser's visit stands; changes nothing.
    async fn current(&self) -> Result<Step, Refusal>;
    /// Begins a visit for a user name, whoever that is.
    async fn identify(&self, username: RawInput) -> Result<Step, Refusal>;
    /// Takes the birthdate (ISO).
    async fn birthdate(&self, birthdate: RawInput) -> Result<Step, Refusal>;
    /// Takes the code and judges everything so far.
    async fn code(&self, code: RawInput) -> Result<Step, Refusal>;
    /// Sends another code, or changes the way.
    async fn resend(&self, way: Option<RawInput>) -> Result<Step, Refusal>;
    /// Judges and writes the new password.
    async fn password(&self, password: RawInput) -> Result<Step, Refusal>;
    /// Unlocks the account and leaves the password as it is.
    async fn unlock(&self) -> Result<Step, Refusal>;
    /// Renews the idle time of an open visit.
    async fn extend(&self) -> Result<Step, Refusal>;
    /// Ends the visit.
    async fn cancel(&self) -> Result<Step, Refusal>;
}

/// The server's desk for the request at hand. It also sets the status and the cookie of the answer:
/// the framework by itself would answer 500 to every refusal.
#[cfg(feature = "ssr")]
fn desk() -> Result<std::sync::Arc<dyn Reset>, Refusal> {
    use_context().ok_or(Refusal::Fault { reference: String::new() })
}

/// `GET /api/site`.
#[server(prefix = "/api", endpoint = "site", input = GetUrl, output = Json, client = ApiClient)]
pub async fn site() -> Result<crate::api::site::Site, Refusal> {
    Ok(desk()?.site().await)
}

/// `GET /api/reset/current`.
#[server(prefix = "/api", endpoint = "reset/current", input = GetUrl, output = Json, client = ApiClient)]
pub async fn current() -> Result<Step, Refusal> {
    desk()?.current().await
}

/// `POST /api/reset/identify`.
#[server(prefix = "/api", endpoint = "reset/identify", input = Json, output = Json, client = ApiClient)]
pub async fn identify(username: RawInput) -> Result<Step, Refusal> {
    desk()?.identify(username).await
}

/// `POST /api/reset/birthdate`.
#[server(prefix = "/api", endpoint = "reset/birthdate", input = Json, output = Json, client = ApiClient)]
pub async fn birthdate(birthdate: RawInput) -> Result<Step, Refusal> {
    desk()?.birthdate(birthdate).await
}

/// `POST /api/reset/code`.
#[server(prefix = "/api", endpoint = "reset/code", input = Json, output = Json, client = ApiClient)]
pub async fn code(code: RawInput) -> Result<Step, Refusal> {
    desk()?.code(code).await
}

/// `POST /api/reset/resend`.
#[server(prefix = "/api", endpoint = "reset/resend", input = Json, output = Json, client = ApiClient)]
pub async fn resend(way: Option<RawInput>) -> Result<Step, Refusal> {
    desk()?.resend(way).await
}

/// `POST /api/reset/password`.
#[server(prefix = "/api", endpoint = "reset/password", input = Json, output = Json, client = ApiClient)]
pub async fn password(password: RawInput) -> Result<Step, Refusal> {
    desk()?.password(password).await
}

/// `POST /api/reset/unlock`.
#[server(prefix = "/api", endpoint = "reset/unlock", input = Json, output = Json, client = ApiClient)]
pub async fn unlock() -> Result<Step, Refusal> {
    desk()?.unlock().await
}

/// `POST /api/reset/extend`.
#[server(prefix = "/api", endpoint = "reset/extend", input = Json, output = Json, client = ApiClient)]
pub async fn extend() -> Result<Step, Refusal> {
    desk()?.extend().await
}

/// `POST /api/reset/cancel`.
#[server(prefix = "/api", endpoint = "reset/cancel", input = Json, output = Json, client = ApiClient)]
pub async fn cancel() -> Result<Step, Refusal> {
    desk()?.cancel().await
}
