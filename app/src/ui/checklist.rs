//! A line of a list of things that are in order or not yet. Not the judge of them.

use leptos::prelude::*;

/// A line. The mark is drawn by the style sheet; a screen reader hears `says`' first or second word.
/// Without a `check` nobody here can tell: it is only said.
pub fn check_item(text: String, check: Option<Signal<bool>>, says: (&'static str, &'static str)) -> AnyView {
    let state = move || check.map(|check| check.get());
    view! {
        <li data-check=move || match state() {
            Some(true) => "met",
            Some(false) => "unmet",
            None => "said",
        }>
            <span class="unseen">
                {move || match state() {
                    Some(true) => says.0,
                    Some(false) => says.1,
                    None => "",
                }} " "
            </span>
            {text}
        </li>
    }
    .into_any()
}

/// A line of what must be in order: what it is, how it stands in a word, and what to do where there is
/// something `todo`. The mark is drawn by the style sheet.
pub fn point(name: &str, word: &'static str, todo: Option<String>) -> AnyView {
    let state = if todo.is_none() { "met" } else { "open" };
    view! {
        <li data-check=state>
            <p>
                <b>{name.to_owned()}</b>
                " "
                <span class="state">{word}</span>
            </p>
            {todo.map(|todo| view! { <p>{todo}</p> })}
        </li>
    }
    .into_any()
}
