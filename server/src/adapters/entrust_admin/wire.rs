//! Request and response bodies of Entrust's Administration API, with its field names, and the app state derived
//! from them. Every response field may be null.

use crate::ports::authenticators::AuthenticatorStatus;
use app::api::enrollment_state::App;
use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// An id that may become part of a path: a UUID, or other text of letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id(String);

impl Id {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_id_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        ((1..=64).contains(&text.len()) && text.bytes().all(is_id_byte)).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `AdminApiAuthentication`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthenticationRequest<'a> {
    pub(super) application_id: &'a str,
    pub(super) shared_secret: &'a str,
}

/// `AdminApiAuthenticationResult`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthenticationResult {
    pub(super) auth_token: Option<Zeroizing<String>>,
    creation_time: Option<String>,
    expiration_time: Option<String>,
}

impl AuthenticationResult {
    /// Returns the lifetime of the session. Uses Entrust's clock if the response has both times, so that a wrong
    /// local clock does no harm.
    pub(super) fn lifetime(&self, now: Timestamp) -> Option<SignedDuration> {
        let end = self.expiration_time.as_deref().and_then(parse_timestamp)?;
        let start = self.creation_time.as_deref().and_then(parse_timestamp).unwrap_or(now);
        Some(end.duration_since(start))
    }
}

/// Parses both documented forms: `2020-01-23T16:30:58Z` and `2018-05-28T19:07:50.328+0000`.
fn parse_timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()?.to_timestamp().ok())
}

/// `UserGetParms`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserGet<'a> {
    pub(super) user_id: &'a str,
}

/// `UserParms`, with the one value that is written.
#[derive(Serialize)]
pub(super) struct Mobile<'a> {
    pub(super) mobile: &'a str,
}

/// `User`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: Option<String>,
    #[serde(rename = "userId")]
    pub(super) name: Option<String>,
    state: Option<String>,
    locked: Option<bool>,
    locked_authenticator_types: Option<Vec<String>>,
    mobile: Option<Zeroizing<String>>,
    pub(super) tokens: Option<Vec<Token>>,
}

/// `Token`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    pub(super) id: Option<String>,
    pub(super) serial_number: Option<String>,
    state: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// What became of a started activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActivationState {
    /// It can still be completed.
    Pending,
    /// The token was activated, and an administrator may have disabled it since.
    Completed,
    /// The token belongs to the user no longer.
    Gone,
}

/// A token's `state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenState {
    New,
    Activating,
    Active,
    Inactive,
    Unassigned,
    /// Not a published state.
    Other,
}

impl Token {
    pub(super) fn state(&self) -> TokenState {
        match self.state.as_deref() {
            Some("NEW") => TokenState::New,
            Some("ACTIVATING") => TokenState::Activating,
            Some("ACTIVE") => TokenState::Active,
            Some("INACTIVE") => TokenState::Inactive,
            Some("UNASSIGNED") => TokenState::Unassigned,
            Some(_) | None => TokenState::Other,
        }
    }

    /// Whether this is a soft token whose activation was started and never finished. A token of another type is not
    /// the app.
    fn is_pending_app_token(&self) -> bool {
        let is_app = self.kind.as_deref().is_none_or(|kind| kind == SOFT_TOKEN);
        is_app
            && match self.state() {
                TokenState::New | TokenState::Activating => true,
                TokenState::Active | TokenState::Inactive | TokenState::Unassigned | TokenState::Other => {
                    false
                }
            }
    }
}

impl User {
    /// Returns the name of a missing field without which the response is not about a user. A role without permission
    /// to view tokens explains a missing `tokens`, so that field is not among them.
    pub(super) fn missing_field(&self) -> Option<&'static str> {
        let is_missing = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        let required = [("id", &self.id), ("userId", &self.name), ("state", &self.state)];
        required.into_iter().find(|(_, text)| is_missing(text)).map(|(field, _)| field)
    }

    /// Returns whether the user has this number, however it is punctuated.
    pub(super) fn has_mobile(&self, mobile: &str) -> bool {
        let digits =
            |text: &str| Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect::<String>());
        self.mobile.as_ref().is_some_and(|own| digits(own) == digits(mobile))
    }

    /// What became of the activation of this token.
    pub(super) fn activation_state(&self, token: &str) -> ActivationState {
        let mut tokens = self.tokens.iter().flatten();
        match tokens.find(|known| known.id.as_deref() == Some(token)).map(Token::state) {
            Some(TokenState::New | TokenState::Activating) => ActivationState::Pending,
            Some(TokenState::Active | TokenState::Inactive | TokenState::Other) => ActivationState::Completed,
            Some(TokenState::Unassigned) | None => ActivationState::Gone,
        }
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.state.as_deref() == Some("ACTIVE")
    }

    /// Whether the response contains the tokens; an application without permission to see them gets none.
    pub(super) fn shows_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    fn is_locked(&self) -> bool {
        let mut locked = self.locked_authenticator_types.iter().flatten();
        self.locked == Some(true) || locked.any(|kind| kind == "TOKEN")
    }

    pub(super) fn into_status(self) -> AuthenticatorStatus {
        let app_state = self.app_state();
        let tokens = self.tokens.iter().flatten().filter(|token| token.state() == TokenState::Active);
        let active = tokens.filter_map(|token| token.id.clone());
        let active = if self.is_enabled() { active.collect() } else { Vec::new() };
        AuthenticatorStatus {
            app: app_state,
            active,
            mobile: self.mobile.filter(|mobile| !mobile.trim().is_empty()),
        }
    }

    /// Returns the state of the app. A user without the app may get one with the password alone, so [`App::None`]
    /// requires an explicit list without tokens; a token or user that an administrator disabled is
    /// [`App::Unknown`].
    pub(super) fn app_state(&self) -> App {
        let Some(tokens) = self.tokens.as_ref().filter(|_| self.is_enabled()) else {
            return App::Unknown;
        };
        let has_token_in = |state: TokenState| tokens.iter().any(|token| token.state() == state);
        if self.is_locked() {
            App::Locked
        } else if has_token_in(TokenState::Active) {
            App::Active
        } else if has_token_in(TokenState::Inactive) || has_token_in(TokenState::Other) {
            App::Unknown
        } else if has_token_in(TokenState::Activating) {
            App::Activating
        } else {
            App::None
        }
    }

    /// Returns the latest token whose activation was started and never finished.
    pub(super) fn pending_token(&self) -> Option<Id> {
        let pending = self.tokens.iter().flatten().rev().filter(|token| token.is_pending_app_token());
        pending.filter_map(|token| token.id.as_deref()).find_map(Id::parse)
    }

    /// Returns the id of the token with this serial number.
    pub(super) fn with_serial(&self, serial: &str) -> Option<Id> {
        let mut tokens = self.tokens.iter().flatten();
        let token = tokens.find(|token| token.serial_number.as_deref() == Some(serial))?;
        token.id.as_deref().and_then(Id::parse)
    }
}

pub(super) const SOFT_TOKEN: &str = "ENTRUST_SOFT_TOKEN";

/// `ActivateParms`. No mail: the page shows the activation to the user who requested it. No image: the page draws
/// the QR code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivateParms {
    #[serde(rename = "type")]
    kinds: [&'static str; 2],
    deliver_activation_email: bool,
    #[serde(rename = "returnQRCode")]
    return_qr_code: bool,
}

impl ActivateParms {
    /// ONLINE returns the link for the phone, OFFLINE the content of the QR code.
    pub(super) const STANDARD: Self =
        Self { kinds: ["ONLINE", "OFFLINE"], deliver_activation_email: false, return_qr_code: false };
}

/// `TokenCreateParms`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenCreate {
    pub(super) activate_parms: ActivateParms,
}

/// A new `Token`, with or without an `ActivateResult`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    pub(super) id: Option<String>,
    pub(super) serial_number: Option<String>,
    #[serde(flatten)]
    pub(super) activation: ActivateResult,
}

/// `ActivateResult`.
#[derive(Deserialize)]
pub(super) struct ActivateResult {
    #[serde(rename = "activationURL")]
    pub(super) url: Option<Zeroizing<String>>,
    #[serde(rename = "activationOnlineURL")]
    pub(super) online_url: Option<Zeroizing<String>>,
    #[serde(rename = "activationOnlineHttpURL")]
    pub(super) online_http_url: Option<Zeroizing<String>>,
    #[serde(rename = "activationPassword")]
    pub(super) password: Option<Zeroizing<String>>,
}
