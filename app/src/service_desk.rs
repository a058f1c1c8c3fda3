//! The page of the service desk, which only its own networks receive: `ServiceDeskPage` renders the `Screen` of the
//! `DeskState`. It is a separate wasm program, so that neither the wizard nor the enrollment loads its screens.
//!
//! | file | content |
//! |---|---|
//! | `state`, `screen` | the browser's state of the session, and the screen that shows it |
//! | `flow` | the requests, and how their responses change the state |
//! | `sign_in` | user name, password and code of the agent |
//! | `desk` | the call code of a caller |
//! | `caller`, `actions` | a caller who has proved who they are, and what the agent can do for them |
//! | `trail` | looking up a reference, and events in plain words |
//! | `start_codes` | start codes for employees who lost the phone |
//! | `typed_code` | what agents type for a call code or a reference |

mod actions;
mod caller;
mod desk;
mod flow;
mod screen;
mod sign_in;
mod start_codes;
mod state;
mod trail;
mod typed_code;

#[cfg(feature = "ssr")]
use crate::api::site::Site;
use crate::client::{PageState, browser, lifecycle, requests, takeover};
use crate::components::{FieldErrors, FormFields, Keyed, PageDrawing};
use crate::domain::raw_input::RawInput;
use crate::i18n::Language;
use crate::shell::Shell;
use flow::Request;
use leptos::prelude::*;
use screen::Screen;
use state::DeskState;

#[cfg(feature = "ssr")]
pub(crate) use trail::reason_text;

use caller::CallerScreen;
use desk::DeskScreen;
use sign_in::{CodeScreen, SignInScreen};

/// Sends a request of the service desk page. Provided as context.
pub(crate) type Submit = Action<Request, ()>;

/// Starts the page in the browser.
pub fn mount() {
    takeover::mount(|site, language| {
        let state = DeskState::new(PageState::new(site, language));
        state.username.set(RawInput::new(takeover::initial_text("username")));
        state.password.set(RawInput::new(takeover::initial_text("password")));
        lifecycle::start(state);
        state.synchronize_document();
        // The screens have no history entries of their own: Back leaves the page, and the session stays.
        browser::on_history_move(move || state.page.clear_problem());
        requests::refresh_on_start(state);
        view! { <ServiceDeskPage state /> }
    });
}

/// The page's title.
pub const fn title(language: Language) -> &'static str {
    language.service_desk().title
}

/// The first screen as HTML, for the document that the server sends.
#[cfg(feature = "ssr")]
pub fn first_screen(site: &Site, language: Language) -> String {
    Owner::new().with(|| {
        let page = PageState::new(std::sync::Arc::new(site.clone()), language);
        let state = DeskState::new(page);
        view! { <ServiceDeskPage state /> }.to_html()
    })
}

/// The page.
#[component]
fn ServiceDeskPage(state: DeskState) -> impl IntoView {
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
        <Keyed key=move || page.language.get() view=move |_| {
            let aside = view! { <Rule /> }.into_any();
            view! {
                <Shell page explanation on_action extend can_extend=Signal::stored(true) progress=page_drawing aside>
                    <Keyed key=move || state.screen.get() view=render />
                </Shell>
            }
        } />
    }
}

/// The content above each screen.
fn page_drawing() -> impl IntoView {
    view! { <PageDrawing /> }
}

/// The rule of every call, on every screen: a desk that asks for codes teaches people to give them away.
#[component]
fn Rule() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.texts());
    let site = page.site();
    let website = site.organisation.title.in_language(page.language.get_untracked());
    view! {
        <aside class="help rule" aria-labelledby="rule">
            <h2 id="rule">{texts.rule_heading}</h2>
            <p>{texts.rule}</p>
            <p>{texts.rule_instead.fill([website, messages.call_start])}</p>
        </aside>
    }
}

/// The component of a screen.
fn render(screen: Screen) -> AnyView {
    match screen {
        Screen::SignIn => view! { <SignInScreen /> }.into_any(),
        Screen::Code => view! { <CodeScreen /> }.into_any(),
        Screen::Desk => view! { <DeskScreen /> }.into_any(),
        Screen::Caller => view! { <CallerScreen /> }.into_any(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
