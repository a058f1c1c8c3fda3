//! The overview: which requirements for a reset are met, and the start of a practice run. The server evaluates the
//! requirements, except for the clock of this device.

use super::Submit;
use super::cards::Cards;
use super::flow::Request;
use super::points::{Point, PointStatus, is_ready};
use super::state::{EnrollmentState, Saved};
use crate::api::enrollment_state::{Overview, Readiness};
use crate::components::{Button, ButtonKind, DoneDrawing, HEADING, Keyed};
use leptos::prelude::*;

#[component]
pub(super) fn OverviewScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let texts = state.enrollment_messages();
    let points_left = Memo::new(move |_| points_left(state));
    let is_complete = Memo::new(move |_| points_left.get() == Some(0));
    let practice = Memo::new(move |_| practice_button(state, points_left.get()));
    let sign_out = move |()| {
        submit.dispatch(Request::Cancel);
    };
    let saved = move |saved: Option<Saved>| {
        // It is also announced, so it needs no alert role.
        saved.map(|saved| {
            view! { <section class="notice good"><p class="strong">{saved.message(texts)}</p></section> }
        })
    };
    let drawing = |is_complete: bool| is_complete.then(|| view! { <DoneDrawing /> });
    let practice_view = |kind: Option<ButtonKind>| kind.map(|kind| view! { <Practice kind /> });
    let summary = move |left: Option<usize>| {
        let text = match left? {
            0 => texts.ready_yes.to_owned(),
            1 => texts.ready_left_one.to_owned(),
            left => texts.ready_left.fill([&left.to_string()]),
        };
        Some(view! { <p class="lead">{text}</p> })
    };
    view! {
        <Keyed key=move || state.saved.get() view=saved />
        <Keyed key=move || is_complete.get() view=drawing />
        <h1 id=HEADING tabindex="-1">{texts.ready_heading}</h1>
        <Keyed key=move || points_left.get() view=summary />
        <Points />
        <Keyed key=move || practice.get() view=practice_view />
        <div class="actions">
            <Button kind=ButtonKind::Secondary on_press=sign_out>{texts.sign_out}</Button>
        </div>
    }
}

/// The number of requirements that are not met; tracked.
fn points_left(state: EnrollmentState) -> Option<usize> {
    let clock = usize::from(!state.clock_agrees.get());
    state.overview.with(|overview| {
        overview.as_ref().map(|overview| overview.points.iter().filter(|point| !point.ready).count() + clock)
    })
}

/// The kind of the practice button; `None` if a practice run is not possible. Tracked.
fn practice_button(state: EnrollmentState, points_left: Option<usize>) -> Option<ButtonKind> {
    let can_practise = state.overview.with(|overview| {
        overview.as_ref().is_some_and(|overview| {
            is_ready(overview, Readiness::Birthdate) && is_ready(overview, Readiness::App)
        })
    });
    let kind = if points_left == Some(0) { ButtonKind::Primary } else { ButtonKind::Secondary };
    can_practise.then_some(kind)
}

/// The requirements for a reset, each with its registered value and button. Account and clock are shown only if they
/// are not met, because they cannot be changed here.
#[component]
fn Points() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let account = move |overview: Option<Overview>| {
        overview.filter(|overview| !is_ready(overview, Readiness::Scope)).map(|_| {
            view! { <Point status=PointStatus::Open name=texts.scope><p>{state.call(&texts.scope_todo)}</p></Point> }
        })
    };
    let clock = move |agrees: bool| {
        (!agrees).then(
            || view! { <Point status=PointStatus::Open name=texts.clock><p>{texts.clock_todo}</p></Point> },
        )
    };
    view! {
        <ul class="points">
            <Keyed key=move || state.overview.get() view=account />
            <Cards />
            <Keyed key=move || state.clock_agrees.get() view=clock />
        </ul>
    }
}

#[component]
fn Practice(kind: ButtonKind) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let texts = state.enrollment_messages();
    let start_practice = move |()| {
        submit.dispatch(Request::Practice);
    };
    view! {
        <section class="practice">
            <Button kind busy=state.page.busy on_press=start_practice>{texts.practice}</Button>
            <p class="hint">{texts.practice_hint}</p>
        </section>
    }
}
