//! A notice at the head of the screen that takes the focus: what happened, and what to do now. Not the
//! words of it.

use super::prose::{text, words_list};
use leptos::prelude::*;

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
pub fn summary(notice: Notice, lead: Callback<String>) -> AnyView {
    let Notice { title, why, list, field, todo, call } = notice;
    let mut parts: Vec<AnyView> = why.iter().map(|sentence| text("", sentence)).collect();
    if !list.is_empty() {
        parts.push(words_list("", list.iter().map(String::as_str)));
    } else if let Some((id, sentence)) = field {
        // Where a list says it all, the same again as a link would be read twice.
        parts.push(field_link(id, sentence, lead));
    }
    parts.extend(todo.iter().map(|sentence| text("", sentence)));
    parts.extend(call.iter().map(|sentence| text("call", sentence)));
    view! {
        <section class="summary" id="summary" role="alert" tabindex="-1" aria-labelledby="summary-title">
            <h2 id="summary-title">{title}</h2>
            {parts}
        </section>
    }
    .into_any()
}

fn field_link(id: String, sentence: String, lead: Callback<String>) -> AnyView {
    let href = ["#", &id].concat();
    view! {
        <p>
            <a
                href=href
                on:click=move |event| {
                    event.prevent_default();
                    lead.run(id.clone());
                }
            >
                {sentence}
            </a>
        </p>
    }
    .into_any()
}
