//! The field for a birthdate.

use super::TextField;
use crate::client::PageState;
use crate::domain::birthdate::{Birthdate, with_dashes};
use crate::domain::raw_input::RawInput;
use crate::i18n::days_in_words;
use leptos::prelude::*;

/// A field for a birthdate. It spells out what is typed: a typing error shows before it costs an attempt.
#[component]
pub(crate) fn BirthdateField(page: PageState, value: RwSignal<RawInput>) -> impl IntoView {
    let words = page.words();
    // A memo: the same text set again would be announced again.
    let spelled_out = Memo::new(move |_| {
        let date = value.with(|typed| Birthdate::parse_typed(typed.expose())).ok();
        date.map(|date| words.birthdate_reads.fill([&days_in_words(&date, words)])).unwrap_or_default()
    });
    view! {
        <TextField id="birthdate" label=words.birthdate autocomplete="bday" inputmode="numeric" width="date" value
            locked=page.sending completed=with_dashes>
            <p class="reads" role="status" prop:textContent=move || spelled_out.get()></p>
        </TextField>
    }
}
