//! Screen 2: the birthdate. Whether it is the registered one is not told here.

use super::frame::{actions, heading};
use super::visit::{Call, Visit};
use crate::birthdate::Birthdate;
use crate::refusal::Refusal;
use crate::text::days_in_words;
use crate::typed::Typed;
use crate::ui::{Entry, Field, Fixed};
use leptos::prelude::*;

pub(crate) fn page(visit: Visit) -> AnyView {
    let words = visit.words();
    // `text`, not `numeric`: «1 okt 1984» is welcome, and some phones' number pad has no dash.
    let entry = Entry { autocomplete: "bday", inputmode: "text", width: "date" };
    let username = visit.username.with_untracked(|typed| typed.expose().to_owned());
    let send = move || {
        let parsed = visit.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose()));
        match parsed {
            Ok(date) => visit.submit(Call::Birthdate(Typed::new(date.expose_iso()))),
            Err(error) => visit.refuse(Refusal::invalid("birthdate", error)),
        }
    };
    // A slip of the finger shows here before it costs an attempt.
    let reads = move || {
        visit
            .birthdate
            .with(|typed| Birthdate::parse_typed(typed.expose()))
            .ok()
            .map(|date| words.birthdate_reads.fill([&days_in_words(&date, words)]))
    };
    view! {
        {heading(words.birthdate_heading.to_owned())}
        <form
            method="dialog"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <Fixed id="username" label=words.username text=username />
            <Field
                id="birthdate"
                label=words.birthdate
                entry=entry
                value=visit.birthdate
                error=visit.error_at("birthdate")
            >
                <p class="reads" role="status">{reads}</p>
            </Field>
            {actions(visit, true)}
        </form>
    }
    .into_any()
}
