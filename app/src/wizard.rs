//! The password reset wizard: `Wizard` renders the `Screen` that the `WizardState` is at.
//!
//! To add a screen: follow `docs/development/adding-a-screen.md`; the compiler names every `match` that is left.
//!
//! | file | content |
//! |---|---|
//! | `state`, `screen` | what the browser knows of the session, and which screen shows it |
//! | `flow` | the requests, and what their answers do to the state |
//! | `identify`, `birthdate`, `code`, `password`, `done`, `practice` | one component per screen |
//! | `checks`, `strength` | the password checked while it is typed |
//! | `passphrase` | suggests a password of four words |
//! | `replication` | asks until all domain controllers know the new password |

mod birthdate;
mod checks;
mod code;
mod done;
mod flow;
mod help;
mod identify;
mod passphrase;
mod password;
mod practice;
mod replication;
mod screen;
mod state;
mod strength;

#[cfg(feature = "ssr")]
use crate::api::site::Site;
use crate::api::step::Step;
use crate::client::{PageState, browser, lifecycle, requests, takeover};
use crate::components::{FieldErrors, Keyed, Progress};
use crate::domain::raw_input::RawInput;
#[cfg(feature = "ssr")]
use crate::i18n::Language;
use crate::i18n::SummaryAction;
use crate::shell::Shell;
use flow::Request;
use leptos::prelude::*;
use screen::Screen;
use state::WizardState;
#[cfg(feature = "ssr")]
use std::sync::Arc;

use birthdate::BirthdateScreen;
use code::CodeScreen;
use done::{DoneScreen, UnlockedScreen};
use identify::IdentifyScreen;
use password::PasswordScreen;
use practice::{PracticeBanner, PracticeDoneScreen};

/// Sends a request of the wizard. In context, so that every screen can.
pub(crate) type Submit = Action<Request, ()>;

/// Starts the wizard in the browser.
pub fn mount() {
    takeover::mount(|site, language| {
        let page = PageState::new(site, language);
        let state = WizardState::new(page, Step::Identify {});
        state.username.set(RawInput::new(takeover::typed_so_far("username")));
        lifecycle::start(state);
        state.follow();
        browser::on_history_move(move || state.history_moved());
        requests::refresh_first(state);
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
    let act = Callback::new(move |action| match action {
        SummaryAction::ChangeBirthdate if state.is_idle() => state.change_birthdate(),
        SummaryAction::ChangeBirthdate => {}
    });
    let extend = Callback::new(move |()| {
        submit.dispatch(Request::Extend);
    });
    // A change of language rebuilds the page: what is typed lives in the state.
    view! {
        <Keyed key=move || page.language.get() view=move |_| view! {
            <Shell page explanation act extend can_extend=state.can_extend() progress=move || view! { <Header /> }>
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
        Screen::Code { ways, way } => view! { <CodeScreen ways way /> }.into_any(),
        Screen::Password { username, rules, personal, unlock } => {
            view! { <PasswordScreen username rules personal unlock /> }.into_any()
        }
        Screen::Done { applications, groups } => view! { <DoneScreen applications groups /> }.into_any(),
        Screen::Unlocked => view! { <UnlockedScreen /> }.into_any(),
        Screen::PracticeDone => view! { <PracticeDoneScreen /> }.into_any(),
    }
}

/// What stands above each screen: how far the user is, and whether this is a practice run.
#[component]
fn Header() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    let of = screen::Place::Done.number();
    let place = Memo::new(move |_| state.place());
    view! {
        <Keyed key=move || place.get() view=move |place| {
            let at = place.number();
            let text = if at == of {
                words.step_done.to_owned()
            } else {
                words.step_of.fill([&at.to_string(), &of.to_string()])
            };
            view! { <Progress at of text /> }
        } />
        <PracticeBanner />
    }
}

#[cfg(all(test, feature = "ssr"))]
#[expect(clippy::unwrap_used, reason = "in tests, also where a helper needs it")]
pub(crate) mod tests;
