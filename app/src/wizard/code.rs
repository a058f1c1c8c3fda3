//! Screen 3: the code. Whether it is right is for Entrust to say.

use super::Submit;
use super::flow::Request;
use super::help::registration_hint;
use super::state::WizardState;
use crate::api::refusal::Refusal;
use crate::api::step::OtpMethod;
use crate::components::{AppStores, Button, ButtonKind, CodeField, Form, HEADING, Keyed};
use crate::domain::birthdate::Birthdate;
use crate::domain::code::Code;
use crate::domain::raw_input::RawInput;
use crate::i18n::{days_in_words, duration};
use leptos::prelude::*;

#[component]
pub(super) fn CodeScreen(ways: Vec<OtpMethod>, way: OtpMethod) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let words = page.words();
    let send = move || match state.code.with_untracked(|typed| Code::parse_typed(typed.expose())) {
        Ok(code) => {
            submit.dispatch(Request::Code(RawInput::new(code.expose())));
        }
        Err(error) => page.refuse(Refusal::invalid("code", error)),
    };
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    let intro = match way {
        OtpMethod::Token => words.code_from_app,
        OtpMethod::Otp => words.code_sent,
    };
    let others: Vec<_> = ways.iter().copied().filter(|other| *other != way).collect();
    view! {
        <h1 id=HEADING tabindex="-1">{words.code_heading}</h1>
        <p class="lead">{intro}</p>
        <Form on_submit=send>
            <CodeField page label=words.code value=state.code />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{words.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{words.cancel}</Button>
            </div>
        </Form>
        <p class="secret">{words.code_secret}</p>
        {matches!(way, OtpMethod::Otp).then(|| view! { <Resend /> })}
        {others.into_iter().map(|way| view! { <OtherWay way /> }).collect::<Vec<_>>()}
        <NoCode ways />
        <Recap />
    }
}

/// A button, not a choice between two: that would send at the first arrow key (WCAG 3.2.2).
#[component]
fn OtherWay(way: OtpMethod) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let words = state.page.words();
    let text = match way {
        OtpMethod::Token => words.code_way_app,
        OtpMethod::Otp => words.code_way_sent,
    };
    let choose = move |()| {
        submit.dispatch(Request::Resend(Some(way)));
    };
    view! { <p><Button kind=ButtonKind::Quiet busy=state.page.busy on_press=choose>{text}</Button></p> }
}

/// Sends another code, once there has been time for the last one to arrive.
#[component]
fn Resend() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let words = state.page.words();
    let resend = move |()| {
        submit.dispatch(Request::Resend(None));
    };
    let wait = Memo::new(move |_| words.code_resend_wait.fill([&duration(state.resend_in.get(), words)]));
    view! {
        <Show
            when=move || state.resend_in.get() == 0
            fallback=move || view! { <p class="hint" prop:textContent=move || wait.get()></p> }
        >
            <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=resend>{words.code_resend}</Button>
        </Show>
    }
}

#[component]
fn NoCode(ways: Vec<OtpMethod>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    let site = state.page.site();
    let app = ways.contains(&OtpMethod::Token).then(|| {
        view! {
            <AppStores page=state.page phone=state.phone.get_value() />
            <p>{words.code_not_in_app}</p>
            <p>{words.code_refused}</p>
        }
    });
    view! {
        <details id="no-code">
            <summary>{words.code_none}</summary>
            {app}
            {registration_hint(&site, words)}
        </details>
    }
}

/// What was entered so far.
#[component]
fn Recap() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let page = state.page;
    let words = page.words();
    // A second tab may have begun for another name meanwhile.
    let username = move || state.username.get();
    // After a reload the birthdate is not here any more: the browser stores it nowhere.
    let birthdate = state.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose())).ok();
    let birthdate = birthdate.map(|date| pair(words.birthdate_name, days_in_words(&date, words)));
    let change = move |()| {
        if state.is_idle() {
            state.change_birthdate();
        }
    };
    view! {
        <section class="recap">
            <h2>{words.account}</h2>
            <Keyed key=move || username().expose().to_owned() view=move |name| pair(words.username, name) />
            {birthdate}
            <Button kind=ButtonKind::Quiet busy=page.busy on_press=change>{words.change_birthdate}</Button>
        </section>
    }
}

fn pair(name: &'static str, value: String) -> impl IntoView {
    view! { <dl><dt>{name}</dt><dd>{value}</dd></dl> }
}
