//! How far somebody is. Not a menu: the parts lead nowhere.

use leptos::prelude::*;
use std::cmp::Ordering;

/// A row of parts with the same in words.
#[component]
pub fn Progress(
    /// The part that somebody is at, from 1.
    at: u8,
    /// How many there are.
    of: u8,
    /// The same in words.
    says: String,
) -> impl IntoView {
    let parts = (1..=of)
        .map(|part| {
            let state = match part.cmp(&at) {
                Ordering::Less => "past",
                Ordering::Equal => "now",
                Ordering::Greater => "ahead",
            };
            view! { <i data-part=state></i> }
        })
        .collect_view();
    view! {
        <div class="progress">
            <p>{says}</p>
            <div class="bar" aria-hidden="true">
                {parts}
            </div>
        </div>
    }
}
