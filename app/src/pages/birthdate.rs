//! Screen 2: the birthdate. Whether it is the registered one is not told here.

use super::calls::Calls as _;
use super::frame::actions;
use super::help::unknown;
use super::talk::Talk;
use super::visit::{Call, Visit};
use crate::birthdate::Birthdate;
use crate::refusal::Refusal;
use crate::text::days_in_words;
use crate::typed::Typed;
use crate::ui::prose::{all, form, heading};
use crate::ui::{Field, Signal, View, el, fixed, live_text};

pub(crate) fn page(visit: Visit) -> View {
    let words = visit.words();
    let username = visit.username.with_untracked(|typed| typed.expose().to_owned());
    let send = move || {
        let parsed = visit.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose()));
        match parsed {
            Ok(date) => visit.submit(Call::Birthdate(Typed::new(date.expose_iso()))),
            Err(error) => visit.refuse(Refusal::invalid("birthdate", error)),
        }
    };
    let field = field(visit, visit.birthdate);
    all(vec![
        heading(words.birthdate_heading),
        form(
            send,
            vec![
                fixed("username", words.username, username),
                field,
                actions(visit, words.next, Some(Call::Cancel)),
            ],
        ),
        unknown(visit, words.unknown_birthdate),
    ])
}

/// The field for a birthdate, which reads back in words what is typed.
pub(crate) fn field<T: Talk>(talk: T, value: Signal<Typed>) -> View {
    let (words, error) = (talk.page().words(), talk.error_at("birthdate"));
    // A slip of the finger shows here before it costs an attempt.
    let reads = move || {
        let date = value.with(|typed| Birthdate::parse_typed(typed.expose())).ok();
        date.map(|date| words.birthdate_reads.fill([&days_in_words(&date, words)])).unwrap_or_default()
    };
    Field {
        id: "birthdate",
        label: words.birthdate,
        hint: "",
        autocomplete: "bday",
        // Not `numeric`: «1 okt 1984» is welcome, and some phones' number pad has no dash.
        inputmode: "text",
        width: "date",
        value,
        error,
        hidden: None,
        locked: talk.page().sending,
        rules: String::new(),
        beneath: vec![el("p").class("reads").attr("role", "status").with(vec![live_text(reads)])],
    }
    .view()
}
