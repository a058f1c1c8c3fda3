//! What shows that a run of the wizard is for practice, and its last screen. The server writes no password then.

use super::state::WizardState;
use crate::api::step::Step;
use crate::components::HEADING;
use crate::paths;
use leptos::prelude::*;

const fn is_practice(step: &Step) -> bool {
    match step {
        Step::Identify {} => false,
        Step::Birthdate { practice, .. }
        | Step::Code { practice, .. }
        | Step::Password { practice, .. }
        | Step::Done { practice, .. } => *practice,
    }
}

/// Stands on every screen of a practice run.
#[component]
pub(super) fn PracticeBanner() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    view! {
        <Show when=move || state.step.with(is_practice)>
            <section class="notice calm"><p class="strong">{words.practice}</p></section>
        </Show>
    }
}

/// The last screen of a practice run.
#[component]
pub(super) fn PracticeDoneScreen() -> impl IntoView {
    let words = expect_context::<WizardState>().page.words();
    view! {
        <h1 id=HEADING tabindex="-1">{words.practice_heading}</h1>
        <p class="lead">{words.practice_unchanged}</p>
        <div class="actions"><a class="button primary" href=paths::ENROLLMENT>{words.practice_back}</a></div>
    }
}
