//! The state of an enrollment session («06-nummer registratie») that the browser may know.

use serde::{Deserialize, Serialize};

/// The response of every enrollment call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Registration {
    /// Which screen.
    pub step: Stage,
    /// As typed, without domain parts; absent at `sign_in`.
    pub username: Option<String>,
    /// Seconds until the session expires; absent at `sign_in`.
    pub expires_in: Option<u64>,
    /// The registered values; only at `overview`.
    pub overview: Option<Overview>,
}

/// The stages of an enrollment session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Waits for the user name and the current password.
    SignIn,
    /// The password was right. The app is active, so a code from it is required too.
    Code,
    /// Signed in: the registered values and the possible changes.
    Overview,
}

/// The registered values of the employee who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Overview {
    /// Whether anything can be changed. If not, the service desk has to help (account out of scope, app locked, or
    /// state of the app unknown).
    pub may_change: bool,
    /// The birthdate, if one is registered. Its value cannot be shown: only a digest is stored.
    pub birthdate: Option<Known>,
    /// Whether the birthdate comes from the directory, so that it cannot be entered here.
    pub birthdate_elsewhere: bool,
    /// The mobile number, if one is registered.
    pub mobile: Option<Known>,
    /// Another birthdate from HR, which the employee has not accepted or rejected yet.
    pub proposed_birthdate: Option<Proposed>,
    /// Another mobile number from HR, which the employee has not accepted or rejected yet.
    pub proposed_mobile: Option<Proposed>,
    /// Whether a code was sent to the number that was just entered; `confirm` verifies it.
    pub confirming: bool,
    /// The state of the app on the phone.
    pub app: App,
    /// Whether the app can be activated here. If not, the page explains the manual activation.
    pub can_activate: bool,
    /// The pending activation.
    pub activation: Option<Activation>,
    /// «Kun je zelf je wachtwoord instellen?»: in the order shown.
    pub points: Vec<Point>,
    /// The server's time in seconds since 1970, for comparison with the clock of the device.
    pub time: i64,
}

/// A registered value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Known {
    /// The number with all but its last two digits masked; empty for a birthdate.
    pub masked: String,
    /// Where it comes from.
    pub source: Source,
    /// The day of its registration (ISO).
    pub since: String,
    /// Whether the employee confirmed it.
    pub confirmed: bool,
    /// Seconds until it can be used for a reset; 0: now.
    pub usable_in: u64,
}

/// A value from HR that the employee has to accept or reject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Proposed {
    /// The number with all but its last two digits masked; empty for a birthdate.
    pub masked: String,
    /// The day of its registration (ISO).
    pub since: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The employee, on the registration page.
    Employee,
    /// HR, by import.
    Hr,
    /// An attribute of the directory.
    Directory,
}

/// The state of the app on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum App {
    /// Active: it shows codes.
    Active,
    /// Not installed or not activated.
    None,
    /// The activation was started and is not complete.
    Activating,
    /// Locked after too many wrong codes.
    Locked,
    /// Entrust does not know the user, or did not report the state.
    Unknown,
}

/// What activates the app: a QR code to scan from a desktop's screen, and a link to open on the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Activation {
    /// The link that opens the app on this phone.
    pub link: String,
    /// The QR code.
    pub qr: Qr,
    /// A password that the app may ask for during activation.
    pub password: Option<String>,
}

/// A QR code: its dark modules as an SVG path in a square of `size` units, quiet zone included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Qr {
    /// Length of a side in units.
    pub size: u32,
    /// The `d` attribute of the path.
    pub path: String,
}

/// One line of «Kun je zelf je wachtwoord instellen?».
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Point {
    /// The requirement.
    pub point: Readiness,
    /// Whether it is met.
    pub ready: bool,
}

/// A requirement for a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// The account may use the reset.
    Scope,
    /// A birthdate is registered and can be used.
    Birthdate,
    /// A number is registered, confirmed if required, and can be used.
    Mobile,
    /// The app is active and not locked.
    App,
}

impl Registration {
    /// The state before sign-in.
    pub fn sign_in() -> Self {
        Self { step: Stage::SignIn, username: None, expires_in: None, overview: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registration_has_its_documented_wire_format() {
        let json = r#"{"step":"sign_in","username":null,"expires_in":null,"overview":null}"#;
        assert_eq!(serde_json::to_string(&Registration::sign_in()).unwrap(), json);
        let point = Point { point: Readiness::Scope, ready: true };
        assert_eq!(serde_json::to_string(&point).unwrap(), r#"{"point":"scope","ready":true}"#);
    }
}
