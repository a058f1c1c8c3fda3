//! The page that `/registratie` shows to a client that cannot register: where to register, or that this website offers no
//! registration.

use crate::api::site::Site;
use crate::i18n::Language;
use crate::paths;
use leptos::prelude::*;

/// Who can register on this website.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Clients in the organisation's networks.
    OwnNetworks,
    /// No client: the registration is off, or no network is allowed.
    Closed,
}

/// Renders the page as HTML.
pub fn html(site: &Site, language: Language, availability: Availability) -> String {
    let (messages, enrollment, texts) = (language.messages(), language.enrollment(), language.static_pages());
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let (lead, why) = match availability {
        Availability::OwnNetworks => (
            texts.elsewhere_where.fill([&organisation.name, &organisation.name]),
            [texts.elsewhere_why, " ", texts.elsewhere_how].concat(),
        ),
        Availability::Closed => (texts.closed.to_owned(), texts.closed_how.to_owned()),
    };
    let call = messages.call.fill([&desk.name, &desk.phone]);
    // The settings may name another registration page.
    let other = organisation.links.registration.clone();
    let other = (!other.is_empty() && !other.ends_with(paths::ENROLLMENT))
        .then(|| view! { <p><a href=other>{messages.code_register}</a></p> });
    super::html(site, language, paths::ENROLLMENT, move || {
        view! {
            <h1 id=crate::components::HEADING tabindex="-1">{enrollment.title}</h1>
            <p class="lead">{lead}</p>
            <p>{why}</p>
            <p>{call}</p>
            {other}
            <p><a href=paths::WIZARD>{enrollment.forgotten}</a></p>
        }
    })
}
