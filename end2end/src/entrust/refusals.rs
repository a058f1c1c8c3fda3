//! The error answers of the simulator. Where the published description defines no error code, the code is our choice.

/// An answer with a status other than 200.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error_code: &'static str,
    pub(super) message: &'static str,
}

/// Documented.
pub(super) const WRONG_CODE: Refusal =
    Refusal { status: 401, error_code: "invalid_user_response", message: "" };
/// Documented.
pub(super) const NO_TRANSACTION: Refusal = Refusal { status: 401, error_code: "no_transaction", message: "" };
/// Documented.
pub(super) const INVALID_TRANSACTION: Refusal =
    Refusal { status: 403, error_code: "INVALID_TRANSACTION", message: "" };
/// The error codes from here on are our choice.
pub(super) const NO_APPLICATION: Refusal =
    Refusal { status: 403, error_code: "application_not_found", message: "Unknown application" };
pub(super) const NO_USER: Refusal =
    Refusal { status: 404, error_code: "user_not_found", message: "Unknown user" };
pub(super) const LOCKED: Refusal =
    Refusal { status: 403, error_code: "authenticator_locked", message: "Locked" };
pub(super) const NO_AUTHENTICATOR: Refusal =
    Refusal { status: 400, error_code: "authenticator_not_available", message: "Not available" };
pub(super) const NO_RANDOM: Refusal = Refusal { status: 500, error_code: "internal_error", message: "" };
/// The credentials of an administration application are wrong, or it has no session.
pub(super) const NOT_SIGNED_IN: Refusal = Refusal { status: 401, error_code: "access_denied", message: "" };
pub(super) const NO_TOKEN: Refusal =
    Refusal { status: 404, error_code: "token_not_found", message: "Unknown token" };
pub(super) const TOO_MANY_TOKENS: Refusal =
    Refusal { status: 400, error_code: "max_tokens_exceeded", message: "Too many tokens" };
pub(super) const WRONG_TOKEN_STATE: Refusal =
    Refusal { status: 400, error_code: "invalid_token_state", message: "Not in this state" };
pub(super) const WRONG_TOKEN_TYPE: Refusal =
    Refusal { status: 400, error_code: "invalid_token_type", message: "Not this type" };
