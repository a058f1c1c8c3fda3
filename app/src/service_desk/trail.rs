//! Looks up a reference, and shows events in plain words with what to do about them.

use super::Submit;
use super::flow::Request;
use super::state::DeskState;
use super::typed_code;
use crate::api::refusal::Refusal;
use crate::api::service_desk_state::{DeskAction, Trail, TrailEvent, TrailKind, TrailReason};
use crate::components::{Button, ButtonKind, Form, Keyed, TextField};
use crate::domain::raw_input::RawInput;
use crate::i18n::{ServiceDeskMessages, iso_date_text, time_of_day};
use leptos::prelude::*;

/// What happened.
pub(super) fn event_text(event: &TrailEvent, texts: &'static ServiceDeskMessages) -> &'static str {
    match event.what {
        TrailKind::DeskActed => event.action.map_or(texts.administration, |action| acted_text(action, texts)),
        TrailKind::DeskFailed => {
            event.action.map_or(texts.administration, |action| failed_text(action, texts))
        }
        TrailKind::Started => texts.started,
        TrailKind::NotVerified => texts.event_not_verified,
        TrailKind::SignInRefused => texts.sign_in_refused,
        TrailKind::Verified => texts.event_verified,
        TrailKind::Waits => texts.waits,
        TrailKind::Unavailable => texts.unavailable,
        TrailKind::Refused => texts.refused,
        TrailKind::NotSet => texts.not_set,
        TrailKind::PasswordSet => texts.password_set,
        TrailKind::Unlocked => texts.unlocked,
        TrailKind::NotUnlocked => texts.not_unlocked,
        TrailKind::Unknown => texts.unknown,
        TrailKind::Practised => texts.practised,
        TrailKind::SignedIn => texts.event_signed_in,
        TrailKind::Registered => texts.registered,
        TrailKind::ActivationStarted => texts.activation_started,
        TrailKind::Activated => texts.activated,
        TrailKind::Frozen => texts.frozen,
        TrailKind::Unfrozen => texts.unfrozen,
        TrailKind::Cleared => texts.cleared,
        TrailKind::CallCode => texts.call_code_shown,
        TrailKind::CallerVerified => texts.caller_verified,
        TrailKind::StartCode => texts.start_code_shown,
        TrailKind::StartCodeUsed => texts.start_code_used,
        TrailKind::Administration => texts.administration,
    }
}

/// What an agent did for the account.
const fn acted_text(action: DeskAction, texts: &'static ServiceDeskMessages) -> &'static str {
    match action {
        DeskAction::Unlock => texts.desk_unlocked,
        DeskAction::Clear => texts.desk_cleared,
        DeskAction::Activate => texts.desk_activated,
        DeskAction::Freeze => texts.frozen,
        DeskAction::Unfreeze => texts.unfrozen,
    }
}

/// What an agent could not do for the account.
const fn failed_text(action: DeskAction, texts: &'static ServiceDeskMessages) -> &'static str {
    match action {
        DeskAction::Unlock => texts.desk_not_unlocked,
        DeskAction::Clear => texts.desk_not_cleared,
        DeskAction::Activate => texts.desk_not_activated,
        DeskAction::Freeze => texts.desk_not_frozen,
        DeskAction::Unfreeze => texts.desk_not_unfrozen,
    }
}

/// Why a person was not verified, and what to do.
pub(crate) const fn reason_text(reason: TrailReason, texts: &'static ServiceDeskMessages) -> &'static str {
    match reason {
        TrailReason::WrongDetails => texts.wrong_details,
        TrailReason::UnknownName => texts.unknown_name,
        TrailReason::Disabled => texts.disabled,
        TrailReason::Expired => texts.account_expired,
        TrailReason::Excluded => texts.excluded,
        TrailReason::NoBirthdate => texts.no_birthdate,
        TrailReason::NoMobile => texts.no_mobile,
        TrailReason::TooNew => texts.too_new,
        TrailReason::Frozen => texts.account_frozen,
        TrailReason::WrongPassword => texts.wrong_password,
        TrailReason::Other => texts.other_reason,
    }
}

/// A time in the Netherlands, «28 november 2026, 14:02 uur».
pub(super) fn moment(time: &str, state: DeskState) -> String {
    let day = time.split_once('T').map_or(time, |(day, _)| day);
    let day = iso_date_text(day, state.page.messages());
    state.texts().event_at.fill([&day, time_of_day(time)])
}

/// The form for a reference, and the result of the last look-up.
#[component]
pub(super) fn LookUp() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let texts = state.texts();
    let send = move || match state.reference.with_untracked(|typed| typed_code::reference(typed.expose())) {
        Ok(reference) => {
            submit.dispatch(Request::Trail(RawInput::new(reference)));
        }
        Err(reason) => state.refuse(Refusal::invalid("reference", reason)),
    };
    let result = |trail: Option<Trail>| trail.map(|trail| view! { <TrailResult trail /> });
    view! {
        <section class="part">
            <h2>{texts.look_up_heading}</h2>
            <Form on_submit=send>
                <TextField id="reference" label=texts.reference hint=texts.reference_hint autocomplete="off" width="code"
                    value=state.reference read_only=page.sending complete=typed_code::complete_reference />
                <div class="actions">
                    <Button kind=ButtonKind::SubmitSecondary busy=page.busy>{texts.look_up}</Button>
                </div>
            </Form>
            <Keyed key=move || state.trail.get() view=result />
        </section>
    }
}

#[component]
fn TrailResult(trail: Trail) -> impl IntoView {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let has_wrong_details = trail.events.iter().any(|event| event.why == Some(TrailReason::WrongDetails));
    let warning = has_wrong_details.then(|| view! { <p class="notice strong">{texts.details_secret}</p> });
    view! {
        <h3>{texts.trail.fill([&trail.reference])}</h3>
        {warning}
        <Events events=trail.events none=texts.no_trail />
    }
}

/// A list of events, or `none` if there are none.
#[component]
pub(super) fn Events(events: Vec<TrailEvent>, none: &'static str) -> impl IntoView {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    if events.is_empty() {
        return view! { <p>{none}</p> }.into_any();
    }
    let events: Vec<_> = events
        .into_iter()
        .map(|event| {
            let why = event.why.map(|why| view! { <p class="strong">{reason_text(why, texts)}</p> });
            let time = moment(&event.at, state);
            view! { <li><p class="hint">{time}</p><p>{event_text(&event, texts)}</p>{why}</li> }
        })
        .collect();
    view! { <ul class="events">{events}</ul> }.into_any()
}
