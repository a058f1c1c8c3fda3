//! Screen 2: the birthdate. The server verifies it together with the code.

use super::Submit;
use super::flow::Request;
use super::help::UnknownHelp;
use super::state::WizardState;
use crate::api::refusal::Refusal;
use crate::components::{BirthdateField, Button, ButtonKind, Form, HEADING, Keyed, ReadOnlyField};
use crate::domain::birthdate::Birthdate;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;

#[component]
pub(super) fn BirthdateScreen() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let messages = page.messages();
    let send = move || match state.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose())) {
        Ok(date) => {
            submit.dispatch(Request::Birthdate(RawInput::new(date.expose_iso())));
        }
        Err(error) => page.refuse(Refusal::invalid("birthdate", error)),
    };
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    view! {
        <h1 id=HEADING tabindex="-1">{messages.birthdate_heading}</h1>
        <Form on_submit=send>
            // Another tab may have started a session for another name meanwhile.
            <Keyed key=move || state.username.get() view=move |name| view! {
                <ReadOnlyField id="username" label=messages.username text=name.expose().to_owned() />
            } />
            <BirthdateField page value=state.birthdate />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{messages.cancel}</Button>
            </div>
        </Form>
        <UnknownHelp page hint=messages.unknown_birthdate />
    }
}
