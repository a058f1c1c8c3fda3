//! The banner and the last screen of a practice run. The server writes no password in one.

use super::state::WizardState;
use crate::api::step::Step;
use crate::components::HEADING;
use crate::paths;
use leptos::prelude::*;

const fn is_practice(step: &Step) -> bool {
    match step {
        Step::Identify {} | Step::Waiting { .. } | Step::Call { .. } | Step::NewApp { .. } => false,
        Step::Birthdate { practice, .. }
        | Step::Code { practice, .. }
        | Step::Password { practice, .. }
        | Step::Done { practice, .. } => *practice,
    }
}

/// Shown on every screen of a practice run.
#[component]
pub(super) fn PracticeBanner() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    view! {
        <Show when=move || state.step.with(is_practice)>
            <section class="notice calm"><p class="strong">{messages.practice}</p></section>
        </Show>
    }
}

/// The last screen of a practice run.
#[component]
pub(super) fn PracticeDoneScreen() -> impl IntoView {
    let messages = expect_context::<WizardState>().page.messages();
    view! {
        <h1 id=HEADING tabindex="-1">{messages.practice_heading}</h1>
        <p class="lead">{messages.practice_unchanged}</p>
        <div class="actions"><a class="button primary" href=paths::ENROLLMENT>{messages.practice_back}</a></div>
    }
}
