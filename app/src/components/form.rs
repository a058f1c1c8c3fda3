//! A form that reads its fields on submit.

use crate::domain::raw_input::RawInput;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

/// The fields of a form, which register themselves. [`Form`] provides it as context.
#[derive(Clone, Copy)]
pub(crate) struct FormFields(StoredValue<Vec<(NodeRef<html::Input>, RwSignal<RawInput>)>>);

impl FormFields {
    pub(crate) fn register(self, input: NodeRef<html::Input>, value: RwSignal<RawInput>) {
        self.0.update_value(|fields| fields.push((input, value)));
    }

    /// Reads the values of the inputs: password managers and in-app browsers fill a field without an `input` event.
    fn read(self) {
        for (input, value) in self.0.get_value() {
            let Some(input) = input.get_untracked() else { continue };
            let current = RawInput::new(input.value());
            if value.with_untracked(|value| *value != current) {
                value.set(current);
            }
        }
    }
}

/// A form. Uses `method="dialog"` so that Enter does not put the typed text into the URL before the program has
/// started.
#[component]
pub(crate) fn Form(on_submit: impl Fn() + 'static, children: Children) -> impl IntoView {
    let fields = FormFields(StoredValue::new(Vec::new()));
    provide_context(fields);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        fields.read();
        on_submit();
    };
    view! { <form method="dialog" novalidate on:submit=submit>{children()}</form> }
}
