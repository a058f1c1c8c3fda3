//! The input field for a password.

use super::TextField;
use crate::client::PageState;
use crate::client::page_state::set_if_changed;
use crate::domain::raw_input::RawInput;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// A field for a password. Warns about what is invisible in a masked field: Caps Lock, and a space at the start or end.
/// Does not change the password.
#[component]
pub(crate) fn PasswordField(
    page: PageState,
    id: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    value: RwSignal<RawInput>,
    masked: RwSignal<bool>,
    #[prop(optional)] hint: &'static str,
    #[prop(optional, into)] password_rules: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let messages = page.messages();
    let caps_lock = RwSignal::new(false);
    // Some key events that password managers send have no modifiers.
    let watch = move |event: KeyboardEvent| set_if_changed(caps_lock, event.get_modifier_state("CapsLock"));
    let has_outer_space = Memo::new(move |_| {
        value.with(|typed| {
            let text = typed.expose();
            !text.trim().is_empty() && text.trim().len() < text.len()
        })
    });
    let notice = move || match (caps_lock.get(), has_outer_space.get()) {
        (true, _) => messages.caps_lock,
        (false, true) => messages.outer_space,
        (false, false) => "",
    };
    view! {
        <div on:keydown=watch on:keyup=watch>
            <TextField id label hint autocomplete value read_only=page.sending masked password_rules>
                {children.map(|children| children())}
                <p class="strong" role="status" prop:textContent=notice></p>
            </TextField>
        </div>
    }
}
