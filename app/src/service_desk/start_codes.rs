//! «Telefoon kwijt»: an agent requests a start code for an employee who lost the phone, another agent approves it, and the
//! first one reads it to the employee.

use super::Submit;
use super::flow::Request;
use super::state::{DeskState, StartCodeDone};
use super::trail::moment;
use crate::api::refusal::Refusal;
use crate::api::service_desk_state::StartCodeState;
use crate::client::page_state::set_if_changed;
use crate::components::{Button, ButtonKind, Checkbox, Form, Keyed, SpokenCode, TextField};
use crate::domain::start_code::GROUP;
use crate::domain::username::Username;
use leptos::prelude::*;

/// The id of the part's heading, which receives the focus when the list has changed.
pub(super) const PART_HEADING: &str = "start-codes";

/// The form for a request, and the start codes that were requested.
#[component]
pub(super) fn StartCodes() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.texts());
    let send = move || {
        // The notice belongs to the previous caller.
        set_if_changed(state.ended, None);
        let typed = state.employee.get_untracked();
        match Username::parse(typed.expose(), &page.site().organisation.domains) {
            Ok(_) => {
                submit.dispatch(Request::NewStartCode(typed));
            }
            Err(error) => state.refuse(Refusal::invalid("username", error)),
        }
    };
    view! {
        <section class="part">
            <h2 id=PART_HEADING tabindex="-1">{texts.start_heading}</h2>
            <DoneNotice />
            <p>{texts.start_intro}</p>
            <p class="notice strong">{texts.start_rule}</p>
            <Form on_submit=send>
                <TextField id="username" label=texts.employee hint=messages.username_hint autocomplete="off"
                    value=state.employee read_only=page.sending />
                <div class="actions">
                    <Button kind=ButtonKind::SubmitSecondary busy=page.busy>{texts.start_request}</Button>
                </div>
            </Form>
            <List codes=Signal::derive(move || state.start_codes.get()) />
        </section>
    }
}

/// The requests that wait for this agent, during a call: a lead may be on the phone with the colleague who needs the approval.
#[component]
pub(super) fn StartCodesToApprove() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let codes = Memo::new(move |_| {
        state
            .start_codes
            .with(|codes| codes.iter().filter(|code| code.may_approve).cloned().collect::<Vec<_>>())
    });
    let is_shown = move || codes.with(|codes| !codes.is_empty()) || state.start_code_done.get().is_some();
    view! {
        <Show when=is_shown>
            <section class="part">
                <h2 id=PART_HEADING tabindex="-1">{texts.start_heading}</h2>
                <DoneNotice />
                <List codes />
            </section>
        </Show>
    }
}

/// Confirms what was just done about a start code. It is announced as well, so it is no alert.
#[component]
fn DoneNotice() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let notice = move |done: Option<StartCodeDone>| {
        done.map(|done| view! { <p class="notice good strong">{done.message(texts)}</p> })
    };
    view! { <Keyed key=move || state.start_code_done.get() view=notice /> }
}

/// The start codes. Only those that have changed are rendered again, because the list is polled.
#[component]
fn List(#[prop(into)] codes: Signal<Vec<StartCodeState>>) -> impl IntoView {
    view! {
        <Show when=move || codes.with(|codes| !codes.is_empty())>
            <ul class="start-codes">
                <For each=move || codes.get() key=StartCodeState::clone let:code>
                    <StartCodeItem code />
                </For>
            </ul>
        </Show>
    }
}

/// A lead records that they have seen an identity document.
#[component]
fn IdentitySeen(id: String, checked: RwSignal<bool>) -> impl IntoView {
    let texts = expect_context::<DeskState>().texts();
    view! { <Checkbox id label=texts.identity_seen hint=texts.identity_seen_hint checked /> }
}

#[component]
fn StartCodeItem(code: StartCodeState) -> impl IntoView {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let requested = texts.start_requested.fill([&code.requested_by, &moment(&code.requested_at, state)]);
    let identity = code.identity_seen.then(|| view! { <p>{texts.start_identity}</p> });
    let status = if code.own {
        view! { <OwnStatus code=&code /> }.into_any()
    } else {
        view! { <OthersStatus code=&code /> }.into_any()
    };
    view! {
        <li>
            <h3 translate="no">{code.name}</h3>
            <p class="hint" translate="no">{code.username}</p>
            <p class="hint">{requested}</p>
            {identity}
            {status}
        </li>
    }
}

/// The start code that this agent requested.
#[component]
fn OwnStatus<'a>(code: &'a StartCodeState) -> impl IntoView + use<> {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let username = || code.username.clone();
    let withdraw =
        view! { <Act label=texts.start_withdraw request=Request::WithdrawStartCode(username()) /> };
    if let Some(shown) = &code.code {
        let (page, site) = (state.page, state.page.site());
        let messages = page.messages();
        let website = site.organisation.title.in_language(page.language.get_untracked());
        let choices = texts.start_how.fill([website, messages.call_start, messages.new_app_start]);
        return view! {
            <SpokenCode code=shown group=GROUP />
            <p class="notice warm">{texts.start_warning}</p>
            <p>{choices}</p>
            <p>{texts.start_valid}</p>
            <div class="actions">{withdraw}</div>
        }
        .into_any();
    }
    let (status, label, request) = if code.approved {
        (texts.start_approved, texts.start_show, Request::ShowStartCode(username()))
    } else {
        (texts.start_waits, texts.start_refresh, Request::Refresh)
    };
    view! {
        <p class="strong">{status}</p>
        <div class="actions"><Act label request />{withdraw}</div>
    }
    .into_any()
}

/// The start code that another agent requested.
#[component]
fn OthersStatus<'a>(code: &'a StartCodeState) -> impl IntoView + use<> {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let texts = state.texts();
    let is_lead = state.is_lead.get_untracked();
    let withdraw = is_lead.then(|| {
        let label = if code.approved { texts.start_withdraw } else { texts.start_refuse };
        view! { <Act label request=Request::WithdrawStartCode(code.username.clone()) /> }
    });
    if code.approved || !code.may_approve {
        let status = if code.approved { texts.start_approved_other } else { texts.start_not_yours };
        return view! {
            <p class:strong=code.approved>{status}</p>
            {withdraw.map(|withdraw| view! { <div class="actions">{withdraw}</div> })}
        }
        .into_any();
    }
    let identity_seen = RwSignal::new(false);
    let needs_identity = is_lead && !code.identity_seen;
    let identity = needs_identity.then(|| {
        let id = ["identity-", &code.id].concat();
        view! { <IdentitySeen id checked=identity_seen /> }
    });
    let (username, id) = (code.username.clone(), code.id.clone());
    let approve = move |()| {
        let identity_seen = identity_seen.get_untracked();
        submit.dispatch(Request::ApproveStartCode(username.clone(), id.clone(), identity_seen));
    };
    view! {
        <p class="notice strong">{texts.start_rule_approve}</p>
        {identity}
        <div class="actions">
            <Button kind=ButtonKind::Secondary busy=state.page.busy on_press=approve>{texts.start_approve}</Button>
            {withdraw}
        </div>
    }
    .into_any()
}

/// A button that sends a request.
#[component]
fn Act(label: &'static str, request: Request) -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let act = move |()| {
        submit.dispatch(request.clone());
    };
    view! { <Button kind=ButtonKind::Secondary busy=state.page.busy on_press=act>{label}</Button> }
}
