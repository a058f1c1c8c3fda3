//! The server functions of `/registratie`. Served to the organisation's own networks only.

use super::client::ApiClient;
use super::json::Json;
use crate::api::enrollment_state::Registration;
use crate::api::refusal::Refusal;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;
use leptos::server;
use server_fn::codec::GetUrl;

/// What the API asks of the server, for one request of one browser.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait Register: Send + Sync {
    /// Where this browser's registration stands; changes nothing and asks no outside system.
    async fn current(&self) -> Result<Registration, Refusal>;
    /// Signs in with the current password.
    async fn sign_in(&self, username: RawInput, password: RawInput) -> Result<Registration, Refusal>;
    /// Takes the code from the app, where that is active.
    async fn code(&self, code: RawInput) -> Result<Registration, Refusal>;
    /// Registers a birthdate (ISO).
    async fn birthdate(&self, birthdate: RawInput) -> Result<Registration, Refusal>;
    /// Registers a mobile number, in any of the forms in which people write one.
    async fn mobile(&self, mobile: RawInput) -> Result<Registration, Refusal>;
    /// Takes the code that was sent to the new number.
    async fn confirm(&self, code: RawInput) -> Result<Registration, Refusal>;
    /// Answers HR's proposal: `what` is `birthdate` or `mobile`, `answer` is `yes` or `no`.
    async fn proposal(&self, what: RawInput, answer: RawInput) -> Result<Registration, Refusal>;
    /// Begins the activation of the app.
    async fn activate(&self) -> Result<Registration, Refusal>;
    /// Asks Entrust how the app stands.
    async fn app(&self) -> Result<Registration, Refusal>;
    /// Begins a practice run of the wizard, as a visit of its own at `/wachtwoordreset`.
    async fn practice(&self) -> Result<Registration, Refusal>;
    /// Renews the idle time.
    async fn extend(&self) -> Result<Registration, Refusal>;
    /// Signs out.
    async fn cancel(&self) -> Result<Registration, Refusal>;
}

#[cfg(feature = "ssr")]
fn desk() -> Result<std::sync::Arc<dyn Register>, Refusal> {
    use_context().ok_or(Refusal::Fault { reference: String::new() })
}

/// `GET /api/registration/current`.
#[server(prefix = "/api", endpoint = "registration/current", input = GetUrl, output = Json, client = ApiClient)]
pub async fn registration_current() -> Result<Registration, Refusal> {
    desk()?.current().await
}

/// `POST /api/registration/sign_in`.
#[server(prefix = "/api", endpoint = "registration/sign_in", input = Json, output = Json, client = ApiClient)]
pub async fn registration_sign_in(username: RawInput, password: RawInput) -> Result<Registration, Refusal> {
    desk()?.sign_in(username, password).await
}

/// `POST /api/registration/code`.
#[server(prefix = "/api", endpoint = "registration/code", input = Json, output = Json, client = ApiClient)]
pub async fn registration_code(code: RawInput) -> Result<Registration, Refusal> {
    desk()?.code(code).await
}

/// `POST /api/registration/birthdate`.
#[server(prefix = "/api", endpoint = "registration/birthdate", input = Json, output = Json, client = ApiClient)]
pub async fn registration_birthdate(birthdate: RawInput) -> Result<Registration, Refusal> {
    desk()?.birthdate(birthdate).await
}

/// `POST /api/registration/mobile`.
#[server(prefix = "/api", endpoint = "registration/mobile", input = Json, output = Json, client = ApiClient)]
pub async fn registration_mobile(mobile: RawInput) -> Result<Registration, Refusal> {
    desk()?.mobile(mobile).await
}

/// `POST /api/registration/confirm`.
#[server(prefix = "/api", endpoint = "registration/confirm", input = Json, output = Json, client = ApiClient)]
pub async fn registration_confirm(code: RawInput) -> Result<Registration, Refusal> {
    desk()?.confirm(code).await
}

/// `POST /api/registration/proposal`.
#[server(prefix = "/api", endpoint = "registration/proposal", input = Json, output = Json, client = ApiClient)]
pub async fn registration_proposal(what: RawInput, answer: RawInput) -> Result<Registration, Refusal> {
    desk()?.proposal(what, answer).await
}

/// `POST /api/registration/activate`.
#[server(prefix = "/api", endpoint = "registration/activate", input = Json, output = Json, client = ApiClient)]
pub async fn registration_activate() -> Result<Registration, Refusal> {
    desk()?.activate().await
}

/// `POST /api/registration/app`.
#[server(prefix = "/api", endpoint = "registration/app", input = Json, output = Json, client = ApiClient)]
pub async fn registration_app() -> Result<Registration, Refusal> {
    desk()?.app().await
}

/// `POST /api/registration/practice`.
#[server(prefix = "/api", endpoint = "registration/practice", input = Json, output = Json, client = ApiClient)]
pub async fn registration_practice() -> Result<Registration, Refusal> {
    desk()?.practice().await
}

/// `POST /api/registration/extend`.
#[server(prefix = "/api", endpoint = "registration/extend", input = Json, output = Json, client = ApiClient)]
pub async fn registration_extend() -> Result<Registration, Refusal> {
    desk()?.extend().await
}

/// `POST /api/registration/cancel`.
#[server(prefix = "/api", endpoint = "registration/cancel", input = Json, output = Json, client = ApiClient)]
pub async fn registration_cancel() -> Result<Registration, Refusal> {
    desk()?.cancel().await
}
