//! What a screen is written in: paragraphs, lists, links, sections. Functions of one form rather than
//! markup on each screen: every distinct shape of a view is code in the browser's program, and the
//! screens share these.

use leptos::prelude::*;

/// Several parts, one after the other.
pub fn all(parts: Vec<AnyView>) -> AnyView {
    parts.into_any()
}

/// A paragraph; the class may be empty.
pub fn text(class: &'static str, text: &str) -> AnyView {
    view! { <p class=named(class)>{text.to_owned()}</p> }.into_any()
}

/// A paragraph of several parts.
pub fn line(class: &'static str, parts: Vec<AnyView>) -> AnyView {
    view! { <p class=named(class)>{parts}</p> }.into_any()
}

/// Words inside a line.
pub fn words(text: &str) -> AnyView {
    text.to_owned().into_any()
}

/// The screen's one heading. It takes the focus when the screen appears, so that it is read.
pub fn heading(text: &str) -> AnyView {
    view! { <h1 id="heading" tabindex="-1">{text.to_owned()}</h1> }.into_any()
}

/// A heading below that.
pub fn subheading(text: &str) -> AnyView {
    view! { <h2>{text.to_owned()}</h2> }.into_any()
}

/// A list; the class may be empty.
pub fn list(class: &'static str, items: Vec<AnyView>) -> AnyView {
    let items: Vec<_> = items.into_iter().map(|item| view! { <li>{item}</li> }.into_any()).collect();
    bare_list(class, items)
}

/// A list whose lines are lines already.
pub fn bare_list(class: &'static str, lines: Vec<AnyView>) -> AnyView {
    view! { <ul class=named(class)>{lines}</ul> }.into_any()
}

/// A list of words.
pub fn words_list<'a>(class: &'static str, items: impl IntoIterator<Item = &'a str>) -> AnyView {
    list(class, items.into_iter().map(words).collect())
}

/// Steps to take, in their order.
pub fn steps(steps: Vec<AnyView>) -> AnyView {
    let steps: Vec<_> = steps.into_iter().map(|step| view! { <li>{step}</li> }.into_any()).collect();
    view! { <ol>{steps}</ol> }.into_any()
}

/// A question with its answers; their own names do not say what they answer.
pub fn question(class: &'static str, heard: String, parts: Vec<AnyView>) -> AnyView {
    view! { <section class=class role="group" aria-label=heard>{parts}</section> }.into_any()
}

/// Words for the eye, with others for the ear.
pub fn spoken(seen: &str, heard: &str) -> AnyView {
    view! {
        <span aria-hidden="true">{seen.to_owned()}</span>
        <span class="unseen">{heard.to_owned()}</span>
    }
    .into_any()
}

/// A link; the class may be empty.
pub fn link(class: &'static str, address: &str, text: &str) -> AnyView {
    view! { <a class=named(class) href=address.to_owned()>{text.to_owned()}</a> }.into_any()
}

/// A link that opens beside this page: the visit goes on here.
pub fn link_beside(address: &str, text: &str) -> AnyView {
    view! { <a href=address.to_owned() target="_blank" rel="noopener noreferrer">{text.to_owned()}</a> }
        .into_any()
}

/// A part of the screen with something of its own.
pub fn section(class: &'static str, parts: Vec<AnyView>) -> AnyView {
    view! { <section class=class>{parts}</section> }.into_any()
}

/// A box without a meaning of its own.
pub fn group(class: &'static str, parts: Vec<AnyView>) -> AnyView {
    view! { <div class=class>{parts}</div> }.into_any()
}

/// What can be opened by whom it concerns.
pub fn details(id: &'static str, summary: &str, parts: Vec<AnyView>) -> AnyView {
    view! { <details id=id><summary>{summary.to_owned()}</summary>{parts}</details> }.into_any()
}

/// A form. `method=dialog`: before the program is there, Enter sends nothing; a plain form would put
/// what is typed in the address.
pub fn form(send: Callback<()>, parts: Vec<AnyView>) -> AnyView {
    view! {
        <form
            method="dialog"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                send.run(());
            }
        >
            {parts}
        </form>
    }
    .into_any()
}

fn named(class: &'static str) -> Option<&'static str> {
    (!class.is_empty()).then_some(class)
}
