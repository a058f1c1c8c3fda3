//! A notice at the head of the screen that takes the focus: what happened, and what to do now. Not the
//! words of it.

use super::prose::{line, text, words_list};
use super::view::{View, el};

/// What the notice says.
pub struct Notice {
    /// What happened.
    pub title: &'static str,
    /// More about it.
    pub why: Vec<String>,
    /// What may have caused it.
    pub list: Vec<String>,
    /// The field's id and what is wrong with it.
    pub field: Option<(String, String)>,
    /// What to do now.
    pub todo: Vec<String>,
    /// Whom to call.
    pub call: Option<String>,
}

/// The notice. A link in it leads to the field that it is about, by way of `lead`.
pub fn summary(notice: Notice, lead: fn(&str)) -> View {
    let Notice { title, why, list, field, todo, call } = notice;
    let mut parts = vec![el("h2").attr("id", "summary-title").text(title)];
    parts.extend(why.iter().map(|sentence| text("", sentence)));
    if !list.is_empty() {
        parts.push(words_list("", list.iter().map(String::as_str)));
    } else if let Some((id, sentence)) = field {
        // Where a list says it all, the same again as a link would be read twice.
        parts.push(line("", vec![field_link(id, sentence, lead)]));
    }
    parts.extend(todo.iter().map(|sentence| text("", sentence)));
    parts.extend(call.iter().map(|sentence| text("call", sentence)));
    el("section")
        .class("summary")
        .attr("id", "summary")
        .attr("role", "alert")
        .attr("tabindex", "-1")
        .attr("aria-labelledby", "summary-title")
        .with(parts)
}

fn field_link(id: String, sentence: String, lead: fn(&str)) -> View {
    let link = el("a").attr("href", ["#", &id].concat()).on("click", move |event| {
        event.prevent_default();
        lead(&id);
    });
    link.text(sentence)
}
