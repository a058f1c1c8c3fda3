//! What an organisation's own page says about itself: names, addresses, lists. Not the words of the
//! wizard: those are in `i18n`.

use crate::api::step::OtpMethod;
use crate::domain::opening_hours::{ClosedDay, OpeningHours};
use crate::domain::username::Domains;
use crate::i18n::{Language, Localised};
use crate::policy::Rules;
use serde::{Deserialize, Serialize};

/// `GET /api/site`; also inside `index.html`, so that the first screen needs no request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The organisation as its employees know it.
    pub organisation: Organisation,
    /// Its logo; without one the pages show its name.
    #[serde(default)]
    pub logo: Option<Logo>,
    /// The rules that hold for everybody before the proof.
    pub rules: Rules,
    /// The ways to get a code; the first is preselected.
    pub ways: Vec<OtpMethod>,
    /// For how many days what is registered is kept after somebody left.
    pub kept_days: u32,
    /// For how many seconds a changed value or a new app does not count.
    pub waiting_seconds: u32,
    /// The applications with what to do in each. Not part of the site that the browser gets: it comes with the last
    /// step.
    #[serde(skip)]
    pub application_groups: Vec<ApplicationGroup>,
}

/// A logo, to be shown on white.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// Its address, which changes with its content.
    pub address: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Applications that ask for the same thing after a reset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ApplicationGroup {
    /// What they are used on.
    pub group: ApplicationKind,
    /// In the order of the settings.
    pub applications: Vec<Application>,
}

/// What an application is used on, which decides what to do after a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// A phone or tablet that stores the password.
    Phone,
    /// Signing in to a computer.
    Computer,
    /// A website or app that asks for the password.
    Website,
}

/// An application that the new password also counts in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Application {
    /// Its name.
    pub name: Localised,
    /// Its address, `https://…`; empty where none was configured.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// What to do there; empty where none was configured.
    #[serde(default, skip_serializing_if = "Localised::is_empty")]
    pub hint: Localised,
}

/// The part of the settings that a person sees; Pantein's own values are the shipped default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Domain parts that are taken off a user name.
    pub domains: Domains,
    /// Who helps.
    pub service_desk: ServiceDesk,
    /// What employees call HR or its system, e.g. «Talent & Salaris».
    pub hr: String,
    /// Where the new password also counts, in the order shown.
    pub applications: Vec<String>,
    /// The languages offered; the first is the default.
    pub languages: Vec<Language>,
    /// Addresses that pages point to.
    pub links: Links,
    /// The accent colour, `#rrggbb`; its contrast is checked at start.
    pub accent: String,
    /// The file of the logo; empty: none. Not sent: it is a path of the server.
    #[serde(default, skip_serializing)]
    pub logo_file: String,
}

/// Who helps an employee who gets stuck.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDesk {
    /// e.g. «Servicedesk ICT».
    pub name: String,
    /// As shown, e.g. «0485 – 845 900».
    pub phone: String,
    /// As dialled, e.g. `+31485845900`.
    pub phone_link: String,
    /// As shown and written to, e.g. `ServiceDesk@Pantein.nl`.
    pub mail: String,
    /// When somebody answers, in words.
    pub hours: Localised,
    /// When somebody answers, by the clock of the Netherlands; empty: only `hours` is shown.
    #[serde(default)]
    pub opening: Vec<OpeningHours>,
    /// Days on which the desk is closed.
    #[serde(default)]
    pub closed: Vec<ClosedDay>,
    /// What to do while the desk is closed; may be empty.
    #[serde(default)]
    pub outside: Localised,
}

/// Addresses that pages point to; an empty one is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
