//! The input field for a one-time code.

use super::TextField;
use crate::client::PageState;
use crate::domain::raw_input::RawInput;
use crate::domain::typed_text::with_ascii_digits;
use leptos::prelude::*;

/// A field for a code, from the app or from a message. Shows the digits of other scripts as those of the app.
#[component]
pub(crate) fn CodeField(page: PageState, label: &'static str, value: RwSignal<RawInput>) -> impl IntoView {
    view! {
        <TextField id="code" label hint=page.messages().code_hint autocomplete="one-time-code" inputmode="numeric"
            width="code" value read_only=page.sending complete=with_ascii_digits />
    }
}
