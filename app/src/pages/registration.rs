//! The screens of `/registratie` («06-nummer registratie»), a program of its own: the wizard's stays as
//! small as it is. What both have alike is in the modules beside this one.
//!
//! | file | its part |
//! |---|---|
//! | `session` | what this browser knows of the registration, and its calls |
//! | `sign_in`, `code` | who it is |
//! | `overview`, `cards` | «Ben ik er klaar voor?», and what is registered |
//! | `edit` | a birthdate, a number, the code that was sent to it |
//! | `activation` | linking the app |
//! | `elsewhere` | what stands at the same address for everybody else |

mod activation;
mod cards;
mod code;
mod edit;
mod elsewhere;
mod overview;
mod session;
mod sign_in;

pub use elsewhere::elsewhere;

use super::mount as mounting;
use crate::site::Language;
#[cfg(feature = "ssr")]
use crate::{pages::frame, site::Site};
#[cfg(feature = "ssr")]
use leptos::prelude::Owner;
use session::Session;

/// Where the registration is.
pub const ADDRESS: &str = "/registratie";

/// The registration takes over the page that the server sent.
pub fn mount() {
    mounting::take(Session::new);
}

/// The title of the page.
pub const fn title(language: Language) -> &'static str {
    language.registration().title
}

/// The first screen as HTML, for the inside of `<div id="app">`.
#[cfg(feature = "ssr")]
pub fn shell(site: &Site, language: Language) -> String {
    let site = site.clone();
    let owner = Owner::new();
    owner.with(|| frame::frame(Session::new(site, language)).to_html())
}

/// What everybody else gets at the same address, likewise.
#[cfg(feature = "ssr")]
pub fn elsewhere_shell(site: &Site, language: Language) -> String {
    let owner = Owner::new();
    owner.with(|| elsewhere(site, language).to_html())
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
