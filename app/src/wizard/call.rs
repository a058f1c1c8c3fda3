//! A reset session for the service desk: a caller proves who they are and gets a call code instead of a new password. The
//! desk never asks for a code of the app, because that would teach people to give it away.

use super::done::StartAgain;
use super::screen::StepKind;
use super::state::WizardState;
use crate::api::step::Purpose;
use crate::components::{Button, ButtonKind, HEADING, LiveText, SpokenCode};
use crate::i18n::time_of_day;
use leptos::prelude::*;

/// How many characters of a call code form a group: it is read aloud in two.
const GROUP: usize = 3;

/// Shown on every screen of a call until its code is shown.
#[component]
pub(super) fn CallBanner() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    view! {
        <Show when=move || state.visible_purpose() == Purpose::Call && state.visible_step() != StepKind::Call>
            <section class="notice calm"><p class="strong">{messages.call_banner}</p></section>
        </Show>
    }
}

/// The choice on the first screen. The style sheet hides it until the program runs. The start code is offered only after
/// the call was chosen, because few people have one.
#[component]
pub(super) fn CallChoice() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let texts = state.activation_messages();
    let purpose = state.purpose;
    let call_text = Signal::derive(move || {
        if purpose.get() == Purpose::Reset { messages.call_start } else { messages.call_stop }.to_owned()
    });
    let start_code_text = Signal::derive(move || {
        if purpose.get() == Purpose::NewApp { texts.new_app_stop } else { messages.new_app_start }.to_owned()
    });
    let choose = move |chosen: Purpose| {
        purpose.set(chosen);
        // The banner appears above the button, which keeps the focus.
        state.page.announce(match chosen {
            Purpose::Reset => "",
            Purpose::Call => messages.call_banner,
            Purpose::NewApp => texts.new_app_banner,
        });
    };
    let toggle_call = move |()| {
        let is_reset = purpose.get_untracked() == Purpose::Reset;
        choose(if is_reset { Purpose::Call } else { Purpose::Reset });
    };
    let toggle_start_code = move |()| {
        let is_call = purpose.get_untracked() == Purpose::Call;
        choose(if is_call { Purpose::NewApp } else { Purpose::Call });
    };
    view! {
        <div class="call-choice">
            <Button kind=ButtonKind::Quiet on_press=toggle_call><LiveText text=call_text /></Button>
            <Show when=move || purpose.get() != Purpose::Reset>
                <Button kind=ButtonKind::Quiet on_press=toggle_start_code><LiveText text=start_code_text /></Button>
            </Show>
        </div>
    }
}

/// The last screen of a call. The page polls whether the code was used.
#[component]
pub(super) fn CallScreen<'a>(call_code: &'a str, until: &'a str) -> impl IntoView + use<> {
    let messages = expect_context::<WizardState>().page.messages();
    let (hour, minute) = time_of_day(until).split_once(':').unwrap_or_default();
    let valid = messages.call_valid.fill([&messages.clock.fill([hour, minute])]);
    view! {
        <h1 id=HEADING tabindex="-1">{messages.call_heading}</h1>
        <p class="lead">{messages.call_intro}</p>
        <SpokenCode code=call_code group=GROUP />
        <p>{valid}</p>
        <p class="notice warm">{messages.call_warning}</p>
        <p>{messages.call_close}</p>
        <StartAgain />
    }
}

/// Replaces the code after it was used, or replaced by a later one.
#[component]
pub(super) fn CallOverScreen() -> impl IntoView {
    let messages = expect_context::<WizardState>().page.messages();
    view! {
        <h1 id=HEADING tabindex="-1">{messages.call_over_heading}</h1>
        <p class="lead">{messages.call_over}</p>
        <p class="lead">{messages.call_close}</p>
        <StartAgain />
    }
}
