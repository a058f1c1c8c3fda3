//! The input field for a birthdate.

use super::TextField;
use crate::client::PageState;
use crate::domain::birthdate::{Birthdate, insert_dashes};
use crate::domain::raw_input::RawInput;
use crate::i18n::birthdate_text;
use leptos::prelude::*;

/// A field for a birthdate. Spells out the date, so that the user notices a typing error before it costs an attempt.
#[component]
pub(crate) fn BirthdateField(page: PageState, value: RwSignal<RawInput>) -> impl IntoView {
    let messages = page.messages();
    // A memo, because setting the same text again would announce it again.
    let spelled_out = Memo::new(move |_| {
        let date = value.with(|typed| Birthdate::parse_typed(typed.expose())).ok();
        date.map(|date| messages.birthdate_spelled_out.fill([&birthdate_text(&date, messages)]))
            .unwrap_or_default()
    });
    view! {
        <TextField id="birthdate" label=messages.birthdate autocomplete="bday" inputmode="numeric" width="date" value
            read_only=page.sending complete=insert_dashes>
            <p class="reads" role="status" prop:textContent=move || spelled_out.get()></p>
        </TextField>
    }
}
