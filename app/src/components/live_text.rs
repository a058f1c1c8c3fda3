//! Text that changes while it is on screen.

use leptos::prelude::*;

/// Text that changes while it is on screen. Sets the element's `textContent`, because a browser's translator replaces
/// text nodes: updates of the original node would not be visible any more.
#[component]
pub(crate) fn LiveText(#[prop(into)] text: Signal<String>) -> impl IntoView {
    // Properties are not part of the server's HTML; in the browser, a child would repeat the text.
    let rendered = cfg!(feature = "ssr").then(|| text.get_untracked());
    view! { <span prop:textContent=move || text.get()>{rendered}</span> }
}
