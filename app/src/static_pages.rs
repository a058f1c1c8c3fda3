//! Pages without a program: rendered by the server only, with a link for each other language.

pub mod enroll_elsewhere;
pub mod help;
pub mod not_found;
pub mod privacy;

use crate::api::site::Site;
use crate::components::Scenery;
use crate::i18n::Language;
use crate::paths;
use crate::shell::Frame;
use leptos::prelude::*;
use std::sync::Arc;

/// Where birthdate and number are registered: the organisation's own address, or else the product's.
fn registration_address(site: &Site) -> String {
    let own = &site.organisation.links.registration;
    if own.is_empty() { paths::ENROLLMENT.to_owned() } else { own.clone() }
}

/// A static page as HTML. `address` is its own, for the links to its other languages.
fn html<V: IntoView + 'static>(
    site: &Site,
    language: Language,
    address: &'static str,
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
        let is_help = address == paths::HELP;
        view! { <Frame site=site language languages=languages.into_any() is_help><Scenery />{content()}</Frame> }
            .to_html()
    })
}
