//! A field for a password.

use super::TextField;
use crate::client::PageState;
use crate::client::page_state::set_if_changed;
use crate::domain::raw_input::RawInput;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// A field for a password. It points out what nobody sees in a masked field: that Caps Lock is on, and a space at the
/// beginning or the end. The password itself is left as it is.
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
    let words = page.words();
    let caps_lock = RwSignal::new(false);
    // Some events that password managers send as keys have no modifiers.
    let watch = move |event: KeyboardEvent| set_if_changed(caps_lock, event.get_modifier_state("CapsLock"));
    let has_outer_space = Memo::new(move |_| {
        value.with(|typed| {
            let text = typed.expose();
            !text.trim().is_empty() && text.trim().len() < text.len()
        })
    });
    let notice = move || match (caps_lock.get(), has_outer_space.get()) {
        (true, _) => words.caps_lock,
        (false, true) => words.outer_space,
        (false, false) => "",
    };
    view! {
        <div on:keydown=watch on:keyup=watch>
            <TextField id label hint autocomplete value locked=page.sending masked password_rules>
                {children.map(|children| children())}
                <p class="strong" role="status" prop:textContent=notice></p>
            </TextField>
        </div>
    }
}
