//! The organisation's public settings: names, addresses, rules and lists. The messages of the screens are in `i18n`.

use crate::domain::opening_hours::{ClosedDay, OpeningHours};
use crate::domain::otp_method::OtpMethod;
use crate::domain::username::Domains;
use crate::i18n::{Language, Localised};
use crate::policy::Rules;
use serde::{Deserialize, Serialize};

/// The response of `GET /api/site`; also embedded in the document, so that the first screen needs no request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Site {
    /// The organisation: its names, texts and addresses.
    pub organisation: Organisation,
    /// The logo; without one, the pages show the organisation's name.
    #[serde(default)]
    pub logo: Option<Logo>,
    /// The password rules that apply to every account, shown before the verification.
    pub rules: Rules,
    /// The methods that deliver a code; the first is preselected.
    #[serde(rename = "ways")]
    pub methods: Vec<OtpMethod>,
    /// Days for which a record is stored after its account has left.
    pub kept_days: u32,
    /// Seconds during which a changed value or a new app cannot be used for a reset.
    pub waiting_seconds: u32,
    /// Whether a session can end with a call code for the service desk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub calls: bool,
    /// The applications, each with instructions. Sent to the browser with the last step instead of here.
    #[serde(skip)]
    pub application_groups: Vec<ApplicationGroup>,
}

impl Site {
    /// The code method that is preselected.
    pub fn first_method(&self) -> OtpMethod {
        self.methods.first().copied().unwrap_or(OtpMethod::Token)
    }
}

/// A logo, to be shown on white.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Logo {
    /// Its URL, which changes with its content.
    pub address: String,
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
}

/// Applications that need the same action after a reset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ApplicationGroup {
    /// Where they are used.
    pub group: ApplicationKind,
    /// In the order of the settings.
    pub applications: Vec<Application>,
}

/// Where an application is used, which determines the action after a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// A phone or tablet that stores the password.
    Phone,
    /// Signing in to a computer.
    Computer,
    /// A website or app that asks for the password.
    Website,
}

/// An application that uses the new password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Application {
    /// Its name.
    pub name: Localised,
    /// Its URL, `https://…`; empty if none is configured.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// What to do there; empty if nothing is configured.
    #[serde(default, skip_serializing_if = "Localised::is_empty")]
    pub hint: Localised,
}

/// The settings that users see. The shipped defaults are Pantein's values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// e.g. `Pantein`.
    pub name: String,
    /// The product's name as the page's title, e.g. «Wachtwoord Reset».
    pub title: Localised,
    /// The greeting on the first screen.
    pub welcome: Localised,
    /// The sentence under the greeting.
    pub introduction: Localised,
    /// Domain parts that are removed from a user name.
    pub domains: Domains,
    /// The service desk.
    pub service_desk: ServiceDesk,
    /// What employees call HR or its system, e.g. «Talent & Salaris».
    pub hr: String,
    /// Applications that use the new password, in the order shown.
    pub applications: Vec<String>,
    /// The languages offered; the first is the default.
    pub languages: Vec<Language>,
    /// URLs that the pages link to.
    pub links: Links,
    /// The accent colour, `#rrggbb`; its contrast is checked at start-up.
    pub accent: String,
    /// The file of the logo; empty if there is none. Not sent to the browser: it is a path on the server.
    #[serde(default, skip_serializing)]
    pub logo_file: String,
}

/// Contact details and opening hours of the service desk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceDesk {
    /// e.g. «Servicedesk ICT».
    pub name: String,
    /// The phone number as shown, e.g. «0485 – 845 900».
    pub phone: String,
    /// The phone number as dialled, e.g. `+31485845900`.
    pub phone_link: String,
    /// The mail address as shown, e.g. `ServiceDesk@Pantein.nl`.
    pub mail: String,
    /// The opening hours as a text.
    pub hours: Localised,
    /// The opening hours in the time zone of the Netherlands; if empty, only `hours` is shown.
    #[serde(default)]
    pub opening: Vec<OpeningHours>,
    /// Days on which the service desk is closed.
    #[serde(default)]
    pub closed: Vec<ClosedDay>,
    /// What to do while the service desk is closed; may be empty.
    #[serde(default)]
    pub outside: Localised,
}

/// URLs that the pages link to; an empty one is omitted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// The Entrust Identity app for Android.
    pub play_store: String,
    /// The Entrust Identity app for iPhone.
    pub app_store: String,
    /// The privacy notice.
    pub privacy: String,
    /// Where birthdate and mobile number are registered.
    pub registration: String,
}
