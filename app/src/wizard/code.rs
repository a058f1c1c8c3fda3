//! Screen 3: the one-time code. Entrust verifies it.

use super::Submit;
use super::flow::Request;
use super::help::{phone_lost, registration_hint};
use super::state::WizardState;
use crate::api::refusal::Refusal;
use crate::api::step::OtpMethod;
use crate::components::{AppStores, Button, ButtonKind, CodeField, Form, HEADING, Keyed};
use crate::domain::birthdate::Birthdate;
use crate::domain::code::Code;
use crate::domain::raw_input::RawInput;
use crate::i18n::{birthdate_text, duration_text};
use leptos::prelude::*;

#[component]
pub(super) fn CodeScreen(methods: Vec<OtpMethod>, method: OtpMethod) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let messages = page.messages();
    let send = move || match state.code.with_untracked(|typed| Code::parse_typed(typed.expose())) {
        Ok(code) => {
            submit.dispatch(Request::Code(RawInput::new(code.expose())));
        }
        Err(error) => page.refuse(Refusal::invalid("code", error)),
    };
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    let intro = match method {
        OtpMethod::Token => messages.code_from_app,
        OtpMethod::Otp => messages.code_sent,
    };
    let others: Vec<_> = methods.iter().copied().filter(|other| *other != method).collect();
    view! {
        <h1 id=HEADING tabindex="-1">{messages.code_heading}</h1>
        <p class="lead">{intro}</p>
        <Form on_submit=send>
            <CodeField page label=messages.code value=state.code />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{messages.cancel}</Button>
            </div>
        </Form>
        <p class="secret">{messages.code_secret}</p>
        {matches!(method, OtpMethod::Otp).then(|| view! { <Resend /> })}
        {others.into_iter().map(|method| view! { <OtherMethod method /> }).collect::<Vec<_>>()}
        <NoCodeHelp methods />
        <InputSummary />
    }
}

/// Switches to another method. A button instead of radio buttons, which would send at the first arrow key (WCAG 3.2.2).
#[component]
fn OtherMethod(method: OtpMethod) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let messages = state.page.messages();
    let text = match method {
        OtpMethod::Token => messages.code_method_app,
        OtpMethod::Otp => messages.code_method_sent,
    };
    let choose = move |()| {
        submit.dispatch(Request::Resend(Some(method)));
    };
    view! { <p><Button kind=ButtonKind::Quiet busy=state.page.busy on_press=choose>{text}</Button></p> }
}

/// Sends another code, after the delay that allows for delivery of the last one.
#[component]
fn Resend() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let messages = state.page.messages();
    let resend = move |()| {
        submit.dispatch(Request::Resend(None));
    };
    let wait =
        Memo::new(move |_| messages.code_resend_wait.fill([&duration_text(state.resend_in.get(), messages)]));
    view! {
        <Show
            when=move || state.resend_in.get() == 0
            fallback=move || view! { <p class="hint" prop:textContent=move || wait.get()></p> }
        >
            <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=resend>{messages.code_resend}</Button>
        </Show>
    }
}

#[component]
fn NoCodeHelp(methods: Vec<OtpMethod>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let site = state.page.site();
    let app = methods.contains(&OtpMethod::Token).then(|| {
        view! {
            <AppStores page=state.page phone=state.phone.get_value() />
            <p>{messages.code_not_in_app}</p>
            <p>{phone_lost(&site, messages)}</p>
            <p>{messages.code_refused}</p>
        }
    });
    view! {
        <details id="no-code">
            <summary>{messages.code_none}</summary>
            {app}
            {registration_hint(&site, messages)}
        </details>
    }
}

/// Summary of the input so far.
#[component]
pub(super) fn InputSummary() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let page = state.page;
    let messages = page.messages();
    // Another tab may have started a session for another name meanwhile.
    let username = move || state.username.get();
    // Missing after a reload, because the browser does not store the birthdate.
    let birthdate = state.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose())).ok();
    let birthdate =
        birthdate.map(|date| description_list(messages.birthdate_name, birthdate_text(&date, messages)));
    let change = move |()| {
        if state.is_idle() {
            state.change_birthdate();
        }
    };
    view! {
        <section class="recap">
            <h2>{messages.account}</h2>
            <Keyed key=move || username().expose().to_owned()
                view=move |name| description_list(messages.username, name) />
            {birthdate}
            <Button kind=ButtonKind::Quiet busy=page.busy on_press=change>{messages.change_birthdate}</Button>
        </section>
    }
}

/// A value with its name. A translator must not change a user name or a date.
fn description_list(name: &'static str, value: String) -> impl IntoView {
    view! { <dl><dt>{name}</dt><dd translate="no">{value}</dd></dl> }
}
