//! Where a registration stands, as the browser may know it («06-nummer registratie»). Not the wizard:
//! its steps are in [`crate::api::step`].

use serde::{Deserialize, Serialize};

/// The answer of every call of the registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Which screen.
    pub step: Stage,
    /// As typed, domain parts taken off; not at `sign_in`.
    pub username: Option<String>,
    /// Seconds that the session lasts; not at `sign_in`.
    pub expires_in: Option<u64>,
    /// What is registered; only at `overview`.
    pub overview: Option<Overview>,
}

/// The screens of the registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// User name and current password are asked.
    SignIn,
    /// The password was right; the app is active, so a code from it is asked as well.
    Code,
    /// What is registered, and what can be done about it.
    Overview,
}

/// What is registered of the person who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "facts of which none follows from another")]
pub struct Overview {
    /// Whether anything can be changed; else the service desk is the way (account out of scope, app locked,
    /// or its state is not known).
    pub may_change: bool,
    /// The birthdate, where one is registered. What it is nobody can tell: only a digest is kept.
    pub birthdate: Option<Known>,
    /// Whether the birthdate comes from the directory, and so is entered elsewhere.
    pub birthdate_elsewhere: bool,
    /// The mobile number, where one is registered.
    pub mobile: Option<Known>,
    /// The service desk's HR system has another birthdate, which waits for a yes or a no.
    pub proposed_birthdate: Option<Proposed>,
    /// HR has another mobile number, which waits for a yes or a no.
    pub proposed_mobile: Option<Proposed>,
    /// A code was sent to the number that was just given; it is asked by `confirm`.
    pub confirming: bool,
    /// The app on the phone.
    pub app: App,
    /// Whether the app can be activated from here; else the page explains the way by hand.
    pub can_activate: bool,
    /// The activation that is under way.
    pub activation: Option<Activation>,
    /// «Kun je zelf je wachtwoord instellen?»: in the order shown.
    pub points: Vec<Point>,
    /// The server's time in seconds since 1970, for the comparison with the clock of the device.
    pub time: i64,
}

/// A registered value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The number with all but its last two digits masked; empty for a birthdate.
    pub masked: String,
    /// Who gave it.
    pub source: Source,
    /// Since which day (ISO).
    pub since: String,
    /// Whether the employee confirmed it.
    pub confirmed: bool,
    /// Seconds until it can be used for a reset; 0: now.
    pub usable_in: u64,
}

/// A value that waits for the employee's yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The number with all but its last two digits masked; empty for a birthdate.
    pub masked: String,
    /// Since which day (ISO).
    pub since: String,
}

/// Who gave a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The employee, on the registration page.
    Employee,
    /// HR, by import.
    Hr,
    /// An attribute of the directory.
    Directory,
}

/// How the app on the phone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum App {
    /// It shows codes.
    Active,
    /// There is none.
    None,
    /// It was asked for, and not activated yet.
    Activating,
    /// Locked after too many wrong codes.
    Locked,
    /// Entrust does not know the person, or would not say.
    Unknown,
}

/// How the app is activated: the code is scanned from a desktop's screen, the link is opened on the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The link that opens the app on this phone.
    pub link: String,
    /// The QR code.
    pub qr: Qr,
    /// What the app may ask for during activation.
    pub password: Option<String>,
}

/// A QR code as a drawing: dark modules as an SVG path in a square of `size` units, quiet zone included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// Units on a side.
    pub size: u32,
    /// The `d` of the path.
    pub path: String,
}

/// One line of «Kun je zelf je wachtwoord instellen?».
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// What was looked at.
    pub point: Readiness,
    /// How it stands.
    pub ready: bool,
}

/// What must be in order for a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// The account may use the reset.
    Scope,
    /// A birthdate is registered and can be used.
    Birthdate,
    /// A number is registered, confirmed where that is asked, and can be used.
    Mobile,
    /// The app is active and not locked.
    App,
}

impl Registration {
    /// Nobody signed in.
    pub fn sign_in() -> Self {
        Self { step: Stage::SignIn, username: None, expires_in: None, overview: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_has_its_documented_form_on_the_wire() {
        let json = r#"{"step":"sign_in","username":null,"expires_in":null,"overview":null}"#;
        assert_eq!(serde_json::to_string(&Registration::sign_in()).unwrap(), json);
        let point = Point { point: Readiness::Scope, ready: true };
        assert_eq!(serde_json::to_string(&point).unwrap(), r#"{"point":"scope","ready":true}"#);
    }
}
