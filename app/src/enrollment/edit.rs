//! Entering a birthdate, a mobile number, and the code that was sent to it. The server decides on each of them; a text
//! that is no date is refused here already.

use super::Submit;
use super::code::send_code;
use super::flow::Request;
use super::state::EnrollmentState;
use crate::api::enrollment_state::Overview;
use crate::api::refusal::{Reason, Refusal};
use crate::client::{focus, requests};
use crate::components::{BirthdateField, Button, ButtonKind, CodeField, Form, HEADING, Keyed, TextField};
use crate::domain::birthdate::Birthdate;
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;
use std::ops::RangeInclusive;

/// The digits of a mobile number: ITU-T E.164 allows 15, with two more for an international prefix. No country has
/// mobile numbers of fewer than 7.
const DIGITS: RangeInclusive<usize> = 7..=17;

#[component]
pub(super) fn BirthdateScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let own = state.own_words();
    let send = move || match state.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose())) {
        Ok(date) => {
            submit.dispatch(Request::Birthdate(RawInput::new(date.expose_iso())));
        }
        Err(error) => state.refuse(Refusal::invalid("birthdate", error)),
    };
    let is_known = is_registered(state, |overview| overview.birthdate.is_some());
    view! {
        <h1 id=HEADING tabindex="-1">{own.birthdate_heading}</h1>
        {is_known.then(|| view! { <ChangeNotice consequence=own.change_birthdate /> })}
        <Form on_submit=send>
            <BirthdateField page=state.page value=state.birthdate />
            <Actions next=own.save />
        </Form>
    }
}

#[component]
pub(super) fn MobileScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    // A code follows only where the organisation sends one: the number is shown once more before it is saved.
    let check = move || {
        if let Some(reason) = state.mobile.with_untracked(|typed| impossible(typed.expose())) {
            state.refuse(Refusal::invalid("mobile", reason));
        } else {
            state.page.clear_problem();
            state.is_mobile_checked.set(true);
            focus::set_once_rendered(HEADING);
        }
    };
    let is_known = is_registered(state, |overview| overview.mobile.is_some());
    view! {
        <Keyed key=move || state.is_mobile_checked.get() view=move |is_checked| {
            if is_checked {
                return view! { <MobileCheck /> }.into_any();
            }
            view! {
                <h1 id=HEADING tabindex="-1">{own.mobile_heading}</h1>
                {is_known.then(|| view! { <ChangeNotice consequence=own.change_mobile /> })}
                <Form on_submit=check>
                    <TextField id="mobile" label=own.mobile hint=own.mobile_hint autocomplete="tel" inputmode="tel"
                        width="date" value=state.mobile locked=state.page.sending />
                    <Actions next=own.save />
                </Form>
            }
            .into_any()
        } />
    }
}

/// Shows the number that is typed, before it is saved.
#[component]
fn MobileCheck() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let own = state.own_words();
    let busy = state.page.busy;
    let number = state.mobile.with_untracked(|typed| grouped(typed.expose()));
    let save = move |()| {
        submit.dispatch(Request::Mobile(state.mobile.get_untracked()));
    };
    let change = move |()| {
        if requests::give_up(state) {
            state.is_mobile_checked.set(false);
            focus::set_once_rendered("mobile");
        }
    };
    view! {
        <h1 id=HEADING tabindex="-1">{own.mobile_check}</h1>
        <p class="number">{number}</p>
        <div class="actions">
            <Button kind=ButtonKind::Primary busy on_press=save>{own.mobile_right}</Button>
            <Button kind=ButtonKind::Secondary on_press=change>{own.mobile_change}</Button>
        </div>
    }
}

/// Why a text cannot be a mobile number of any country, checked before the employee is asked to confirm it. The server
/// decides whether it is one.
fn impossible(typed: &str) -> Option<Reason> {
    let digits = typed.chars().filter(char::is_ascii_digit).count();
    if typed.trim().is_empty() {
        Some(Reason::Empty)
    } else if typed.chars().any(char::is_alphabetic) || !DIGITS.contains(&digits) {
        Some(Reason::NotMobile)
    } else {
        None
    }
}

/// A Dutch mobile number in groups that can be compared at a glance; any other number as typed.
fn grouped(typed: &str) -> String {
    let digits: Vec<char> = typed.chars().filter(char::is_ascii_digit).collect();
    let plain = typed.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "-.()".contains(c));
    match digits.as_slice() {
        ['0', '6', rest @ ..] if plain && rest.len() == 8 => {
            let pairs: Vec<String> = rest.chunks(2).map(|pair| pair.iter().collect()).collect();
            ["06-", &pairs.join(" ")].concat()
        }
        _ => typed.trim().to_owned(),
    }
}

#[component]
pub(super) fn ConfirmScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (words, own) = (page.words(), state.own_words());
    view! {
        <h1 id=HEADING tabindex="-1">{own.confirm_heading}</h1>
        <p class="lead">{own.confirm_sent}</p>
        <Form on_submit=move || send_code(state, submit, Request::Confirm)>
            <CodeField page label=own.confirm_code value=state.code />
            <Actions next=words.next />
        </Form>
        <p class="secret">{words.code_secret}</p>
        <p class="hint">{own.confirm_none}</p>
    }
}

fn is_registered(state: EnrollmentState, known: fn(&Overview) -> bool) -> bool {
    state.overview.with_untracked(|overview| overview.as_ref().is_some_and(known))
}

/// What a change of a registered value means: when it counts, and who is notified.
#[component]
fn ChangeNotice(consequence: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let waits = state.waiting_time(&state.own_words().change_wait);
    let sentences: Vec<&str> = waits.iter().map(String::as_str).chain([consequence]).collect();
    view! { <p>{sentences.join(" ")}</p> }
}

/// The way on, and the way back to the overview, for which the server is not needed.
#[component]
fn Actions(next: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let page = state.page;
    let leave = move |()| {
        if requests::give_up(state) {
            state.leave();
        }
    };
    view! {
        <div class="actions">
            <Button kind=ButtonKind::Submit busy=page.busy>{next}</Button>
            <Button kind=ButtonKind::Secondary on_press=leave>{page.words().cancel}</Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{grouped, impossible};
    use crate::api::refusal::Reason;

    #[test]
    fn what_cannot_be_a_mobile_number_is_refused_before_it_is_asked_about() {
        for (typed, reason) in [
            ("", Some(Reason::Empty)),
            (" ", Some(Reason::Empty)),
            ("0612", Some(Reason::NotMobile)),
            ("06-1234567a", Some(Reason::NotMobile)),
            ("061234567890123456", Some(Reason::NotMobile)),
            ("06-12345678", None),
            ("0031 (0)6 12 34 56 78", None),
            ("+49 1512 3456789", None),
        ] {
            assert_eq!(impossible(typed), reason, "{typed}");
        }
    }

    #[test]
    fn a_number_is_shown_in_groups_and_no_digit_is_lost() {
        for (typed, shown) in [
            ("0612345678", "06-12 34 56 78"),
            ("06-12345678", "06-12 34 56 78"),
            (" 06 12.34.56.78 ", "06-12 34 56 78"),
            ("061234567", "061234567"),
            ("+31 6 12345678", "+31 6 12345678"),
            ("0485-845900", "0485-845900"),
        ] {
            assert_eq!(grouped(typed), shown, "{typed}");
        }
    }
}
