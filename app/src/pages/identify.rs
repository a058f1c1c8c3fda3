//! Screen 1: the user name. Whether anybody has it is not known here, nor asked.

use super::frame::{actions, heading, rules};
use super::visit::{Call, Visit};
use crate::refusal::Refusal;
use crate::ui::{Entry, Field};
use crate::username::Username;
use leptos::prelude::*;

pub(crate) fn page(visit: Visit) -> AnyView {
    let language = visit.language.get_untracked();
    let words = language.words();
    let site = visit.site();
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let entry = Entry { autocomplete: "username", inputmode: "text", width: "wide" };
    let domains = organisation.domains.clone();
    let send = move || {
        let typed = visit.username.get_untracked();
        match Username::parse(typed.expose(), &domains) {
            Ok(_) => visit.submit(Call::Identify(typed)),
            Err(error) => visit.refuse(Refusal::invalid("username", error)),
        }
    };
    // method=dialog: before the program is there, Enter sends nothing; a plain form would put the name in
    // the address.
    view! {
        {heading(organisation.title.in_language(language).to_owned())}
        <p class="lead">{organisation.welcome.in_language(language).to_owned()}</p>
        <p>{organisation.introduction.in_language(language).to_owned()}</p>
        <form
            method="dialog"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <Field
                id="username"
                label=words.username
                hint=words.username_hint
                entry=entry
                value=visit.username
                error=visit.error_at("username")
            />
            {actions(visit, false)}
        </form>
        // Seen only where nothing has taken this screen over after a while; the style sheet waits.
        <p class="slow">{words.slow.fill([&desk.name, &desk.phone])}</p>
        <section class="need">
            <h2>{words.need}</h2>
            <ul>
                <li>{words.need_username}</li>
                <li>{words.need_birthdate}</li>
                <li>{words.need_phone}</li>
            </ul>
        </section>
        <details id="rules">
            <summary>{words.rules}</summary>
            <p>{words.rules_intro}</p>
            <ul>{rules(&site.rules, words).into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        </details>
    }
    .into_any()
}
