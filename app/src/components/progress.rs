//! The progress of the user, with a drawing of the step.

use super::drawing::StepDrawing;
use leptos::prelude::*;
use std::cmp::Ordering;

/// A progress bar of `total` parts of which number `step` is the current one, with a drawing and a text.
#[component]
pub(crate) fn Progress(step: u8, total: u8, drawing: u8, text: String) -> impl IntoView {
    let parts: Vec<_> = (1..=total)
        .map(|part| {
            let part = match part.cmp(&step) {
                Ordering::Less => "past",
                Ordering::Equal => "now",
                Ordering::Greater => "ahead",
            };
            view! { <i data-part=part></i> }
        })
        .collect();
    view! {
        <div class="progress" data-at=drawing.to_string()>
            <StepDrawing step=drawing />
            <p>{text}</p>
            <div class="bar" aria-hidden="true">{parts}</div>
        </div>
    }
}

/// The drawing above a page without steps.
#[component]
pub(crate) fn PageDrawing() -> impl IntoView {
    view! { <div class="progress" aria-hidden="true"><StepDrawing step=3 /></div> }
}
