//! A list of things that are in order or not yet. Not the judge of them.

use leptos::prelude::*;

/// How one thing on the list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// In order.
    Met,
    /// Not yet.
    Unmet,
    /// Nobody here can tell; it is only said.
    Said,
}

/// One line of the list. The mark is drawn by the style sheet; a screen reader hears `met` or `unmet`.
#[component]
pub fn CheckItem(
    /// What is asked.
    text: String,
    /// How it stands.
    #[prop(into)]
    check: Signal<Check>,
    /// Read aloud before a thing in order.
    met: &'static str,
    /// Read aloud before a thing not yet in order.
    unmet: &'static str,
) -> impl IntoView {
    view! {
        <li data-check=move || match check.get() {
            Check::Met => "met",
            Check::Unmet => "unmet",
            Check::Said => "said",
        }>
            <span class="unseen">
                {move || match check.get() {
                    Check::Met => met,
                    Check::Unmet => unmet,
                    Check::Said => "",
                }}
                " "
            </span>
            {text}
        </li>
    }
}
