//! The enrollment page, «06-nummer registratie»: `Enrollment` renders the `Screen` that the `EnrollmentState` is
//! at. It is a wasm program of its own, so that the wizard does not carry its screens.
//!
//! | file | content |
//! |---|---|
//! | `state`, `screen` | what the browser knows of the session, and which screen shows it |
//! | `flow` | the requests, and what their answers do to the state |
//! | `sign_in`, `code` | authentication, one component per screen |
//! | `overview`, `cards` | «Kun je zelf je wachtwoord instellen?», and what is registered |
//! | `edit` | a birthdate, a number, and the code that was sent to it |
//! | `activation`, `polling` | linking the app, and finding out that it is linked |

mod activation;
mod cards;
mod code;
mod edit;
mod flow;
mod overview;
mod polling;
mod screen;
mod sign_in;
mod state;

#[cfg(feature = "ssr")]
use crate::api::site::Site;
use crate::client::{PageState, browser, lifecycle, requests, takeover};
use crate::components::{FieldErrors, Keyed, Scenery};
use crate::domain::raw_input::RawInput;
use crate::i18n::Language;
use crate::shell::Shell;
use flow::Request;
use leptos::prelude::*;
use screen::Screen;
use state::EnrollmentState;

use activation::{ActivationScreen, LinkedScreen};
use code::CodeScreen;
use edit::{BirthdateScreen, ConfirmScreen, MobileScreen};
use overview::OverviewScreen;
use sign_in::SignInScreen;

/// Sends a request of the enrollment. In context, so that every screen can.
pub(crate) type Submit = Action<Request, ()>;

/// Starts the enrollment in the browser.
pub fn mount() {
    takeover::mount(|site, language| {
        let state = EnrollmentState::new(PageState::new(site, language));
        state.username.set(RawInput::new(takeover::typed_so_far("username")));
        state.password.set(RawInput::new(takeover::typed_so_far("password")));
        lifecycle::start(state);
        state.follow();
        browser::on_history_move(move || state.history_moved());
        requests::refresh_first(state);
        view! { <Enrollment state /> }
    });
}

/// The page's title.
pub const fn title(language: Language) -> &'static str {
    language.enrollment().title
}

/// The first screen as HTML, for the document that the server sends.
#[cfg(feature = "ssr")]
pub fn first_screen(site: &Site, language: Language) -> String {
    Owner::new().with(|| {
        let page = PageState::new(std::sync::Arc::new(site.clone()), language);
        let state = EnrollmentState::new(page);
        view! { <Enrollment state /> }.to_html()
    })
}

/// The enrollment.
#[component]
fn Enrollment(state: EnrollmentState) -> impl IntoView {
    let page = state.page;
    let submit = Submit::new_local(move |request: &Request| requests::perform(state, request.clone()));
    let explanation = Memo::new(move |_| state.explanation());
    provide_context(state);
    provide_context(submit);
    provide_context(FieldErrors::new(explanation, page));
    // No summary here has a button.
    let act = Callback::new(|_| {});
    let extend = Callback::new(move |()| {
        submit.dispatch(Request::Extend);
    });
    // A change of language rebuilds the page: what is typed lives in the state.
    view! {
        <Keyed key=move || page.language.get() view=move |_| view! {
            <Shell page explanation act extend can_extend=Signal::stored(true) progress=scenery>
                <Keyed key=move || state.screen.get() view=render />
            </Shell>
        } />
    }
}

/// What stands above each screen.
fn scenery() -> impl IntoView {
    view! { <Scenery /> }
}

/// The component of a screen.
fn render(screen: Screen) -> AnyView {
    match screen {
        Screen::SignIn => view! { <SignInScreen /> }.into_any(),
        Screen::Code => view! { <CodeScreen /> }.into_any(),
        Screen::Overview => view! { <OverviewScreen /> }.into_any(),
        Screen::Birthdate => view! { <BirthdateScreen /> }.into_any(),
        Screen::Mobile => view! { <MobileScreen /> }.into_any(),
        Screen::Confirm => view! { <ConfirmScreen /> }.into_any(),
        Screen::Activation => view! { <ActivationScreen /> }.into_any(),
        Screen::Linked => view! { <LinkedScreen /> }.into_any(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
