//! The fields of the page, and a form that reads them on submit.

use crate::client::browser;
use crate::domain::raw_input::RawInput;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

/// A field that is on screen.
#[derive(Clone, Copy)]
struct Registered {
    input: NodeRef<html::Input>,
    value: RwSignal<RawInput>,
    on_edit: Callback<()>,
}

/// The fields that are on screen, which register themselves. The page provides it as context.
///
/// Password managers and in-app browsers fill in a field with only a `change` event, or without any event. The text in
/// the document is therefore read before it is used: on submit, on a change of language, and for the live checks when a
/// field changes or receives the focus.
#[derive(Clone, Copy)]
pub(crate) struct FormFields(StoredValue<Vec<Registered>>);

impl FormFields {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(Vec::new()))
    }

    /// Adds a field; it is read for as long as its component is on screen. `on_edit` is called when a text was read that the field's
    /// own `input` handler has not seen.
    pub(crate) fn register(
        self,
        input: NodeRef<html::Input>,
        value: RwSignal<RawInput>,
        on_edit: Callback<()>,
    ) {
        self.0.update_value(|fields| {
            fields.retain(|field| !field.input.is_disposed());
            fields.push(Registered { input, value, on_edit });
        });
    }

    /// Reads the texts of the fields in the document.
    pub(crate) fn read(self) {
        for Registered { input, value, on_edit } in self.0.try_get_value().unwrap_or_default() {
            let Some(input) = input.try_get_untracked().flatten() else { continue };
            // A field that was removed meanwhile must not restore a wiped text.
            if !input.is_connected() {
                continue;
            }
            let current = RawInput::new(input.value());
            if value.with_untracked(|value| *value != current) {
                value.set(current);
                on_edit.try_run(());
            }
        }
    }
}

/// A form. Uses `method="dialog"` so that Enter does not put the typed text into the URL before the program has
/// started.
#[component]
pub(crate) fn Form(on_submit: impl Fn() + 'static, children: Children) -> impl IntoView {
    let fields = expect_context::<FormFields>();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        fields.read();
        on_submit();
    };
    // In a separate task: `change` also fires while a field is removed with its wiped text.
    let read = browser::deferred(move || fields.read());
    let read = StoredValue::new_local(read);
    // A form that is removed while one of its fields has the focus receives `change` after its disposal.
    let catch_up = move || {
        read.try_with_value(|read| read());
    };
    view! {
        <form
            method="dialog"
            novalidate
            on:submit=submit
            on:change=move |_| catch_up()
            on:focusin=move |_| catch_up()
        >
            {children()}
        </form>
    }
}
