//! The requests of the Administration API as the vendor's description spells them, with the fields that
//! onboarding sends. Any other is refused, which the real one may not do: a misspelt field must not go unnoticed.

use serde::Deserialize;

/// `AdminApiAuthentication`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignIn {
    pub(super) application_id: String,
    pub(super) shared_secret: String,
}

/// `UserGetParms`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserGet {
    pub(super) user_id: String,
}

/// `UserParms`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserParms {
    pub(super) mobile: Option<String>,
}

/// `TokenCreateParms`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TokenCreate {
    pub(super) activate_parms: Option<ActivateParms>,
}

/// `ActivateParms`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActivateParms {
    #[serde(rename = "type")]
    pub(super) kinds: Option<Vec<String>>,
    /// No mail leaves from here.
    #[serde(rename = "deliverActivationEmail")]
    pub(super) _deliver_activation_email: Option<bool>,
    /// No picture is drawn here.
    #[serde(rename = "returnQRCode")]
    pub(super) _return_qr_code: Option<bool>,
}
