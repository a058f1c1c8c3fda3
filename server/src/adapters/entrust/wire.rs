//! The bodies of Entrust's Authentication API, with its field names; of the answers only what is
//! read. Not a model of the whole API: unknown fields are left alone, and everything may be null.

use app::api::step::OtpMethod;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Entrust's name for a way.
pub(super) fn authenticator(way: OtpMethod) -> &'static str {
    match way {
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
    /// `false`: a challenge in this answer would be a second one.
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
    /// Only when the query gave one.
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

/// `AuthenticatedResponse`: the answer to the challenge and to its completion.
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
