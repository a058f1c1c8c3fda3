//! A text field with its label, hint and error. Not the judge of what is typed in it.

use crate::typed::Typed;
use leptos::prelude::*;

/// A field.
pub struct Field {
    /// Its id and name, and the part of a refusal that names it.
    pub id: &'static str,
    /// Its accessible name.
    pub label: &'static str,
    /// What helps before typing; may be empty.
    pub hint: &'static str,
    /// The `autocomplete` token.
    pub autocomplete: &'static str,
    /// The keyboard that a phone brings up.
    pub inputmode: &'static str,
    /// How wide the field looks: as wide as what belongs in it.
    pub width: &'static str,
    /// What is typed in it.
    pub value: RwSignal<Typed>,
    /// What is wrong with it; empty where nothing is.
    pub error: Signal<String>,
    /// Whether what is typed is hidden.
    pub hidden: Signal<bool>,
    /// What stands beneath it.
    pub beneath: Vec<AnyView>,
}

impl Field {
    /// Draws it.
    pub fn view(self) -> AnyView {
        let Self { id, label, hint, autocomplete, inputmode, width, value, error, hidden, beneath } = self;
        let hint_id = [id, "-hint"].concat();
        let error_id = [id, "-error"].concat();
        let described = [hint_id.as_str(), " ", error_id.as_str()].concat();
        let wrong = move || error.with(|error| !error.is_empty());
        view! {
            <div class=move || if wrong() { "field wrong" } else { "field" }>
                {named(id, label)}
                <p class="hint" id=hint_id>{hint}</p>
                <p class="error" id=error_id>{move || error.get()}</p>
                <input
                    class=width
                    id=id
                    name=id
                    type=move || if hidden.get() { "password" } else { "text" }
                    inputmode=inputmode
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=described
                    aria-invalid=move || wrong().then_some("true")
                    prop:value=move || value.with(|typed| typed.expose().to_owned())
                    on:input=move |event| value.set(Typed::new(event_target_value(&event)))
                />
                {beneath}
            </div>
        }
        .into_any()
    }
}

/// A label. An example in brackets stays together on a narrow screen: half a date is none.
fn named(id: &'static str, label: &'static str) -> AnyView {
    match label.split_at_checked(label.find('(').unwrap_or(label.len())) {
        Some((name, example)) if !example.is_empty() => {
            view! { <label for=id>{name}<span class="together">{example}</span></label> }.into_any()
        }
        Some(_) | None => view! { <label for=id>{label}</label> }.into_any(),
    }
}

/// A text that is shown as a field but cannot be changed here.
pub fn fixed(id: &'static str, label: &'static str, text: String) -> AnyView {
    view! {
        <div class="field fixed">
            <label for=id>{label}</label>
            <input id=id name=id type="text" readonly autocomplete=id value=text />
        </div>
    }
    .into_any()
}
