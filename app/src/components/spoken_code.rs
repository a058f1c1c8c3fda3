//! A code to read aloud.

use leptos::prelude::*;

/// A code in two groups, of which the first has `group` characters. A screen reader reads its characters one by one.
#[component]
pub(crate) fn SpokenCode<'a>(code: &'a str, group: usize) -> impl IntoView + use<> {
    let (first, second) = code.split_at_checked(group).unwrap_or((code, ""));
    let visible = [first, second].join(" ");
    let spoken: Vec<_> = code.chars().map(String::from).collect();
    view! {
        <p class="call-code" translate="no">
            <span aria-hidden="true">{visible}</span>
            <span class="unseen">{spoken.join(" ")}</span>
        </p>
    }
}
