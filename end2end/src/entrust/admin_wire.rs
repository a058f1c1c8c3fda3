//! The request bodies of the Administration API, as in the vendor's description, with the fields that the product
//! sends. A request with another field is refused, which the real API may not do, so that a misspelt field is noticed.

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
    /// Ignored: the simulator sends no mail.
    #[serde(rename = "deliverActivationEmail")]
    pub(super) _deliver_activation_email: Option<bool>,
    /// Ignored: the simulator creates no QR code.
    #[serde(rename = "returnQRCode")]
    pub(super) _return_qr_code: Option<bool>,
}
