//! The request and response bodies of the Authentication API, as in the vendor's description. A request with an unknown
//! field is refused, which the real API may not do, so that a misspelt field is noticed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `UserAuthenticateQueryParameters`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct QueryRequest {
    pub(super) application_id: String,
    pub(super) user_id: String,
    #[serde(rename = "authToken")]
    pub(super) _auth_token: Option<String>,
    #[serde(rename = "clientIp")]
    pub(super) _client_ip: Option<String>,
    #[serde(rename = "returnDefaultChallenge")]
    pub(super) _return_default_challenge: Option<bool>,
    #[serde(rename = "transactionDetails")]
    pub(super) _transaction_details: Option<Vec<Value>>,
}

/// `UserChallengeParameters`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChallengeRequest {
    pub(super) application_id: String,
    /// Required by every authenticator of the simulator.
    pub(super) user_id: String,
    #[serde(rename = "authToken")]
    pub(super) _auth_token: Option<String>,
    #[serde(rename = "clientIp")]
    pub(super) _client_ip: Option<String>,
    #[serde(rename = "locale")]
    pub(super) _locale: Option<String>,
    #[serde(rename = "otpDeliveryType")]
    pub(super) _otp_delivery_type: Option<String>,
    #[serde(rename = "otpDeliveryAttribute")]
    pub(super) _otp_delivery_attribute: Option<String>,
    #[serde(rename = "pushMutualChallengeEnabled")]
    pub(super) _push_mutual_challenge_enabled: Option<bool>,
    #[serde(rename = "summary")]
    pub(super) _summary: Option<String>,
    #[serde(rename = "transactionDetails")]
    pub(super) _transaction_details: Option<Vec<Value>>,
}

/// `UserAuthenticateParameters`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CompleteRequest {
    pub(super) application_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) response: Option<String>,
    pub(super) cancel: Option<bool>,
    #[serde(rename = "clientIp")]
    pub(super) _client_ip: Option<String>,
    #[serde(rename = "locale")]
    pub(super) _locale: Option<String>,
    #[serde(rename = "applicationInfo")]
    pub(super) _application_info: Option<String>,
}

/// `UserAuthenticateQueryResponse`. `None` is serialized as an explicit null, as by Entrust.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the vendor's structure")]
pub(super) struct QueryAnswer {
    pub(super) authentication_types: Vec<String>,
    pub(super) available_second_factor: Option<Vec<String>>,
    pub(super) authentication_completed: bool,
    pub(super) token: Option<String>,
    pub(super) time: u64,
    pub(super) expires: u64,
    pub(super) otp_delivery_info: Option<OtpDetails>,
    pub(super) otp_delivery_type: Option<&'static str>,
    pub(super) authenticator_lockout_status: Vec<LockoutStatus>,
    pub(super) token_details: Option<Vec<String>>,
    pub(super) token_challenge: Option<TokenChallenge>,
    pub(super) grid_challenge: Option<Value>,
    pub(super) kba_challenge: Option<Value>,
    pub(super) password_challenge: Option<Value>,
    pub(super) temp_access_code_challenge: Option<Value>,
    pub(super) fido_challenge: Option<Value>,
    pub(super) push_mutual_challenge: Option<String>,
    pub(super) organizations: Option<Vec<Value>>,
    pub(super) password_reset_allowed: bool,
    pub(super) registration_required: bool,
    pub(super) verification_required: bool,
    pub(super) supports_signature: bool,
}

/// `UserAuthenticatorLockoutStatus`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LockoutStatus {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) locked: bool,
    pub(super) lockout_date: Option<String>,
    pub(super) lockout_expiry_date: Option<String>,
    pub(super) remaining_authentication_attempts: u32,
}

/// `OTPDetails`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OtpDetails {
    #[serde(rename = "availableOTPDelivery")]
    pub(super) available_otp_delivery: Vec<&'static str>,
    pub(super) otp_default_delivery: &'static str,
    pub(super) otp_delivery_attribute: &'static str,
    pub(super) otp_contact_values: Vec<OtpContactValue>,
}

/// `OTPContactValue`.
#[derive(Serialize)]
pub(super) struct OtpContactValue {
    pub(super) name: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Masked.
    pub(super) value: String,
}

/// `AuthenticatedResponse`.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthenticatedAnswer {
    pub(super) status: Option<&'static str>,
    pub(super) user_id: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) authentication_completed: bool,
    pub(super) token: Option<String>,
    pub(super) time: u64,
    pub(super) expires: u64,
    /// Spelt like this in this answer only.
    #[serde(rename = "otpdeliveryType")]
    pub(super) otp_delivery_type: Option<&'static str>,
    pub(super) token_challenge: Option<TokenChallenge>,
    pub(super) token_details: Option<Vec<String>>,
    pub(super) push_mutual_challenge: Option<String>,
    pub(super) grid_challenge: Option<Value>,
    pub(super) kba_challenge: Option<Value>,
    pub(super) password_challenge: Option<Value>,
    pub(super) temp_access_code_challenge: Option<Value>,
    pub(super) fido_challenge: Option<Value>,
    pub(super) smart_login_challenge: Option<String>,
    pub(super) organizations: Option<Vec<Value>>,
}

/// `TokenChallenge`.
#[derive(Serialize)]
pub(super) struct TokenChallenge {
    /// Null for TOKEN.
    pub(super) challenge: Option<String>,
    pub(super) token: Vec<TokenInfo>,
}

/// `TokenInfo`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenInfo {
    pub(super) serial_number: String,
    pub(super) label: Option<String>,
}

/// `ErrorInfo`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorInfo {
    pub(super) error_code: String,
    pub(super) error_message: String,
    pub(super) parameters: Option<Vec<Value>>,
}
