//! The desk without a verified caller: input of the call code that a caller reads out.

use super::Submit;
use super::flow::Request;
use super::sign_in::{EndedNotice, SignOut};
use super::start_codes::StartCodes;
use super::state::DeskState;
use super::trail::LookUp;
use super::typed_code;
use crate::api::refusal::Refusal;
use crate::client::page_state::set_if_changed;
use crate::components::{Button, ButtonKind, Form, HEADING, Keyed, TextField};
use crate::domain::raw_input::RawInput;
use crate::paths;
use leptos::prelude::*;

#[component]
pub(super) fn DeskScreen() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let texts = state.texts();
    let send = move || {
        // The notice belongs to the previous caller.
        set_if_changed(state.ended, None);
        match state.call_code.with_untracked(|typed| typed_code::call_code(typed.expose())) {
            Ok(code) => {
                submit.dispatch(Request::Caller(RawInput::new(code)));
            }
            Err(reason) => state.refuse(Refusal::invalid("call_code", reason)),
        }
    };
    let today = [paths::SERVICE_DESK_TODAY, "?language=", page.language.get_untracked().tag()].concat();
    let start_codes = |is_offered: bool| is_offered.then(|| view! { <StartCodes /> });
    view! {
        <h1 id=HEADING tabindex="-1">{texts.desk_heading}</h1>
        <EndedNotice />
        <Form on_submit=send>
            <TextField id="call_code" label=texts.call_code hint=texts.call_code_hint autocomplete="off" width="code"
                value=state.call_code read_only=page.sending complete=typed_code::complete_call_code />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{texts.check}</Button>
            </div>
        </Form>
        <Keyed key=move || state.offers_start_codes.get() view=start_codes />
        <LookUp />
        // In a new tab, so that a call can begin on this page meanwhile.
        <p><a href=today target="_blank" rel="noopener noreferrer">{texts.today}</a></p>
        <SignOut />
    }
}
