//! A bar of four segments with a text.

use super::LiveText;
use leptos::prelude::*;

/// A meter; `level` is `0` to `4`, or empty while there is no estimate.
#[component]
pub(crate) fn Meter(label: &'static str, level: Signal<String>, text: Signal<String>) -> impl IntoView {
    view! {
        <div class="meter" data-level=move || level.get()>
            <div class="bar" aria-hidden="true"><i></i><i></i><i></i><i></i></div>
            <p><b>{label}": "</b><LiveText text=text /></p>
        </div>
    }
}
