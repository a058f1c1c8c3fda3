//! What is in order for a reset, what is left to do, and a practice run. The server decides what is in order, except for
//! the clock of this device.

use super::Submit;
use super::cards::Cards;
use super::flow::Request;
use super::screen::Place;
use super::state::{EnrollmentState, Saved};
use crate::api::enrollment_state::{self, Overview, Readiness};
use crate::components::{Button, ButtonKind, DoneDrawing, HEADING, Keyed};
use leptos::prelude::*;

#[component]
pub(super) fn OverviewScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let own = state.own_words();
    let points_left = Memo::new(move |_| points_left(state));
    let is_complete = Memo::new(move |_| points_left.get() == Some(0));
    let practice = Memo::new(move |_| practice_button(state, points_left.get()));
    let sign_out = move |()| {
        submit.dispatch(Request::Cancel);
    };
    let saved = move |saved: Option<Saved>| {
        // It is announced as well, so it is no alert.
        saved.map(|saved| {
            view! { <section class="notice good"><p class="strong">{saved.message(own)}</p></section> }
        })
    };
    let drawing = |is_complete: bool| is_complete.then(|| view! { <DoneDrawing /> });
    let practice_view = |kind: Option<ButtonKind>| kind.map(|kind| view! { <Practice kind /> });
    let verdict = move |left: Option<usize>| {
        let text = match left? {
            0 => own.ready_yes.to_owned(),
            1 => own.ready_left_one.to_owned(),
            left => own.ready_left.fill([&left.to_string()]),
        };
        Some(view! { <p class="lead">{text}</p> })
    };
    view! {
        <Keyed key=move || state.saved.get() view=saved />
        <Keyed key=move || is_complete.get() view=drawing />
        <h1 id=HEADING tabindex="-1">{own.ready_heading}</h1>
        <Keyed key=move || points_left.get() view=verdict />
        <Points />
        <Keyed key=move || practice.get() view=practice_view />
        <div class="actions">
            <Button kind=ButtonKind::Secondary on_press=sign_out>{own.sign_out}</Button>
        </div>
    }
}

/// The number of points that are not in order yet; tracked.
fn points_left(state: EnrollmentState) -> Option<usize> {
    let clock = usize::from(!state.clock_agrees.get());
    state.overview.with(|overview| {
        overview.as_ref().map(|overview| overview.points.iter().filter(|point| !point.ready).count() + clock)
    })
}

/// How prominent the practice run is, where it can be made; tracked.
fn practice_button(state: EnrollmentState, points_left: Option<usize>) -> Option<ButtonKind> {
    let can_practise = state.overview.with(|overview| {
        overview.as_ref().is_some_and(|overview| {
            is_ready(overview, Readiness::Birthdate) && is_ready(overview, Readiness::App)
        })
    });
    let kind = if points_left == Some(0) { ButtonKind::Primary } else { ButtonKind::Secondary };
    can_practise.then_some(kind)
}

/// Whether a point is in order.
pub(super) fn is_ready(overview: &Overview, point: Readiness) -> bool {
    overview.points.contains(&enrollment_state::Point { point, ready: true })
}

/// What must be in order for a reset: each with what is registered and its own button. Account and clock only where they
/// are in the way: nothing can be done about them here otherwise.
#[component]
fn Points() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let account = move |overview: Option<Overview>| {
        overview.filter(|overview| !is_ready(overview, Readiness::Scope)).map(|_| {
            view! { <Point mark=Mark::Open name=own.scope><p>{state.call(&own.scope_todo)}</p></Point> }
        })
    };
    let clock = move |agrees: bool| {
        (!agrees).then(|| view! { <Point mark=Mark::Open name=own.clock><p>{own.clock_todo}</p></Point> })
    };
    view! {
        <ul class="points">
            <Keyed key=move || state.overview.get() view=account />
            <Cards />
            <Keyed key=move || state.clock_agrees.get() view=clock />
        </ul>
    }
}

/// How a point stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Done,
    Open,
    /// Nothing to do but to wait.
    Waiting,
}

impl Mark {
    /// How a point stands that is `ready` or has to wait for some time.
    pub(super) const fn of(ready: bool, waits: bool) -> Self {
        match (ready, waits) {
            (true, _) => Self::Done,
            (false, true) => Self::Waiting,
            (false, false) => Self::Open,
        }
    }
}

/// A point: its name, how it stands, and below it what is registered and what can be done. The style sheet draws the
/// mark.
#[component]
pub(super) fn Point(mark: Mark, name: &'static str, children: Children) -> impl IntoView {
    let own = expect_context::<EnrollmentState>().own_words();
    let (attribute, word) = match mark {
        Mark::Done => ("met", own.point_done),
        Mark::Open => ("open", own.point_open),
        Mark::Waiting => ("wait", own.point_wait),
    };
    view! {
        <li data-check=attribute>
            <h2>{name}" "<span class="state">{word}</span></h2>
            {children()}
        </li>
    }
}

#[component]
fn Practice(kind: ButtonKind) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let own = state.own_words();
    let begin = move |()| {
        submit.dispatch(Request::Practice);
    };
    view! {
        <section class="practice">
            <Button kind busy=state.page.busy on_press=begin>{own.practice}</Button>
            <p class="hint">{own.practice_hint}</p>
        </section>
    }
}

/// A button that opens a screen.
#[component]
pub(super) fn OpenButton(label: &'static str, kind: ButtonKind, place: Place) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let busy = state.page.busy;
    let open = move |()| {
        if !busy.get_untracked() {
            state.open(place);
        }
    };
    view! { <Button kind busy on_press=open>{label}</Button> }
}
