//! The button that shows a typed password.

use super::{Button, ButtonKind, LiveText};
use crate::i18n::Messages;
use leptos::prelude::*;

/// Shows or masks the text of all password fields of the screen.
#[component]
pub(crate) fn RevealButton(masked: RwSignal<bool>, messages: &'static Messages) -> impl IntoView {
    let text = Signal::derive(move || {
        if masked.get() { messages.password_show } else { messages.password_hide }.to_owned()
    });
    view! {
        <div class="reveal">
            <Button kind=ButtonKind::Quiet on_press=move |()| masked.update(|masked| *masked = !*masked)>
                <LiveText text />
            </Button>
        </div>
    }
}
