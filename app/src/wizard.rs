//! The password reset wizard: `Wizard` renders the `Screen` of the `WizardState`.
//!
//! To add a screen, follow `docs/development/adding-a-screen.md`; the compiler reports every `match` that needs a
//! change.
//!
//! | file | content |
//! |---|---|
//! | `state`, `screen` | the browser's state of the session, and the screen that shows it |
//! | `flow` | the requests, and how their responses change the state |
//! | `identify`, `birthdate`, `code`, `password`, `waiting`, `call`, `start_code`, `new_app`, `done`, `practice` | one component per screen |
//! | `checks`, `strength` | evaluation of the password while it is typed |
//! | `passphrase` | suggests a password of four words |
//! | `replication` | polls until all domain controllers have the new password |
//! | `help` | collapsed help for users who do not know a value |

mod birthdate;
mod call;
mod checks;
mod code;
mod done;
mod flow;
mod help;
mod identify;
mod new_app;
mod passphrase;
mod password;
mod practice;
mod replication;
mod screen;
mod start_code;
mod state;
mod strength;
mod waiting;

#[cfg(feature = "ssr")]
use crate::api::site::Site;
use crate::api::step::{Purpose, Step};
use crate::client::{PageState, browser, lifecycle, requests, takeover};
use crate::components::{FieldErrors, FormFields, Keyed, LAST_DRAWING, Progress};
use crate::domain::raw_input::RawInput;
#[cfg(feature = "ssr")]
use crate::i18n::Language;
use crate::i18n::SummaryAction;
use crate::shell::{Shell, contact};
use flow::Request;
use leptos::prelude::*;
use screen::{Screen, StepKind};
use state::{WizardState, is_linked};
#[cfg(feature = "ssr")]
use std::sync::Arc;

use birthdate::BirthdateScreen;
use call::{CallBanner, CallOverScreen, CallScreen};
use code::CodeScreen;
use done::{DoneScreen, UnlockedScreen};
use identify::IdentifyScreen;
use new_app::{AppLinkedScreen, NewAppBanner, NewAppScreen};
use password::PasswordScreen;
use practice::{PracticeBanner, PracticeDoneScreen};
use start_code::StartCodeScreen;
use waiting::WaitingScreen;

/// Sends a request of the wizard. Provided as context.
pub(crate) type Submit = Action<Request, ()>;

/// Starts the wizard in the browser.
pub fn mount() {
    takeover::mount(|site, language| {
        let page = PageState::new(site, language);
        let state = WizardState::new(page, Step::Identify {});
        state.username.set(RawInput::new(takeover::initial_text("username")));
        state.keep_purpose();
        lifecycle::start(state);
        state.synchronize_document();
        browser::on_history_move(move || state.history_moved());
        requests::refresh_on_start(state);
        view! { <Wizard state /> }
    });
}

/// The first screen as HTML, for the document that the server sends.
#[cfg(feature = "ssr")]
pub fn first_screen(site: &Site, language: Language) -> String {
    html_at(site, language, Step::Identify {})
}

#[cfg(feature = "ssr")]
fn html_at(site: &Site, language: Language, step: Step) -> String {
    Owner::new().with(|| {
        let page = PageState::new(Arc::new(site.clone()), language);
        let state = WizardState::new(page, step);
        view! { <Wizard state /> }.to_html()
    })
}

/// The wizard.
#[component]
fn Wizard(state: WizardState) -> impl IntoView {
    let page = state.page;
    let submit = Submit::new_local(move |request: &Request| requests::perform(state, request.clone()));
    let explanation = Memo::new(move |_| state.explanation());
    provide_context(state);
    provide_context(submit);
    provide_context(FieldErrors::new(explanation, page));
    provide_context(FormFields::new());
    let on_action = Callback::new(move |action| match action {
        SummaryAction::ChangeBirthdate if state.is_idle() => state.change_birthdate(),
        SummaryAction::ChangeBirthdate => {}
    });
    let extend = Callback::new(move |()| {
        submit.dispatch(Request::Extend);
    });
    // A change of language rebuilds the page; typed text is in the state.
    view! {
        <Keyed key=move || page.language.get() view=move |_| view! {
            <Shell page explanation on_action extend can_extend=state.can_extend()
                progress=move || view! { <Header /> } aside=contact(page)>
                <Keyed key=move || state.screen.get() view=render />
            </Shell>
        } />
    }
}

/// The component of a screen.
fn render(screen: Screen) -> AnyView {
    match screen {
        Screen::Identify => view! { <IdentifyScreen /> }.into_any(),
        Screen::Birthdate => view! { <BirthdateScreen /> }.into_any(),
        Screen::Code { methods, method } => view! { <CodeScreen methods method /> }.into_any(),
        Screen::StartCode => view! { <StartCodeScreen /> }.into_any(),
        Screen::Password { username, rules, personal, unlock } => {
            view! { <PasswordScreen username rules personal unlock /> }.into_any()
        }
        Screen::Waiting { from, until } => view! { <WaitingScreen from until /> }.into_any(),
        Screen::Call { call_code, until } => {
            view! { <CallScreen call_code=&call_code until=&until /> }.into_any()
        }
        Screen::CallOver => view! { <CallOverScreen /> }.into_any(),
        Screen::NewApp => view! { <NewAppScreen /> }.into_any(),
        Screen::AppLinked { from } => view! { <AppLinkedScreen from /> }.into_any(),
        Screen::Done { applications, groups } => view! { <DoneScreen applications groups /> }.into_any(),
        Screen::Unlocked => view! { <UnlockedScreen /> }.into_any(),
        Screen::PracticeDone => view! { <PracticeDoneScreen /> }.into_any(),
    }
}

/// The content above each screen: the progress, and a banner if this is a practice run.
#[component]
fn Header() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    // Only a reset has a step for a new password.
    let step = Memo::new(move |_| {
        let has_password = state.visible_purpose() == Purpose::Reset;
        (state.visible_step(), has_password, state.step.with(is_linked))
    });
    view! {
        <Keyed key=move || step.get() view=move |(step, has_password, is_linked)| {
            let number = step.number();
            let total = if has_password { StepKind::Done } else { StepKind::Call }.number();
            let is_linking = step == StepKind::NewApp && !is_linked;
            let (drawing, text) = if number == total && !is_linking {
                (LAST_DRAWING, messages.step_done.to_owned())
            } else {
                // The app is linked on a phone, which is the drawing of the code.
                let drawing = if is_linking { StepKind::Code } else { step };
                (drawing.number(), messages.step_of.fill([&number.to_string(), &total.to_string()]))
            };
            view! { <Progress step=number total drawing text /> }
        } />
        <PracticeBanner />
        <CallBanner />
        <NewAppBanner />
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
