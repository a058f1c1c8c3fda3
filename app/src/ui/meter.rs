//! A bar of four parts with its meaning in words. Not the estimator.

use leptos::prelude::*;

/// Markup, because a view per part would be code.
const PARTS: &str = "<i></i><i></i><i></i><i></i>";

/// The bar; `level` is `0` to `4`, or empty while there is no estimate.
pub fn meter(label: &'static str, level: Signal<String>, says: Signal<String>) -> AnyView {
    view! {
        <div class="meter" data-level=move || level.get()>
            <div class="bar" aria-hidden="true" inner_html=PARTS></div>
            <p>
                <b>{label} ": "</b>
                {move || says.get()}
            </p>
        </div>
    }
    .into_any()
}
