//! Input of a birthdate, a mobile number, and the code that was sent to it. Birthdate and number are shown for
//! confirmation before they are saved. The server validates them; obvious errors are reported here without a request.

use super::Submit;
use super::code::send_code;
use super::flow::Request;
use super::mobile_number::{cleaned_mobile, format_mobile, mobile_error};
use super::state::EnrollmentState;
use crate::api::enrollment_state::Overview;
use crate::api::refusal::Refusal;
use crate::client::{browser, focus, requests};
use crate::components::{BirthdateField, Button, ButtonKind, CodeField, Form, HEADING, Keyed, TextField};
use crate::domain::birthdate::{Birthdate, BirthdateError};
use crate::domain::raw_input::RawInput;
use crate::domain::typed_text::with_ascii_digits;
use crate::i18n::birthdate_text;
use leptos::prelude::*;

/// The id of the value that is shown for confirmation.
const CHECKED_VALUE: &str = "checked-value";

#[component]
pub(super) fn BirthdateScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let check = move || match typed_birthdate(state).and_then(|date| check_plausible(state, &date)) {
        Ok(()) => state.check_value(),
        Err(error) => state.refuse(Refusal::invalid("birthdate", error)),
    };
    let is_known = is_registered(state, |overview| overview.birthdate.is_some());
    view! {
        <Keyed key=move || state.is_checking.get() view=move |is_checking| {
            if is_checking {
                return view! { <BirthdateCheck /> }.into_any();
            }
            view! {
                <h1 id=HEADING tabindex="-1">{texts.birthdate_heading}</h1>
                {is_known.then(|| view! { <ChangeNotice consequence=texts.change_birthdate /> })}
                <Form on_submit=check>
                    <BirthdateField page=state.page value=state.birthdate />
                    <Actions next=texts.save />
                </Form>
            }
            .into_any()
        } />
    }
}

fn typed_birthdate(state: EnrollmentState) -> Result<Birthdate, BirthdateError> {
    state.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose()))
}

/// Refuses a date on which no employee can have been born, before the confirmation. The server decides; its
/// clock counts here too, because that of the device may be wrong.
fn check_plausible(state: EnrollmentState, date: &Birthdate) -> Result<(), BirthdateError> {
    let today = state.server_time(browser::now()).and_then(browser::utc_date);
    match today {
        Some(today) if date.is_after(&today) => Err(BirthdateError::Future),
        Some(today) if !date.is_plausible(&today) => Err(BirthdateError::Implausible),
        Some(_) | None => Ok(()),
    }
}

/// Spells out the typed birthdate for confirmation before it is saved: a typing error would show only when the employee
/// cannot set a new password.
#[component]
fn BirthdateCheck() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let date = typed_birthdate(state).ok();
    let request = date.as_ref().map(|date| RawInput::new(date.expose_iso()));
    let date = date.map(|date| birthdate_text(&date, state.page.messages())).unwrap_or_default();
    let request = move || request.clone().map(Request::Birthdate);
    view! { <ValueCheck heading=texts.birthdate_check value=date class="checked" field="birthdate" request /> }
}

#[component]
pub(super) fn MobileScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let check = move || {
        if let Some(reason) = mobile_error(&typed_mobile(state)) {
            state.refuse(Refusal::invalid("mobile", reason));
        } else {
            state.check_value();
        }
    };
    let is_known = is_registered(state, |overview| overview.mobile.is_some());
    view! {
        <Keyed key=move || state.is_checking.get() view=move |is_checking| {
            if is_checking {
                return view! { <MobileCheck /> }.into_any();
            }
            view! {
                <h1 id=HEADING tabindex="-1">{texts.mobile_heading}</h1>
                {is_known.then(|| view! { <ChangeNotice consequence=texts.change_mobile /> })}
                <Form on_submit=check>
                    <TextField id="mobile" label=texts.mobile hint=texts.mobile_hint autocomplete="tel" inputmode="tel"
                        width="date" value=state.mobile read_only=state.page.sending complete=with_ascii_digits />
                    <Actions next=texts.save />
                </Form>
            }
            .into_any()
        } />
    }
}

fn typed_mobile(state: EnrollmentState) -> String {
    state.mobile.with_untracked(|typed| cleaned_mobile(typed.expose()))
}

/// Shows the typed number for confirmation before it is saved: not every organisation confirms it with a code.
#[component]
fn MobileCheck() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let heading = state.enrollment_messages().mobile_check;
    let number = format_mobile(&typed_mobile(state));
    let request = move || Some(Request::Mobile(RawInput::new(typed_mobile(state))));
    view! { <ValueCheck heading value=number class="number checked" field="mobile" request /> }
}

/// Shows a typed value for confirmation, with buttons to save it and to return to its field.
#[component]
fn ValueCheck<R>(
    heading: &'static str,
    value: String,
    /// The class of the value.
    class: &'static str,
    /// The id of the field in which the value was typed.
    field: &'static str,
    /// Returns the request that saves the value.
    request: R,
) -> impl IntoView
where
    R: Fn() -> Option<Request> + Send + Sync + 'static,
{
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let texts = state.enrollment_messages();
    let save = move |()| {
        if let Some(request) = request() {
            submit.dispatch(request);
        }
    };
    let change = move |()| {
        if requests::abandon_request(state) {
            state.change_value();
            focus::set_once_rendered(field);
        }
    };
    view! {
        // The focus moves to the heading, so a screen reader reads the value with it.
        <h1 id=HEADING tabindex="-1" aria-describedby=CHECKED_VALUE>{heading}</h1>
        // A translator must not change a date or a number.
        <p class=class id=CHECKED_VALUE translate="no">{value}</p>
        <div class="actions">
            <Button kind=ButtonKind::Primary busy=state.page.busy on_press=save>{texts.check_save}</Button>
            <Button kind=ButtonKind::Secondary on_press=change>{texts.check_change}</Button>
        </div>
    }
}

#[component]
pub(super) fn ConfirmScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.enrollment_messages());
    view! {
        <h1 id=HEADING tabindex="-1">{texts.confirm_heading}</h1>
        <p class="lead">{texts.confirm_sent}</p>
        <Form on_submit=move || send_code(state, submit, Request::Confirm)>
            <CodeField page label=texts.confirm_code value=state.code />
            <Actions next=messages.next />
        </Form>
        <p class="secret">{messages.code_secret}</p>
        <p class="hint">{texts.confirm_none}</p>
    }
}

fn is_registered(state: EnrollmentState, known: fn(&Overview) -> bool) -> bool {
    state.overview.with_untracked(|overview| overview.as_ref().is_some_and(known))
}

/// The consequence of changing a registered value: when it can be used, and who is notified.
#[component]
fn ChangeNotice(consequence: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let waits = state.waiting_time(&state.enrollment_messages().change_wait);
    let sentences: Vec<&str> = waits.iter().map(String::as_str).chain([consequence]).collect();
    view! { <p>{sentences.join(" ")}</p> }
}

/// The button that submits, and the one that returns to the overview, which needs no request.
#[component]
fn Actions(next: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let page = state.page;
    let return_to_overview = move |()| {
        if requests::abandon_request(state) {
            state.return_to_overview();
        }
    };
    view! {
        <div class="actions">
            <Button kind=ButtonKind::Submit busy=page.busy>{next}</Button>
            <Button kind=ButtonKind::Secondary on_press=return_to_overview>{page.messages().cancel}</Button>
        </div>
    }
}
