//! One requirement of a checklist.

use leptos::prelude::*;

/// How the state of a requirement is determined.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Check {
    /// From a signal: met or not. An unmet requirement is marked as wrong if `is_rejected`.
    Live { is_met: Signal<bool>, is_rejected: Signal<bool> },
    /// Not checked, because the browser cannot: the requirement is only stated.
    Stated,
}

/// A requirement. The style sheet draws the mark; a screen reader reads one of `states`, which are (met, unmet).
#[component]
pub(crate) fn CheckItem(check: Check, states: (&'static str, &'static str), text: String) -> impl IntoView {
    let (met, unmet) = states;
    let is_met = move || match check {
        Check::Live { is_met, .. } => is_met.get(),
        Check::Stated => false,
    };
    let state = move || match check {
        Check::Stated => "said",
        Check::Live { .. } if is_met() => "met",
        Check::Live { is_rejected, .. } if is_rejected.get() => "rejected",
        Check::Live { .. } => "unmet",
    };
    let spoken = matches!(check, Check::Live { .. }).then(|| {
        let spoken = move || if is_met() { met } else { unmet };
        view! { <span class="unseen" prop:textContent=spoken></span> " " }
    });
    view! { <li data-check=state>{spoken}{text}</li> }
}
