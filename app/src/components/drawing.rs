//! Decorative drawings, inline so that they need no request and take the theme's colours.

use leptos::prelude::*;

const PHONE: &str = r#"<svg viewBox="0 0 132 150" width="132" height="150" focusable="false"><circle class="d-soft" cx="66" cy="80" r="62"/><rect class="d-line d-paper" x="32" y="5" width="68" height="140" rx="13"/><path class="d-line" d="M58 15h16"/><circle class="d-accent" cx="66" cy="41" r="12"/><path class="d-check" d="m61 41 4 4 7-8"/><rect class="d-accent" x="4" y="66" width="124" height="38" rx="10"/><text class="d-digits" x="66" y="92" text-anchor="middle">1234 5678</text><path class="d-line d-faint" d="M48 120h36"/></svg>"#;

const DONE: &str = r#"<svg viewBox="0 0 96 96" width="96" height="96" focusable="false"><circle class="d-halo" cx="48" cy="48" r="46"/><circle class="d-good" cx="48" cy="48" r="34"/><path class="d-tick" d="m33 49 11 11 20-23" pathLength="1"/></svg>"#;

/// A phone that shows a code.
#[component]
pub(crate) fn PhoneDrawing() -> impl IntoView {
    view! { <div class="drawing" aria-hidden="true" inner_html=PHONE></div> }
}

/// A tick in a circle.
#[component]
pub(crate) fn DoneDrawing() -> impl IntoView {
    view! { <div class="drawing done" aria-hidden="true" inner_html=DONE></div> }
}
