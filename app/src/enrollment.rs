//! The enrollment page, «06-nummer registratie»: `Enrollment` renders the `Screen` of the `EnrollmentState`. It is a
//! separate wasm program, so that the wizard does not load its screens.
//!
//! | file | content |
//! |---|---|
//! | `state`, `screen` | the browser's state of the session, and the screen that shows it |
//! | `navigation` | opening and closing screens, Back and Forward |
//! | `flow` | the requests, and how their responses change the state |
//! | `sign_in`, `code` | authentication, one component per screen |
//! | `overview`, `cards`, `points` | «Kun je zelf je wachtwoord instellen?»: the requirements and the registered values |
//! | `edit`, `mobile_number` | input and confirmation of a birthdate or a number, and the code that was sent to it |
//! | `activation` | linking the app |

mod activation;
mod cards;
mod code;
mod edit;
mod flow;
mod mobile_number;
mod navigation;
mod overview;
mod points;
mod screen;
mod sign_in;
mod state;

#[cfg(feature = "ssr")]
use crate::api::site::Site;
use crate::client::{PageState, browser, lifecycle, requests, takeover};
use crate::components::{FieldErrors, FormFields, Keyed, PageDrawing};
use crate::domain::raw_input::RawInput;
use crate::i18n::Language;
use crate::shell::{Shell, contact};
use flow::Request;
use leptos::prelude::*;
use screen::Screen;
use state::EnrollmentState;

use activation::{ActivationScreen, LinkedScreen};
use code::CodeScreen;
use edit::{BirthdateScreen, ConfirmScreen, MobileScreen};
use overview::OverviewScreen;
use sign_in::SignInScreen;

/// Sends a request of the enrollment. Provided as context.
pub(crate) type Submit = Action<Request, ()>;

/// Starts the enrollment in the browser.
pub fn mount() {
    takeover::mount(|site, language| {
        let state = EnrollmentState::new(PageState::new(site, language));
        state.username.set(RawInput::new(takeover::initial_text("username")));
        state.password.set(RawInput::new(takeover::initial_text("password")));
        lifecycle::start(state);
        state.synchronize_document();
        browser::on_history_move(move || state.history_moved());
        requests::refresh_on_start(state);
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
    provide_context(FormFields::new());
    // The summaries of this page have no button.
    let on_action = Callback::new(|_| {});
    let extend = Callback::new(move |()| {
        submit.dispatch(Request::Extend);
    });
    // A change of language rebuilds the page; typed text is in the state.
    view! {
        <Keyed key=move || page.language.get() view=move |_| view! {
            <Shell page explanation on_action extend can_extend=Signal::stored(true) progress=page_drawing aside=contact(page)>
                <Keyed key=move || state.screen.get() view=render />
            </Shell>
        } />
    }
}

/// The content above each screen.
fn page_drawing() -> impl IntoView {
    view! { <PageDrawing /> }
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
