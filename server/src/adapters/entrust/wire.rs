//! Request and response bodies of Entrust's Authentication API, with its field names. Unknown response fields are
//! ignored, and every response field may be null.

use app::api::step::OtpMethod;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Returns Entrust's name of a method.
pub(super) fn authenticator(method: OtpMethod) -> &'static str {
    match method {
        OtpMethod::Token => "TOKEN",
        OtpMethod::Otp => "OTP",
    }
}

/// `UserAuthenticateQueryParameters`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryRequest<'a> {
    pub(super) application_id: &'a str,
    pub(super) user_id: &'a str,
    /// `false`: the challenge is requested separately; this would open a second one.
    pub(super) return_default_challenge: bool,
}

/// `UserAuthenticateQueryResponse`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryAnswer {
    pub(super) authentication_types: Option<Vec<String>>,
    pub(super) available_second_factor: Option<Vec<String>>,
    pub(super) authentication_completed: Option<bool>,
    pub(super) token: Option<Zeroizing<String>>,
    pub(super) authenticator_lockout_status: Option<Vec<Lockout>>,
}

impl QueryAnswer {
    /// Returns whether the response says anything about the user's methods. A proxy or a broken Entrust answers 200
    /// with other JSON; that must not look like a user without authenticators. A user whose authentication is
    /// already completed has no methods left.
    pub(super) fn has_authentication_types(&self) -> bool {
        self.authentication_types.is_some() || self.authentication_completed == Some(true)
    }
}

/// `UserAuthenticatorLockoutStatus`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lockout {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) locked: Option<bool>,
    pub(super) remaining_authentication_attempts: Option<i64>,
}

/// `UserChallengeParameters`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChallengeRequest<'a> {
    pub(super) application_id: &'a str,
    pub(super) user_id: &'a str,
    /// Sent only if the query returned one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auth_token: Option<&'a str>,
    pub(super) locale: &'a str,
}

/// `UserAuthenticateParameters`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompleteRequest<'a> {
    pub(super) application_id: &'a str,
    pub(super) user_id: &'a str,
    pub(super) response: &'a str,
}

/// `AuthenticatedResponse`: the response to the challenge and to its completion.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthenticatedAnswer {
    pub(super) authentication_completed: Option<bool>,
    pub(super) token: Option<Zeroizing<String>>,
    pub(super) user_id: Option<String>,
}

/// `ErrorInfo`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorInfo {
    pub(super) error_code: Option<String>,
}
