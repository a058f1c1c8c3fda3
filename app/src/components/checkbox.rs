//! The checkbox component.

use leptos::prelude::*;

/// A checkbox within its label, so that the label is its target, and a hint below it.
#[component]
pub(crate) fn Checkbox(
    id: String,
    label: &'static str,
    hint: &'static str,
    checked: RwSignal<bool>,
) -> impl IntoView {
    let hint_id = [&id, "-hint"].concat();
    let described_by = hint_id.clone();
    view! {
        <div>
            <label class="check">
                <input
                    type="checkbox"
                    id=id.clone()
                    name=id
                    aria-describedby=described_by
                    prop:checked=move || checked.get()
                    on:change:target=move |event| checked.set(event.target().checked())
                />
                {label}
            </label>
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    }
}
