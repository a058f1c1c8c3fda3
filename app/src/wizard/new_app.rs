//! A session with a start code of the service desk: an employee who lost the phone links the app on another one.

use super::Submit;
use super::done::StartAgain;
use super::flow::Request;
use super::screen::{Screen, StepKind};
use super::state::WizardState;
use crate::api::enrollment_state::Activation;
use crate::api::step::{Purpose, Step};
use crate::components::{Button, ButtonKind, DoneDrawing, HEADING, InstallApp, Keyed, LinkApp};
use crate::i18n::{ActivationMessages, local_time_text};
use leptos::prelude::*;

impl WizardState {
    /// The messages of linking the app, like [`crate::client::PageState::messages`].
    pub(super) fn activation_messages(self) -> &'static ActivationMessages {
        self.page.language.get_untracked().activation()
    }

    /// What the session on screen is for; tracked. On the first screen the choice decides, also if the user went back to it
    /// from a session.
    pub(super) fn visible_purpose(self) -> Purpose {
        if self.visible_step() == StepKind::Identify {
            return self.purpose.get();
        }
        self.step.with(|step| match step {
            Step::Birthdate { purpose, .. } | Step::Code { purpose, .. } => *purpose,
            Step::Call { .. } => Purpose::Call,
            Step::NewApp { .. } => Purpose::NewApp,
            Step::Identify {} | Step::Password { .. } | Step::Waiting { .. } | Step::Done { .. } => {
                Purpose::Reset
            }
        })
    }

    fn activation(self) -> Option<Activation> {
        self.step.with(|step| {
            let Step::NewApp { activation, .. } = step else { return None };
            activation.clone()
        })
    }
}

/// Shown on every screen of a session with a start code until the app is linked.
#[component]
pub(super) fn NewAppBanner() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let texts = state.activation_messages();
    let is_shown = move || {
        state.visible_purpose() == Purpose::NewApp
            && state.screen.with(|screen| !matches!(screen, Screen::AppLinked { .. }))
    };
    view! {
        <Show when=is_shown>
            <section class="notice calm"><p class="strong">{texts.new_app_banner}</p></section>
        </Show>
    }
}

/// Screen 4: links the app. The page polls whether the app is active.
#[component]
pub(super) fn NewAppScreen() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let texts = state.activation_messages();
    let (page, phone) = (state.page, state.phone.get_value());
    let start = Callback::new(move |()| {
        submit.dispatch(Request::Activate);
    });
    let content = move |activation: Option<Activation>| match activation {
        Some(activation) => {
            view! { <LinkApp page phone activation is_installed=state.is_app_installed has_numbers=false /> }
                .into_any()
        }
        None => view! { <InstallApp page phone label=texts.new_app_link on_press=start has_numbers=false /> }
            .into_any(),
    };
    view! {
        <h1 id=HEADING tabindex="-1">{texts.new_app_heading}</h1>
        <Keyed key=move || state.activation() view=content />
    }
}

/// The last screen: the app is linked. `from` is when a new password can be set, if not now.
#[component]
pub(super) fn AppLinkedScreen(from: Option<String>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.activation_messages());
    let reset = move |()| {
        submit.dispatch(Request::Cancel);
    };
    let (text, next) = if let Some(from) = from {
        let text = texts.new_app_from.fill([&local_time_text(from, messages)]);
        (text, view! { <p class="lead">{messages.waiting_close}</p><StartAgain /> }.into_any())
    } else {
        let button = view! {
            <div class="actions">
                <Button kind=ButtonKind::Primary busy=page.busy on_press=reset>{texts.new_app_reset}</Button>
            </div>
        };
        (texts.new_app_now.to_owned(), button.into_any())
    };
    view! {
        <DoneDrawing />
        <h1 id=HEADING tabindex="-1">{texts.new_app_linked_heading}</h1>
        <p class="lead">{text}</p>
        <p class="notice warm">{texts.new_app_old}</p>
        {next}
    }
}
