//! A notice at the head of the screen that takes the focus: what happened, and what to do now. Not the
//! words of it.

use leptos::prelude::*;

/// The notice. A link in it leads to the field that it is about.
#[component]
pub fn Summary(
    /// What happened.
    title: &'static str,
    /// More about it.
    why: Vec<String>,
    /// What may have caused it.
    list: Vec<String>,
    /// The field's id and what is wrong with it.
    field: Option<(String, String)>,
    /// What to do now.
    todo: Vec<String>,
    /// Whom to call.
    call: Option<String>,
    /// Leads to a field by its id.
    lead: Callback<String>,
) -> impl IntoView {
    let paragraph = |text: String| view! { <p>{text}</p> };
    let items = (!list.is_empty()).then(|| {
        view! { <ul>{list.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()}</ul> }
    });
    // Where a list says it all, the same again as a link would be read twice.
    let link = if items.is_some() { None } else { field }.map(|(id, text)| {
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
                    {text}
                </a>
            </p>
        }
    });
    view! {
        <section class="summary" id="summary" role="alert" tabindex="-1" aria-labelledby="summary-title">
            <h2 id="summary-title">{title}</h2>
            {why.into_iter().map(paragraph).collect_view()}
            {items}
            {link}
            {todo.into_iter().map(paragraph).collect_view()}
            {call.map(|text| view! { <p class="call">{text}</p> })}
        </section>
    }
}
