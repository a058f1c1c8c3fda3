//! How far the user is, with a drawing of the step.

use super::StepDrawing;
use leptos::prelude::*;
use std::cmp::Ordering;

/// A row of `of` parts of which the `at`-th is the current one, with the same in words.
#[component]
pub(crate) fn Progress(at: u8, of: u8, text: String) -> impl IntoView {
    let parts: Vec<_> = (1..=of)
        .map(|part| {
            let part = match part.cmp(&at) {
                Ordering::Less => "past",
                Ordering::Equal => "now",
                Ordering::Greater => "ahead",
            };
            view! { <i data-part=part></i> }
        })
        .collect();
    view! {
        <div class="progress" data-at=at.to_string()>
            <StepDrawing at />
            <p>{text}</p>
            <div class="bar" aria-hidden="true">{parts}</div>
        </div>
    }
}

/// The drawing above a page that has no steps.
#[component]
pub(crate) fn Scenery() -> impl IntoView {
    view! { <div class="progress" aria-hidden="true"><StepDrawing at=3 /></div> }
}
