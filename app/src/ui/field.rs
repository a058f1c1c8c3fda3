//! A text field with its label, hint and error. Not the judge of what is typed in it.

use crate::typed::Typed;
use leptos::prelude::*;

/// What kind of text a field takes, for keyboards, password managers and screen readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The `autocomplete` token.
    pub autocomplete: &'static str,
    /// The keyboard that a phone brings up.
    pub inputmode: &'static str,
    /// How wide the field looks: as wide as what belongs in it.
    pub width: &'static str,
}

/// A field. `id` is also its `name`, and the part of a refusal that names it.
#[component]
pub fn Field(
    /// Its id and name.
    id: &'static str,
    /// Its accessible name.
    label: &'static str,
    /// What helps before typing.
    #[prop(optional)]
    hint: &'static str,
    /// What it takes.
    entry: Entry,
    /// What is typed in it.
    value: RwSignal<Typed>,
    /// What is wrong with it.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// `text`, or `password` while it is hidden.
    #[prop(into, default = Signal::stored("text"))]
    kind: Signal<&'static str>,
    /// What stands beside or beneath it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let hint_id = [id, "-hint"].concat();
    let error_id = [id, "-error"].concat();
    let described = [hint_id.as_str(), " ", error_id.as_str()].concat();
    view! {
        <div class="field" class:wrong=move || error.with(Option::is_some)>
            <label for=id>{label}</label>
            <p class="hint" id=hint_id>{hint}</p>
            <p class="error" id=error_id>{move || error.get()}</p>
            <input
                class=entry.width
                id=id
                name=id
                type=move || kind.get()
                inputmode=entry.inputmode
                autocomplete=entry.autocomplete
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.with(|typed| typed.expose().to_owned())
                on:input=move |event| value.set(Typed::new(event_target_value(&event)))
            />
            {children.map(|children| children())}
        </div>
    }
}

/// A text that is shown as a field but cannot be changed here.
#[component]
pub fn Fixed(
    /// Its id.
    id: &'static str,
    /// Its accessible name.
    label: &'static str,
    /// What stands in it.
    text: String,
) -> impl IntoView {
    view! {
        <div class="field fixed">
            <label for=id>{label}</label>
            <input id=id name=id type="text" readonly autocomplete=id value=text />
        </div>
    }
}
