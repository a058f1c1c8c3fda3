//! The agent signs in: user name and password, and then the code of the agent's own app.

use super::Submit;
use super::flow::Request;
use super::state::{DeskState, Ended};
use crate::api::refusal::{Reason, Refusal};
use crate::client::page_state::set_if_changed;
use crate::components::{
    Button, ButtonKind, CodeField, Form, HEADING, Keyed, PasswordField, RevealButton, StartNotes, TextField,
};
use crate::domain::code::Code;
use crate::domain::raw_input::RawInput;
use crate::domain::username::Username;
use leptos::prelude::*;

#[component]
pub(super) fn SignInScreen() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.texts());
    let site = page.site();
    let masked = RwSignal::new(true);
    view! {
        <h1 id=HEADING tabindex="-1">{texts.title}</h1>
        <EndedNotice />
        <p class="lead">{texts.intro}</p>
        <Form on_submit=move || send(state, submit)>
            <TextField id="username" label=messages.username hint=messages.username_hint autocomplete="username"
                value=state.username read_only=page.sending />
            <PasswordField page id="password" label=texts.password hint=texts.password_hint
                autocomplete="current-password" value=state.password masked>
                <RevealButton masked messages />
            </PasswordField>
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
            </div>
        </Form>
        <StartNotes messages desk=&site.organisation.service_desk />
    }
}

fn send(state: DeskState, submit: Submit) {
    // The notice belongs to the previous session.
    set_if_changed(state.ended, None);
    let (username, password) = (state.username.get_untracked(), state.password.get_untracked());
    match Username::parse(username.expose(), &state.page.site().organisation.domains) {
        Err(error) => state.refuse(Refusal::invalid("username", error)),
        Ok(_) if password.expose().is_empty() => {
            state.refuse(Refusal::invalid("password", Reason::Empty));
        }
        Ok(_) => {
            submit.dispatch(Request::SignIn(username, password));
        }
    }
}

#[component]
pub(super) fn CodeScreen() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let messages = page.messages();
    let send = move || match state.code.with_untracked(|typed| Code::parse_typed(typed.expose())) {
        Ok(code) => {
            submit.dispatch(Request::Code(RawInput::new(code.expose())));
        }
        Err(error) => state.refuse(Refusal::invalid("code", error)),
    };
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    view! {
        <h1 id=HEADING tabindex="-1">{messages.code_heading}</h1>
        <p class="lead">{messages.code_from_app}</p>
        <Form on_submit=send>
            <CodeField page label=messages.code value=state.code />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{messages.cancel}</Button>
            </div>
        </Form>
        <p class="secret">{messages.code_secret}</p>
    }
}

/// What has just ended. It is announced as well, so it is no alert.
#[component]
pub(super) fn EndedNotice() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let notice = move |ended: Option<Ended>| {
        ended.map(|ended| {
            let class = match ended {
                Ended::Session | Ended::Call => "notice good strong",
                Ended::Proof => "notice strong",
            };
            view! { <p class=class>{ended.message(texts)}</p> }
        })
    };
    view! { <Keyed key=move || state.ended.get() view=notice /> }
}

/// The end of the screens after sign-in.
#[component]
pub(super) fn SignOut() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let texts = state.texts();
    let sign_out = move |()| {
        submit.dispatch(Request::Cancel);
    };
    // The name may be the agent's other account if another window has signed in meanwhile.
    let signed_in = move |name: RawInput| {
        let text = texts.signed_in.fill([name.expose()]);
        view! { <p class="hint" translate="no">{text}</p> }
    };
    view! {
        <section class="session">
            <Keyed key=move || state.username.get() view=signed_in />
            <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=sign_out>{texts.sign_out}</Button>
        </section>
    }
}
