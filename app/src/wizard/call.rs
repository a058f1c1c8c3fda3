//! A reset session for the service desk: a caller proves who they are and gets a call code instead of a new password. The
//! desk never asks for a code of the app, because that would teach people to give it away.

use super::done::StartAgain;
use super::screen::StepKind;
use super::state::WizardState;
use crate::api::step::Step;
use crate::components::{Button, ButtonKind, HEADING, LiveText};
use leptos::prelude::*;

/// How many characters of a call code form a group: it is read aloud in two.
const GROUP: usize = 3;

impl WizardState {
    /// Whether the step on screen belongs to a call; tracked. On the first screen the choice decides, also if the user
    /// went back to it from a session.
    pub(super) fn is_call(self) -> bool {
        if self.visible_step() == StepKind::Identify {
            return self.calling.get();
        }
        self.step.with(|step| match step {
            Step::Birthdate { call, .. } | Step::Code { call, .. } => *call,
            Step::Call { .. } => true,
            Step::Identify {} | Step::Password { .. } | Step::Waiting { .. } | Step::Done { .. } => false,
        })
    }
}

/// Shown on every screen of a call until its code is shown.
#[component]
pub(super) fn CallBanner() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    view! {
        <Show when=move || state.is_call() && state.visible_step() != StepKind::Call>
            <section class="notice calm"><p class="strong">{messages.call_banner}</p></section>
        </Show>
    }
}

/// The choice on the first screen. The style sheet hides it until the program runs.
#[component]
pub(super) fn CallChoice() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let text = Signal::derive(move || {
        if state.calling.get() { messages.call_stop } else { messages.call_start }.to_owned()
    });
    let toggle = move |()| {
        let is_call = !state.calling.get_untracked();
        state.calling.set(is_call);
        // The banner appears above the button, which keeps the focus.
        state.page.announce(if is_call { messages.call_banner } else { "" });
    };
    view! {
        <p class="call-choice"><Button kind=ButtonKind::Quiet on_press=toggle><LiveText text /></Button></p>
    }
}

/// The last screen of a call. A screen reader reads the characters of the code one by one.
#[component]
pub(super) fn CallScreen<'a>(call_code: &'a str) -> impl IntoView + use<> {
    let messages = expect_context::<WizardState>().page.messages();
    let (first, second) = call_code.split_at_checked(GROUP).unwrap_or((call_code, ""));
    let visible = [first, second].join(" ");
    let spoken: Vec<_> = call_code.chars().map(String::from).collect();
    view! {
        <h1 id=HEADING tabindex="-1">{messages.call_heading}</h1>
        <p class="lead">{messages.call_intro}</p>
        <p class="call-code" translate="no">
            <span aria-hidden="true">{visible}</span>
            <span class="unseen">{spoken.join(" ")}</span>
        </p>
        <p>{messages.call_valid}</p>
        <p class="notice warm">{messages.call_warning}</p>
        <p>{messages.call_close}</p>
        <StartAgain />
    }
}
