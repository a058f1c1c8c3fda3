//! Linking the app, and the confirmation that it is linked.

use super::state::EnrollmentState;
use crate::api::enrollment_state::Activation;
use crate::components::{Button, ButtonKind, DoneDrawing, HEADING, Keyed, LinkApp};
use leptos::prelude::*;

#[component]
pub(super) fn ActivationScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let content = move |activation: Option<Activation>| match activation {
        Some(activation) => {
            let (page, phone) = (state.page, state.phone.get_value());
            view! { <LinkApp page phone activation is_installed=state.is_app_installed has_numbers=true /> }
                .into_any()
        }
        None => view! { <p>{texts.unknown_todo}</p> }.into_any(),
    };
    view! {
        <h1 id=HEADING tabindex="-1">{texts.app_link}</h1>
        <Keyed key=move || state.activation.get() view=content />
        <BackButton kind=ButtonKind::Secondary label=texts.back />
    }
}

/// Confirms that the app is linked.
#[component]
pub(super) fn LinkedScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    view! {
        <DoneDrawing />
        <h1 id=HEADING tabindex="-1">{texts.linked_heading}</h1>
        <p class="lead">{texts.linked}</p>
        <BackButton kind=ButtonKind::Primary label=state.page.messages().next />
    }
}

/// The button that returns to the overview.
#[component]
fn BackButton(kind: ButtonKind, label: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    view! { <div class="actions"><Button kind on_press=move |()| state.return_to_overview()>{label}</Button></div> }
}
