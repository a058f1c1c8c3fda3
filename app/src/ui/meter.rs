//! A bar of four parts with its meaning in words. Not the estimator.

use leptos::prelude::*;

/// The bar; without a level it is empty and says what `waiting` says.
#[component]
pub fn Meter(
    /// What is measured.
    label: &'static str,
    /// 0 to 4, once there is an estimate.
    #[prop(into)]
    level: Signal<Option<u8>>,
    /// What the level means, and why.
    #[prop(into)]
    says: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="meter" data-level=move || level.get().map(|level| level.to_string())>
            <div class="bar" aria-hidden="true">
                <i></i><i></i><i></i><i></i>
            </div>
            <p>
                <b>{label}": "</b>
                {move || says.get()}
            </p>
        </div>
    }
}
