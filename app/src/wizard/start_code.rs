//! Screen 3 of a session with a start code: the code that the service desk has read aloud. The service desk verified who
//! the employee is, so there is no other method and no other code to send.

use super::Submit;
use super::code::InputSummary;
use super::flow::Request;
use super::state::WizardState;
use crate::api::refusal::Refusal;
use crate::components::{Button, ButtonKind, Form, HEADING, TextField};
use crate::domain::raw_input::RawInput;
use crate::domain::start_code::StartCode;
use leptos::prelude::*;

#[component]
pub(super) fn StartCodeScreen() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.activation_messages());
    let site = page.site();
    let desk = &site.organisation.service_desk;
    let help = texts.start_code_help.fill([&desk.name, &desk.phone]);
    let send = move || match state.code.with_untracked(|typed| StartCode::parse(typed.expose())) {
        Ok(code) => {
            submit.dispatch(Request::Code(RawInput::new(code.expose())));
        }
        Err(reason) => page.refuse(Refusal::invalid("code", reason)),
    };
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    view! {
        <h1 id=HEADING tabindex="-1">{texts.start_code_heading}</h1>
        <p class="lead">{texts.start_code_intro}</p>
        <Form on_submit=send>
            <TextField id="code" label=texts.start_code hint=texts.start_code_hint autocomplete="off"
                autocapitalize="characters" width="code" value=state.code read_only=page.sending
                complete=StartCode::complete_typed />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{messages.cancel}</Button>
            </div>
        </Form>
        <p class="secret">{texts.start_code_secret}</p>
        <details id="no-code"><summary>{texts.start_code_none}</summary><p>{help}</p></details>
        <InputSummary />
    }
}
