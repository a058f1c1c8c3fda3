//! Collapsed help on the screens that ask for a value.

use crate::api::site::Site;
use crate::api::step::OtpMethod;
use crate::client::PageState;
use crate::i18n::{Messages, waiting_time_text};
use leptos::prelude::*;

/// «Ik weet het niet meer», starting with a hint about the value of this screen.
#[component]
pub(super) fn UnknownHelp(page: PageState, hint: &'static str) -> impl IntoView {
    let messages = page.messages();
    let site = page.site();
    let desk = &site.organisation.service_desk;
    let call = messages.call.fill([&desk.name, &desk.phone]);
    view! {
        <details id="unknown">
            <summary>{messages.unknown}</summary>
            <p>{hint}</p>
            {registration_hint(&site, messages)}
            <p>{call}</p>
            {site.methods.contains(&OtpMethod::Token).then(|| view! { <p>{phone_lost(&site, messages)}</p> })}
        </details>
    }
}

/// What to do without the phone that has the app.
pub(super) fn phone_lost(site: &Site, messages: &'static Messages) -> String {
    let desk = &site.organisation.service_desk;
    messages.phone_lost.fill([&desk.name, &desk.phone])
}

/// Which values must have been registered, and where.
pub(super) fn registration_hint(site: &Site, messages: &'static Messages) -> impl IntoView + use<> {
    let wait = waiting_time_text(site, messages)
        .map(|time| [" ", &messages.code_registration_wait.fill([&time])].concat());
    let address = site.organisation.links.registration.clone();
    let link = (!address.is_empty()).then(|| {
        view! { " "<a href=address target="_blank" rel="noopener noreferrer">{messages.code_register}</a> }
    });
    view! { <p>{messages.code_registration}{wait}{link}</p> }
}
