//! A text field with its label, hint and error.

use super::FormFields;
use crate::client::PageState;
use crate::domain::raw_input::RawInput;
use crate::i18n::Explanation;
use leptos::attr::custom::custom_attribute;
use leptos::ev::{Event, InputEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlInputElement};
use wasm_bindgen::JsCast;

/// The error at a field. Provided as context by the page.
#[derive(Clone, Copy)]
pub(crate) struct FieldErrors(Memo<Option<Explanation>>, PageState);

impl FieldErrors {
    pub(crate) fn new(explanation: Memo<Option<Explanation>>, page: PageState) -> Self {
        Self(explanation, page)
    }

    /// The text for a field; tracked.
    fn at(self, field: &str) -> Option<String> {
        self.0.with(|it| Some(it.as_ref()?.field.as_ref().filter(|(id, _)| id == field)?.1.clone()))
    }

    /// A field was edited: an error about what it held is outdated.
    fn edited(self, field: &str) {
        if self.0.with_untracked(|it| it.as_ref().is_some_and(|it| it.concerns(field))) {
            self.1.clear_problem();
        }
    }
}

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
    value: RwSignal<RawInput>,
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
    #[prop(optional_no_strip, into)]
    password_rules: Option<String>,
    /// Completes a text that was typed at its end, for example with dashes.
    #[prop(optional)]
    completed: Option<fn(&str) -> Option<String>>,
    /// What stands beneath it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    if let Some(fields) = use_context::<FormFields>() {
        fields.register(node, value);
    }
    let errors = expect_context::<FieldErrors>();
    let error = Memo::new(move |_| errors.at(id).unwrap_or_default());
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
                on:input:target=move |event| {
                    let input = event.target();
                    let typed = input.value();
                    let typed = match completed.filter(|_| is_typed_at_end(&event, &input)).and_then(|it| it(&typed)) {
                        Some(completed) => {
                            input.set_value(&completed);
                            completed
                        }
                        None => typed,
                    };
                    value.set(RawInput::new(typed));
                    errors.edited(id);
                }
            />
            {children.map(|children| children())}
        </div>
    }
}

/// Whether an `input` event is about something that was typed or pasted at the end of the text.
fn is_typed_at_end(event: &Event, input: &HtmlInputElement) -> bool {
    let is_insertion = event
        .dyn_ref::<InputEvent>()
        .is_some_and(|event| event.input_type().starts_with("insert") || event.input_type().is_empty());
    let end = u32::try_from(input.value().encode_utf16().count()).ok();
    is_insertion && input.selection_start().ok().flatten() == end
}

/// Directive: the input holds a value, from the moment in which it is created. `prop:value` sets it in a later microtask,
/// which shows an empty field for a moment and moves the caret to the end.
fn holds(input: Element, value: RwSignal<RawInput>) {
    let input: HtmlInputElement = input.unchecked_into();
    let show = move |typed: &RawInput| {
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
