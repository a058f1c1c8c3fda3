//! A text field with label, hint and error.

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

/// The error message of each field. The page provides it as context.
#[derive(Clone, Copy)]
pub(crate) struct FieldErrors(Memo<Option<Explanation>>, PageState);

impl FieldErrors {
    pub(crate) fn new(explanation: Memo<Option<Explanation>>, page: PageState) -> Self {
        Self(explanation, page)
    }

    /// The error message of a field, if any; tracked.
    fn message_for(self, field: &str) -> Option<String> {
        self.0.with(|it| Some(it.as_ref()?.field.as_ref().filter(|(id, _)| id == field)?.1.clone()))
    }

    /// Called when a field was edited: an error about its earlier value is outdated.
    fn on_edit(self, field: &str) {
        if self.0.with_untracked(|it| it.as_ref().is_some_and(|it| it.concerns(field))) {
            self.1.clear_problem();
        }
    }
}

/// A text field.
#[component]
pub(crate) fn TextField(
    /// Its id and name, which are also the `field` of a refusal.
    id: &'static str,
    /// Its accessible name.
    label: &'static str,
    /// Its `autocomplete` token.
    autocomplete: &'static str,
    /// The typed text.
    value: RwSignal<RawInput>,
    /// Whether it is read-only.
    read_only: RwSignal<bool>,
    /// A hint above the field.
    #[prop(optional)]
    hint: &'static str,
    /// The `inputmode`, which selects the keyboard of a phone.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// The `autocapitalize`, which selects the capital letters of a phone's keyboard.
    #[prop(default = "none")]
    autocapitalize: &'static str,
    /// The class that sets its width to that of the expected text.
    #[prop(default = "wide")]
    width: &'static str,
    /// Whether the text is masked, for a password.
    #[prop(optional, into)]
    masked: Option<Signal<bool>>,
    /// The rules for a generated password (`passwordrules` attribute, documented by Apple).
    #[prop(optional_no_strip, into)]
    password_rules: Option<String>,
    /// Completes a text after input at its end, for example with dashes, or converts its digits.
    #[prop(optional)]
    complete: Option<fn(&str) -> Option<String>>,
    /// Content below the field.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let errors = expect_context::<FieldErrors>();
    let on_edit = Callback::new(move |()| errors.on_edit(id));
    expect_context::<FormFields>().register(node, value, on_edit);
    let error = Memo::new(move |_| errors.message_for(id).unwrap_or_default());
    let has_error = move || error.with(|error| !error.is_empty());
    let (hint_id, error_id) = ([id, "-hint"].concat(), [id, "-error"].concat());
    let described_by = [hint_id.as_str(), " ", error_id.as_str()].concat();
    let kind = move || if masked.is_some_and(|masked| masked.get()) { "password" } else { "text" };
    view! {
        <div class="field" class:wrong=has_error>
            <Label id=id label=label />
            <p class="hint" id=hint_id>{(!hint.is_empty()).then_some(hint)}</p>
            <p class="error" id=error_id prop:textContent=move || error.get()></p>
            <input
                node_ref=node
                class=width
                id=id
                name=id
                type=kind
                // Old iPhones show digits because of the pattern, newer ones because of the mode; `novalidate` disables
                // validation.
                pattern=(inputmode == "numeric").then_some("[0-9]*")
                inputmode=inputmode
                autocomplete=autocomplete
                autocapitalize=autocapitalize
                spellcheck="false"
                // Otherwise an iPhone corrects the words of an unmasked password.
                {..custom_attribute("autocorrect", "off")}
                {..custom_attribute("passwordrules", password_rules)}
                aria-describedby=described_by
                readonly=move || read_only.get()
                aria-invalid=move || has_error().then_some("true")
                use:bind_value=value
                // The form handles `change`.
                on:input:target=move |event| {
                    let input = event.target();
                    let typed = input.value();
                    let complete = complete.filter(|_| is_typed_at_end(&event, &input));
                    let typed = match complete.and_then(|complete| complete(&typed)) {
                        Some(completed) => {
                            input.set_value(&completed);
                            completed
                        }
                        None => typed,
                    };
                    value.set(RawInput::new(typed));
                    errors.on_edit(id);
                }
            />
            {children.map(|children| children())}
        </div>
    }
}

/// Whether an `input` event results from text that was typed or pasted at the end.
fn is_typed_at_end(event: &Event, input: &HtmlInputElement) -> bool {
    let is_insertion = event
        .dyn_ref::<InputEvent>()
        .is_some_and(|event| event.input_type().starts_with("insert") || event.input_type().is_empty());
    let end = u32::try_from(input.value().encode_utf16().count()).ok();
    is_insertion && input.selection_start().ok().flatten() == end
}

/// Directive that binds a value to an input when it is created. `prop:value` would set it in a later microtask, which
/// briefly shows an empty field and moves the caret to the end.
fn bind_value(input: Element, value: RwSignal<RawInput>) {
    let input: HtmlInputElement = input.unchecked_into();
    let show = move |typed: &RawInput| {
        // While the user types, the input already has this value.
        if input.value() != typed.expose() {
            input.set_value(typed.expose());
        }
    };
    value.with_untracked(&show);
    Effect::new(move |_: Option<()>| value.with(&show));
}

/// A label. An example in brackets is not broken across lines on a narrow screen.
#[component]
fn Label(id: &'static str, label: &'static str) -> impl IntoView {
    let (name, example) =
        label.split_at_checked(label.find('(').unwrap_or(label.len())).unwrap_or((label, ""));
    let example = (!example.is_empty()).then(|| view! { <span class="together">{example}</span> });
    view! { <label for=id>{name}{example}</label> }
}

/// A value that is shown as a field but cannot be edited.
#[component]
pub(crate) fn ReadOnlyField(id: &'static str, label: &'static str, text: String) -> impl IntoView {
    view! {
        <div class="field fixed">
            <label for=id>{label}</label>
            <input id=id name=id type="text" readonly autocomplete=id value=text />
        </div>
    }
}
