//! The drawings, inline so that they need no request and take the colours of the theme. None carries
//! information that the words beside it do not.

use leptos::prelude::*;

// Markup, not views: each element of a view costs code, a string costs its bytes.
const PHONE: &str = r#"<svg viewBox="0 0 120 150" width="120" height="150" focusable="false"><rect class="d-soft" x="4" y="66" width="112" height="60" rx="30"/><rect class="d-line d-paper" x="30" y="6" width="60" height="136" rx="11"/><path class="d-line" d="M53 15h14"/><circle class="d-accent" cx="60" cy="43" r="13"/><path class="d-check" d="m54 43 4.5 4.5 8-9"/><rect class="d-accent" x="37" y="70" width="46" height="26" rx="6"/><text class="d-digits" x="60" y="87" text-anchor="middle">1234 5678</text><path class="d-line d-faint" d="M42 109h36M49 119h22"/></svg>"#;

const DONE: &str = r#"<svg viewBox="0 0 96 96" width="96" height="96" focusable="false"><circle class="d-halo" cx="48" cy="48" r="46"/><circle class="d-good" cx="48" cy="48" r="34"/><path class="d-tick" d="m33 49 11 11 20-23" pathLength="1"/></svg>"#;

/// A phone that shows a code.
#[component]
pub fn Phone() -> impl IntoView {
    view! { <div class="drawing" aria-hidden="true" inner_html=PHONE></div> }
}

/// A tick in a circle.
#[component]
pub fn Done() -> impl IntoView {
    view! { <div class="drawing done" aria-hidden="true" inner_html=DONE></div> }
}
