//! Help that is folded away on the screens where it is needed.

use crate::api::site::Site;
use crate::client::PageState;
use crate::i18n::{Messages, waiting};
use leptos::prelude::*;

/// «Ik weet het niet meer», beginning with a sentence about what is asked here.
#[component]
pub(super) fn UnknownHelp(page: PageState, hint: &'static str) -> impl IntoView {
    let words = page.words();
    let site = page.site();
    let desk = &site.organisation.service_desk;
    let call = words.call.fill([&desk.name, &desk.phone]);
    view! {
        <details id="unknown">
            <summary>{words.unknown}</summary>
            <p>{hint}</p>
            {registration_hint(&site, words)}
            <p>{call}</p>
        </details>
    }
}

/// What must have been registered, and where.
pub(super) fn registration_hint(site: &Site, words: &'static Messages) -> impl IntoView + use<> {
    let wait = waiting(site, words).map(|time| [" ", &words.code_registration_wait.fill([&time])].concat());
    let address = site.organisation.links.registration.clone();
    let link = (!address.is_empty()).then(|| {
        view! { " "<a href=address target="_blank" rel="noopener noreferrer">{words.code_register}</a> }
    });
    view! { <p>{words.code_registration}{wait}{link}</p> }
}
