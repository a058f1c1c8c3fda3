//! «Ben ik er klaar voor?»: what is in order, what is left to do, and a practice run. The server decides what is in
//! order, except for the clock of this device.

use super::Submit;
use super::cards::Cards;
use super::flow::Request;
use super::screen::Place;
use super::state::{EnrollmentState, Saved};
use crate::components::{Button, ButtonKind, DoneDrawing, HEADING, Keyed};
use crate::registration::{App, Known, Overview, Point, Readiness};
use crate::text::duration;
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
        <Cards />
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

fn is_ready(overview: &Overview, point: Readiness) -> bool {
    overview.points.contains(&Point { point, ready: true })
}

/// What must be in order for a reset, and what to do about what is not.
#[component]
fn Points() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let points = move |overview: Option<Overview>| {
        let overview = overview?;
        let points: Vec<_> = overview.points.iter().map(|point| point_of(state, &overview, *point)).collect();
        Some(points)
    };
    let clock = move |agrees: bool| {
        let todo = (!agrees).then(|| (own.point_open, own.clock_todo.to_owned()));
        view! { <PointLine name=own.clock todo /> }
    };
    view! {
        <ul class="points">
            <Keyed key=move || state.overview.get() view=points />
            <Keyed key=move || state.clock_agrees.get() view=clock />
        </ul>
    }
}

fn point_of(state: EnrollmentState, overview: &Overview, Point { point, ready }: Point) -> AnyView {
    let (words, own) = (state.page.words(), state.own_words());
    let name = match point {
        Readiness::Scope => own.scope,
        Readiness::Birthdate => words.birthdate_name,
        Readiness::Mobile => own.mobile,
        Readiness::App => own.app,
    };
    let todo = match point {
        _ if ready => None,
        Readiness::Scope => Some((own.point_open, state.call(&own.scope_todo))),
        Readiness::Birthdate => {
            let elsewhere = overview.birthdate_elsewhere.then(|| state.call(&own.fixed));
            let todo = elsewhere.as_deref().unwrap_or(own.birthdate_todo);
            Some(value_todo(state, overview.birthdate.as_ref(), todo))
        }
        Readiness::Mobile => Some(mobile_todo(state, overview)),
        Readiness::App => {
            let line = move |app| view! { <PointLine name todo=Some(app_todo(state, app)) /> };
            return view! { <Keyed key=move || state.app.get() view=line /> }.into_any();
        }
    };
    view! { <PointLine name todo /> }.into_any()
}

/// What is left to do for a value: only to wait, where it was changed recently.
fn value_todo(state: EnrollmentState, known: Option<&Known>, todo: &str) -> (&'static str, String) {
    let own = state.own_words();
    match known {
        Some(known) if known.usable_in > 0 => {
            (own.point_wait, own.wait.fill([&duration(known.usable_in, state.page.words())]))
        }
        Some(_) | None => (own.point_open, todo.to_owned()),
    }
}

fn mobile_todo(state: EnrollmentState, overview: &Overview) -> (&'static str, String) {
    let own = state.own_words();
    let known = overview.mobile.as_ref();
    if overview.confirming {
        (own.point_open, own.confirm_waits.to_owned())
    } else if known.is_some_and(|known| !known.confirmed) {
        value_todo(state, known, own.mobile_confirm_todo)
    } else {
        value_todo(state, known, own.mobile_todo)
    }
}

fn app_todo(state: EnrollmentState, app: App) -> (&'static str, String) {
    let own = state.own_words();
    match app {
        App::Active => (own.point_wait, state.waiting_time(&own.app_new).unwrap_or_default()),
        App::None | App::Activating => (own.point_open, own.app_todo.to_owned()),
        App::Locked => (own.point_open, state.call(&own.app_locked)),
        App::Unknown => (own.point_open, state.call(&own.app_unknown)),
    }
}

/// A line: what must be in order, and where it is not, its state in a word and what to do. The style sheet draws the
/// mark.
#[component]
fn PointLine(name: &'static str, todo: Option<(&'static str, String)>) -> impl IntoView {
    let own = expect_context::<EnrollmentState>().own_words();
    let (mark, word, todo) = match todo {
        None => ("met", own.point_done, None),
        Some((word, todo)) => ("open", word, Some(view! { <p>{todo}</p> })),
    };
    view! { <li data-check=mark><p><b>{name}</b>" "<span class="state">{word}</span></p>{todo}</li> }
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
