//! The code from the app, required if the app is active, so that a stolen password alone does not give access.

use super::Submit;
use super::flow::Request;
use super::state::EnrollmentState;
use crate::api::refusal::Refusal;
use crate::components::{Button, ButtonKind, CodeField, Form, HEADING};
use crate::domain::code::Code;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;

#[component]
pub(super) fn CodeScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let messages = page.messages();
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    view! {
        <h1 id=HEADING tabindex="-1">{messages.code_heading}</h1>
        <p class="lead">{messages.code_from_app}</p>
        <Form on_submit=move || send_code(state, submit, Request::Code)>
            <CodeField page label=messages.code value=state.code />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{messages.cancel}</Button>
            </div>
        </Form>
        <p class="secret">{messages.code_secret}</p>
    }
}

/// Sends the typed code if it is syntactically valid.
pub(super) fn send_code(state: EnrollmentState, submit: Submit, request: fn(RawInput) -> Request) {
    match state.code.with_untracked(|typed| Code::parse_typed(typed.expose())) {
        Ok(code) => {
            submit.dispatch(request(RawInput::new(code.expose())));
        }
        Err(error) => state.refuse(Refusal::invalid("code", error)),
    }
}
