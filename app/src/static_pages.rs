//! Pages without a wasm program, rendered by the server with links to the other languages.

pub mod enroll_elsewhere;
pub mod help;
pub mod not_found;
pub mod not_me;
pub mod overview;
pub mod privacy;

use crate::api::site::Site;
use crate::components::PageDrawing;
use crate::i18n::Language;
use crate::paths;
use crate::shell::{Frame, ServiceDeskHelp};
use leptos::prelude::*;
use std::sync::Arc;

/// The URL of the enrollment: that of the settings, otherwise the built-in one.
fn registration_address(site: &Site) -> String {
    let configured = &site.organisation.links.registration;
    if configured.is_empty() { paths::ENROLLMENT.to_owned() } else { configured.clone() }
}

/// Renders a static page as HTML. `address` is its path, for the links to its other languages.
fn html<V: IntoView + 'static>(
    site: &Site,
    language: Language,
    address: &'static str,
    content: impl FnOnce() -> V + Send + 'static,
) -> String {
    let is_help = address == paths::HELP;
    let aside = Owner::new().with(|| view! { <ServiceDeskHelp site language is_help /> }.into_any());
    html_beside(site, language, address, aside, content)
}

/// Renders a static page as HTML with other content beside it than the contact details.
fn html_beside<V: IntoView + 'static>(
    site: &Site,
    language: Language,
    address: &'static str,
    aside: AnyView,
    content: impl FnOnce() -> V + Send + 'static,
) -> String {
    let others = site.organisation.languages.iter().copied().filter(|other| *other != language);
    let languages: Vec<_> = others
        .map(|language| {
            let (tag, href) = (language.tag(), [address, "?language=", language.tag()].concat());
            view! { <a class="button quiet" href=href lang=tag hreflang=tag>{language.own_name()}</a> }
        })
        .collect();
    let site = Arc::new(site.clone());
    Owner::new().with(|| {
        view! { <Frame site=site language languages=languages.into_any() aside><PageDrawing />{content()}</Frame> }
            .to_html()
    })
}
