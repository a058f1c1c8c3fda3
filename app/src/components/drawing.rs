//! Decorative drawings, inline so that they need no request and use the theme's colours.

use crate::api::site::ApplicationKind;
use leptos::prelude::*;

const DONE: &str = r#"<svg viewBox="0 0 96 96" width="96" height="96" focusable="false"><circle class="d-halo" cx="48" cy="48" r="46"/><circle class="d-good" cx="48" cy="48" r="34"/><path class="d-tick" d="m33 49 11 11 20-23" pathLength="1"/></svg>"#;

const USERNAME: &str = r#"<svg viewBox="0 0 160 120" width="160" height="120" focusable="false"><path class="d-line" d="M132 120v-14"/><path class="d-accent" d="M132 112c-8 0-10-5-10-9 7 0 10 4 10 9zm0-2c0-6 3-9 9-10 1 7-3 10-9 10z"/><path class="d-line" d="M74 26 66 2M86 26l8-24"/><rect class="d-line d-paper" x="48" y="22" width="64" height="94" rx="12"/><path class="d-line" d="M72 33h16"/><circle class="d-accent" cx="80" cy="57" r="11"/><path class="d-accent" d="M60 88c0-9 8-15 20-15s20 6 20 15z"/><path class="d-line d-faint" d="M63 102h34"/></svg>"#;

const BIRTHDATE: &str = r#"<svg viewBox="0 0 160 120" width="160" height="120" focusable="false"><path class="d-line" d="M136 120V98"/><path class="d-accent" d="M136 110c-10 0-12-6-12-11 8 0 12 5 12 11zm0-5c0-8 4-12 11-13 1 9-3 13-11 13z"/><rect class="d-line d-paper" x="42" y="32" width="76" height="84" rx="12"/><path class="d-accent" d="M43.250 56V44a10.750 10.750 0 0 1 10.750-10.750h52A10.750 10.750 0 0 1 116.750 44v12z"/><path class="d-line" d="M62 24v16M98 24v16"/><path class="d-line d-dots" d="M58 70h0M73 70h0M88 70h0M103 70h0M58 86h0M103 86h0M58 102h0M73 102h0M88 102h0"/><path class="d-accent" d="m80.500 99-9-9a6.200 6.200 0 0 1 9-8.400 6.200 6.200 0 0 1 9 8.400z"/></svg>"#;

const CODE: &str = r#"<svg viewBox="0 0 160 120" width="160" height="120" focusable="false"><path class="d-line" d="M146 120V88"/><path class="d-accent" d="M146 112c-10 0-13-6-13-11 9 0 13 5 13 11zm0-7c0-8 4-12 12-13 1 9-4 13-12 13zm0-9c-9-1-12-6-12-11 8 0 12 5 12 11z"/><rect class="d-line d-paper" x="50" y="6" width="60" height="110" rx="13"/><path class="d-line" d="M72 16h16"/><circle class="d-accent" cx="80" cy="34" r="10"/><path class="d-check" d="m76 34 3 3 6-6"/><rect class="d-accent" x="22" y="52" width="116" height="34" rx="10"/><text class="d-digits" x="80" y="76" text-anchor="middle">1234 5678</text><path class="d-line d-faint" d="M65 101h30"/></svg>"#;

const PASSWORD: &str = r#"<svg viewBox="0 0 160 120" width="160" height="120" focusable="false"><path class="d-line" d="M150 120V76"/><path class="d-accent" d="M150 114c-10 0-13-6-13-11 9 0 13 5 13 11zm0-7c0-8 4-12 12-13 1 9-4 13-12 13z"/><path class="d-sun" d="M150 80c-7-4-8-12 0-20 8 8 7 16 0 20z"/><path class="d-line d-paper" d="M54 54V40a26 26 0 0 1 52 0v14H94V40a14 14 0 0 0-28 0v14z"/><rect class="d-line d-paper" x="42" y="52" width="76" height="64" rx="14"/><rect class="d-accent" x="26" y="66" width="108" height="32" rx="10"/><path class="d-check d-dots" d="M44 82h0M58.400 82h0M72.800 82h0M87.200 82h0M101.600 82h0M116 82h0"/></svg>"#;

const DONE_STEP: &str = r#"<svg viewBox="0 0 160 120" width="160" height="120" focusable="false"><path class="d-line" d="M24 120V84"/><path class="d-accent" d="M24 116c-10 0-13-6-13-11 9 0 13 5 13 11zm0-6c0-8 4-12 12-13 1 9-4 13-12 13z"/><path class="d-line d-petals" d="M24 75v18M16 80l16 9M32 80l-16 9"/><circle class="d-sun" cx="24" cy="84" r="5"/><path class="d-line" d="M138 120V74"/><path class="d-accent" d="M138 116c-10 0-13-6-13-11 9 0 13 5 13 11zm0-6c0-8 4-12 12-13 1 9-4 13-12 13z"/><path class="d-line d-petals" d="M138 65v18M130 70l16 9M146 70l-16 9"/><circle class="d-sun" cx="138" cy="74" r="5"/><circle class="d-good" cx="80" cy="56" r="34"/><path class="d-tick" d="m65 57 11 11 20-23" pathLength="1"/></svg>"#;

/// One drawing per step of the wizard.
const STEPS: [&str; 5] = [USERNAME, BIRTHDATE, CODE, PASSWORD, DONE_STEP];

/// The number of the last one.
pub(crate) const LAST_DRAWING: u8 = 5;

/// The drawing of a step, numbered from 1.
#[component]
pub(crate) fn StepDrawing(step: u8) -> impl IntoView {
    let drawing = STEPS.get(usize::from(step).saturating_sub(1)).copied().unwrap_or_default();
    view! { <div class="drawing" aria-hidden="true" inner_html=drawing></div> }
}

/// A tick in a circle.
#[component]
pub(crate) fn DoneDrawing() -> impl IntoView {
    view! { <div class="drawing done" aria-hidden="true" inner_html=DONE></div> }
}

/// An icon for the device of a group of applications.
#[component]
pub(crate) fn Icon(group: ApplicationKind) -> impl IntoView {
    let shapes = match group {
        ApplicationKind::Phone => {
            r#"<rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/><path d="M11 18.5h2"/>"#
        }
        ApplicationKind::Computer => {
            r#"<rect x="2.5" y="4" width="19" height="12.5" rx="2"/><path d="M8.5 20.5h7M12 16.5v4"/>"#
        }
        ApplicationKind::Website => {
            r#"<circle cx="12" cy="12" r="9.5"/><path d="M2.5 12h19M12 2.5c6 6 6 13 0 19c-6-6-6-13 0-19"/>"#
        }
    };
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" inner_html=shapes></svg> }
}
