//! A caller who has proved who they are: the name and the time of the proof, the account, and what can be done.

use super::Submit;
use super::actions::{Actions, DoneNotice};
use super::flow::Request;
use super::sign_in::SignOut;
use super::start_codes::StartCodesToApprove;
use super::state::DeskState;
use super::trail::{Events, LookUp, moment};
use crate::api::service_desk_state::Caller;
use crate::components::{Button, ButtonKind, DoneDrawing, HEADING, Keyed};
use crate::i18n::time_of_day;
use leptos::prelude::*;

#[component]
pub(super) fn CallerScreen() -> impl IntoView {
    let state = expect_context::<DeskState>();
    // The heading keeps the focus while an action changes the rest.
    let proof = move || {
        state
            .caller
            .with(|caller| caller.as_ref().map(|caller| (caller.name.clone(), caller.verified_at.clone())))
    };
    let heading = move |proof: Option<(String, String)>| {
        let (name, verified_at) = proof?;
        let text = state.texts().verified.fill([&name, time_of_day(&verified_at)]);
        // A translator must not change a name.
        Some(view! { <h1 id=HEADING class="proof" tabindex="-1" translate="no">{text}</h1> })
    };
    let details = |caller: Option<Caller>| caller.map(|caller| view! { <CallerDetails caller /> });
    view! {
        <DoneDrawing />
        <Keyed key=proof view=heading />
        <DoneNotice />
        <Keyed key=move || state.caller.get() view=details />
        <StartCodesToApprove />
        <LookUp />
        <SignOut />
    }
}

/// Everything but the heading, which an action may change.
#[component]
fn CallerDetails(caller: Caller) -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let (messages, texts) = (state.page.messages(), state.texts());
    let end_call = move |()| {
        submit.dispatch(Request::EndCall);
    };
    let sign_in = if caller.locked { texts.locked } else { texts.not_locked };
    let reset = match &caller.frozen_since {
        Some(since) => texts.frozen_since.fill([&moment(since, state)]),
        None => texts.not_frozen.to_owned(),
    };
    let row = |name: &'static str, value: String, warns: bool| {
        view! { <dt>{name}</dt><dd class:strong=warns>{value}</dd> }
    };
    let is_frozen = caller.frozen_since.is_some();
    view! {
        <dl class="account">
            <dt>{messages.username}</dt><dd translate="no">{caller.username.clone()}</dd>
            {row(texts.sign_in_state, sign_in.to_owned(), caller.locked)}
            {row(texts.reset_state, reset, is_frozen)}
        </dl>
        <div class="actions">
            <Button kind=ButtonKind::Primary busy=state.page.busy on_press=end_call>{texts.end_call}</Button>
        </div>
        <Actions caller=&caller />
        <section class="part">
            <h2>{texts.events}</h2>
            <Events events=caller.events none=texts.no_events />
        </section>
    }
}
