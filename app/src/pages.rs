//! The screens, one module per [`Step`], and what holds them together. No judgement is made here that
//! the server does not make again.

mod birthdate;
mod browser;
mod calls;
mod code;
mod done;
mod frame;
mod help;
mod identify;
mod mount;
mod page;
mod password;
mod practice;
pub mod privacy;
pub mod registration;
mod strength;
mod talk;
mod timing;
mod visit;
mod without_program;

#[cfg(feature = "ssr")]
use crate::site::{Language, Site};
use crate::step::Step;
#[cfg(feature = "ssr")]
use leptos::prelude::Owner;
use visit::Visit;

/// Where a forgotten password is set again.
pub(crate) const WIZARD: &str = "/wachtwoordreset";

/// The wizard takes over the page that the server sent.
pub fn mount() {
    mount::take(|site, language| Visit::new(site, language, Step::Identify {}));
}

/// The first screen as HTML, for the inside of `<div id="app">`: it can be read and typed in before the
/// program is there. The program then takes it over, see `mount`.
#[cfg(feature = "ssr")]
pub fn shell(site: &Site, language: Language) -> String {
    drawn(site, language, Step::Identify {})
}

/// The wizard at a step, as it looks at first.
#[cfg(feature = "ssr")]
fn drawn(site: &Site, language: Language, step: Step) -> String {
    Owner::new().with(|| frame::frame(Visit::new(site.clone(), language, step)).to_html())
}

#[cfg(all(test, feature = "ssr"))]
#[expect(clippy::unwrap_used, reason = "in tests, also where a helper needs it")]
mod tests;
