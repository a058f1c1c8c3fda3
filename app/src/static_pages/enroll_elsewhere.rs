//! What `/registratie` shows outside the organisation's own networks: where to register.

use crate::api::site::Site;
use crate::i18n::Language;
use crate::paths;
use leptos::prelude::*;

/// The page as HTML.
pub fn html(site: &Site, language: Language) -> String {
    let (words, own, page) = (language.words(), language.enrollment(), language.static_pages());
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let place = page.elsewhere_where.fill([&organisation.name, &organisation.name]);
    let why = [page.elsewhere_why, " ", page.elsewhere_how].concat();
    let call = words.call.fill([&desk.name, &desk.phone]);
    // An organisation may have a registration of its own somewhere else.
    let other = organisation.links.registration.clone();
    let other = (!other.is_empty() && !other.ends_with(paths::ENROLLMENT))
        .then(|| view! { <p><a href=other>{words.code_register}</a></p> });
    super::html(site, language, paths::ENROLLMENT, move || {
        view! {
            <h1 id=crate::components::HEADING tabindex="-1">{own.title}</h1>
            <p class="lead">{place}</p>
            <p>{why}</p>
            <p>{call}</p>
            {other}
            <p><a href=paths::WIZARD>{own.forgotten}</a></p>
        }
    })
}
