//! A text field with its label, hint and error.

use super::FormFields;
use crate::typed::Typed;
use leptos::attr::custom::custom_attribute;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlInputElement};
use wasm_bindgen::JsCast;

/// The error at a field, as its id and text. Provided as context by the page.
#[derive(Clone, Copy)]
pub(crate) struct FieldErrors(pub(crate) Signal<Option<(String, String)>>);

/// A text field.
#[component]
pub(crate) fn TextField(
    /// Its id and name, and the `field` of a refusal that names it.
    id: &'static str,
    /// Its accessible name.
    label: &'static str,
    /// Its `autocomplete` token.
    autocomplete: &'static str,
    /// What is typed in it.
    value: RwSignal<Typed>,
    /// Whether it is read-only at the moment.
    locked: RwSignal<bool>,
    /// What helps before typing.
    #[prop(optional)]
    hint: &'static str,
    /// The keyboard that a phone shows.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// The class that makes it as wide as what belongs in it.
    #[prop(default = "wide")]
    width: &'static str,
    /// Whether what is typed is masked, for a password.
    #[prop(optional, into)]
    masked: Option<Signal<bool>>,
    /// The rules for a generated password (`passwordrules`, as Apple documents it).
    #[prop(optional, into)]
    password_rules: Option<String>,
    /// What stands beneath it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    if let Some(fields) = use_context::<FormFields>() {
        fields.register(node, value);
    }
    let FieldErrors(errors) = expect_context();
    let error = Memo::new(move |_| {
        errors.get().filter(|(field, _)| field == id).map(|(_, text)| text).unwrap_or_default()
    });
    let is_wrong = move || error.with(|error| !error.is_empty());
    let (hint_id, error_id) = ([id, "-hint"].concat(), [id, "-error"].concat());
    let described_by = [hint_id.as_str(), " ", error_id.as_str()].concat();
    let kind = move || if masked.is_some_and(|masked| masked.get()) { "password" } else { "text" };
    view! {
        <div class="field" class:wrong=is_wrong>
            <Label id=id label=label />
            <p class="hint" id=hint_id>{(!hint.is_empty()).then_some(hint)}</p>
            <p class="error" id=error_id prop:textContent=move || error.get()></p>
            <input
                node_ref=node
                class=width
                id=id
                name=id
                type=kind
                // Old iPhones show digits for the pattern, newer ones for the mode; `novalidate` keeps it from refusing.
                pattern=(inputmode == "numeric").then_some("[0-9]*")
                inputmode=inputmode
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                // An iPhone corrects the words of an unmasked password otherwise.
                {..custom_attribute("autocorrect", "off")}
                {..custom_attribute("passwordrules", password_rules)}
                aria-describedby=described_by
                readonly=move || locked.get()
                aria-invalid=move || is_wrong().then_some("true")
                use:holds=value
                // Not `change` as well: it fires when a field is removed, and would bring back what was wiped.
                on:input:target=move |event| value.set(Typed::new(event.target().value()))
            />
            {children.map(|children| children())}
        </div>
    }
}

/// Directive: the input holds a value, from the moment in which it is created. `prop:value` sets it in a later microtask,
/// which shows an empty field for a moment and moves the caret to the end.
fn holds(input: Element, value: RwSignal<Typed>) {
    let input: HtmlInputElement = input.unchecked_into();
    let show = move |typed: &Typed| {
        // Not while the user types: what is shown is what was typed then.
        if input.value() != typed.expose() {
            input.set_value(typed.expose());
        }
    };
    value.with_untracked(&show);
    Effect::new(move |_: Option<()>| value.with(&show));
}

/// A label. An example in brackets stays together on a narrow screen.
#[component]
fn Label(id: &'static str, label: &'static str) -> impl IntoView {
    let (name, example) =
        label.split_at_checked(label.find('(').unwrap_or(label.len())).unwrap_or((label, ""));
    let example = (!example.is_empty()).then(|| view! { <span class="together">{example}</span> });
    view! { <label for=id>{name}{example}</label> }
}

/// A value that is shown as a field and cannot be changed here.
#[component]
pub(crate) fn ReadOnlyField(id: &'static str, label: &'static str, text: String) -> impl IntoView {
    view! {
        <div class="field fixed">
            <label for=id>{label}</label>
            <input id=id name=id type="text" readonly autocomplete=id value=text />
        </div>
    }
}
