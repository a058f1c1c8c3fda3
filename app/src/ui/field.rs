//! A text field with its label, hint and error. Not the judge of what is typed in it.

use super::Signal;
use super::view::{View, el, live_text};
use crate::typed::Typed;
use leptos::prelude::event_target_value;
use std::rc::Rc;

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
    pub value: Signal<Typed>,
    /// What is wrong with it; empty where nothing is. Follows what it reads.
    pub error: Rc<dyn Fn() -> String>,
    /// Whether what is typed is hidden; without it, it never is.
    pub hidden: Option<Signal<bool>>,
    /// Whether what is typed cannot be changed at the moment.
    pub locked: Signal<bool>,
    /// What a password manager keeps to when it makes one up (`passwordrules`); may be empty.
    pub rules: String,
    /// What stands beneath it.
    pub beneath: Vec<View>,
}

impl Field {
    /// Draws it.
    pub fn view(self) -> View {
        let Self {
            id,
            label,
            hint,
            autocomplete,
            inputmode,
            width,
            value,
            error,
            hidden,
            locked,
            rules,
            beneath,
        } = self;
        let hint_id = [id, "-hint"].concat();
        let error_id = [id, "-error"].concat();
        let described = [hint_id.as_str(), " ", error_id.as_str()].concat();
        let (wrong, invalid) = (Rc::clone(&error), Rc::clone(&error));
        let input = el("input").class(width).attr("id", id).attr("name", id);
        let input = match hidden {
            None => input.attr("type", "text"),
            Some(hidden) => {
                input.live("type", move || Some(if hidden.get() { "password" } else { "text" }.to_owned()))
            }
        };
        // Old iPhones bring up digits for the pattern, newer ones for the mode; nothing is refused by it.
        let input = if inputmode == "numeric" { input.attr("pattern", "[0-9]*") } else { input };
        let input = if rules.is_empty() { input } else { input.attr("passwordrules", rules) };
        let input = input
            .attr("inputmode", inputmode)
            .attr("autocomplete", autocomplete)
            .attr("autocapitalize", "none")
            .attr("spellcheck", "false")
            // An iPhone corrects the words of a shown password all the same.
            .attr("autocorrect", "off")
            .attr("aria-describedby", described)
            .live("readonly", move || locked.get().then(String::new))
            .live("aria-invalid", move || (!invalid().is_empty()).then(|| "true".to_owned()))
            .value(move || value.with(|typed| typed.expose().to_owned()))
            // Not `change` too: it comes when a field is taken away, and would bring back what was wiped.
            .on("input", move |event| value.set(Typed::new(event_target_value(&event))));
        let mut parts = vec![
            named(id, label),
            el("p").class("hint").attr("id", hint_id).text(hint),
            el("p").class("error").attr("id", error_id).with(vec![live_text(move || error())]),
            input.with(vec![]),
        ];
        parts.extend(beneath);
        el("div")
            .live("class", move || Some(if wrong().is_empty() { "field" } else { "field wrong" }.to_owned()))
            .with(parts)
    }
}

/// A label. An example in brackets stays together on a narrow screen: half a date is none.
fn named(id: &'static str, label: &'static str) -> View {
    let (name, example) =
        label.split_at_checked(label.find('(').unwrap_or(label.len())).unwrap_or((label, ""));
    let mut parts = vec![View::Text(name.to_owned())];
    if !example.is_empty() {
        parts.push(el("span").class("together").text(example));
    }
    el("label").attr("for", id).with(parts)
}

/// A text that is shown as a field but cannot be changed here.
pub fn fixed(id: &'static str, label: &'static str, text: String) -> View {
    let input = el("input")
        .attr("id", id)
        .attr("name", id)
        .attr("type", "text")
        .attr("readonly", "")
        .attr("autocomplete", id)
        .attr("value", text);
    el("div").class("field fixed").with(vec![el("label").attr("for", id).text(label), input.with(vec![])])
}
