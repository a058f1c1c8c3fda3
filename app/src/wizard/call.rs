//! A reset session for the service desk: a caller proves who they are and gets a call code instead of a new password. The
//! desk never asks for a code of the app, because that would teach people to give it away.

use super::done::StartAgain;
use super::state::WizardState;
use crate::api::step::Step;
use crate::components::{Button, ButtonKind, HEADING};
use leptos::prelude::*;

/// Whether a step belongs to a call; the choice on the first screen decides before there is a session.
const fn is_call(step: &Step, chosen: bool) -> bool {
    match step {
        Step::Identify {} => chosen,
        Step::Birthdate { call, .. } | Step::Code { call, .. } => *call,
        Step::Password { .. } | Step::Waiting { .. } | Step::Call { .. } | Step::Done { .. } => false,
    }
}

/// Shown on every screen of a call until its code is shown.
#[component]
pub(super) fn CallBanner() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    view! {
        <Show when=move || state.step.with(|step| is_call(step, state.calling.get()))>
            <section class="notice calm" role="status"><p class="strong">{messages.call_banner}</p></section>
        </Show>
    }
}

/// The choice on the first screen.
#[component]
pub(super) fn CallChoice() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let label = move || if state.calling.get() { messages.call_stop } else { messages.call_start };
    let toggle = move |()| state.calling.update(|calling| *calling = !*calling);
    view! { <p><Button kind=ButtonKind::Quiet on_press=toggle>{label}</Button></p> }
}

/// The last screen of a call.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(super) fn CallScreen(call_code: String) -> impl IntoView {
    let messages = expect_context::<WizardState>().page.messages();
    let (first, second) = call_code.split_at(call_code.len().min(3));
    let spoken = format!("{first} {second}");
    view! {
        <h1 id=HEADING tabindex="-1">{messages.call_heading}</h1>
        <p class="lead">{messages.call_intro}</p>
        <p class="call-code">{spoken}</p>
        <p>{messages.call_valid}</p>
        <p class="notice warm">{messages.call_warning}</p>
        <StartAgain />
    }
}
