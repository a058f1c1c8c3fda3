//! The screens, one module per [`Step`], and what holds them together. No judgement is made here that
//! the server does not make again.

mod birthdate;
mod browser;
mod calls;
mod code;
mod done;
mod frame;
mod identify;
mod mount;
mod page;
mod password;
mod practice;
pub mod registration;
mod strength;
mod talk;
mod timing;
mod visit;

use crate::site::{Language, Site};
use crate::step::Step;
use leptos::prelude::*;
use visit::Visit;

/// The wizard at a step. Drawn by the server for the first screen, and by the browser for all of them.
#[component]
pub fn App(
    /// What the organisation says about itself.
    site: Site,
    /// The language to begin in.
    language: Language,
    /// Where the visit stands.
    step: Step,
) -> impl IntoView {
    frame::frame(Visit::new(site, language, step))
}

/// The wizard takes over the page that the server sent.
pub fn mount() {
    mount::mount(|site, language| Visit::new(site, language, Step::Identify {}));
}

/// The first screen as HTML, for the inside of `<div id="app">`: it can be read and typed in before the
/// program is there. The program then takes it over, see `mount`.
#[cfg(feature = "ssr")]
pub fn shell(site: &Site, language: Language) -> String {
    let site = site.clone();
    let owner = Owner::new();
    owner.with(|| view! { <App site=site language=language step=Step::Identify {} /> }.to_html())
}

#[cfg(all(test, feature = "ssr"))]
#[expect(clippy::unwrap_used, reason = "in tests, also where a helper needs it")]
mod tests;
