//! «Ben ik er klaar voor?»: what is in order, what is left to do, and a practice run. Not the judgement
//! of it: that is the server's, but for the clock of this device.

use super::cards;
use super::session::{Call, Place, Session};
use crate::pages::calls::Calls as _;
use crate::registration::{App, Known, Overview, Point, Readiness};
use crate::text::{Holes, duration};
use crate::ui::prose::{all, bare_list, group, heading, section, text};
use crate::ui::{Look, View, button, done, point};

pub(super) fn page(session: Session) -> View {
    let own = session.own();
    let Some(overview) = session.overview.get() else { return heading(own.ready_heading) };
    let clock = session.clock.get();
    let left = overview.points.iter().filter(|point| !point.ready).count() + usize::from(!clock);
    let mut parts = vec![saved(session)];
    if left == 0 {
        parts.push(done());
    }
    parts.push(heading(own.ready_heading));
    parts.push(text("lead", &verdict(session, left)));
    parts.push(points(session, &overview, clock));
    if is_ready(&overview, Readiness::Birthdate) && is_ready(&overview, Readiness::App) {
        parts.push(practice(session, left == 0));
    }
    parts.push(cards::all(session, &overview));
    let out = Box::new(move || session.submit(Call::Cancel));
    parts.push(group("actions", vec![button(own.sign_out, Look::Secondary, None, Some(out))]));
    all(parts)
}

/// What was just done. It is also spoken, so it is no alert.
fn saved(session: Session) -> View {
    match session.saved.get() {
        Some(saved) => section("notice good", vec![text("strong", saved.says(session.own()))]),
        None => all(vec![]),
    }
}

fn verdict(session: Session, left: usize) -> String {
    let own = session.own();
    match left {
        0 => own.ready_yes.to_owned(),
        1 => own.ready_left_one.to_owned(),
        left => own.ready_left.fill([&left.to_string()]),
    }
}

fn is_ready(overview: &Overview, what: Readiness) -> bool {
    overview.points.iter().any(|point| point.point == what && point.ready)
}

fn points(session: Session, overview: &Overview, clock: bool) -> View {
    let (words, own) = (session.words(), session.own());
    let one = |name, ready, (word, todo): (&'static str, String)| {
        if ready { point(name, own.point_done, None) } else { point(name, word, Some(todo)) }
    };
    let mut lines: Vec<View> = overview
        .points
        .iter()
        .map(|Point { point, ready }| match point {
            Readiness::Scope => one(own.scope, *ready, (own.point_open, call(session, &own.scope_todo))),
            Readiness::Birthdate => {
                let elsewhere = overview.birthdate_elsewhere.then(|| call(session, &own.fixed));
                let todo = elsewhere.as_deref().unwrap_or(own.birthdate_todo);
                one(words.birthdate_name, *ready, value_todo(session, overview.birthdate.as_ref(), todo))
            }
            Readiness::Mobile => one(own.mobile, *ready, mobile_todo(session, overview)),
            Readiness::App => one(own.app, *ready, app_todo(session)),
        })
        .collect();
    lines.push(one(own.clock, clock, (own.point_open, own.clock_todo.to_owned())));
    bare_list("points", lines)
}

/// A sentence that says whom to call.
pub(super) fn call(session: Session, sentence: &Holes<2>) -> String {
    let desk = &session.site().organisation.service_desk;
    sentence.fill([&desk.name, &desk.phone])
}

/// What is left to do for a value: nothing but waiting, where it was changed.
fn value_todo(session: Session, known: Option<&Known>, todo: &str) -> (&'static str, String) {
    let own = session.own();
    match known {
        Some(known) if known.usable_in > 0 => {
            (own.point_wait, own.wait.fill([&duration(known.usable_in, session.words())]))
        }
        Some(_) | None => (own.point_open, todo.to_owned()),
    }
}

fn mobile_todo(session: Session, overview: &Overview) -> (&'static str, String) {
    let own = session.own();
    let known = overview.mobile.as_ref();
    if overview.confirming {
        (own.point_open, own.confirm_waits.to_owned())
    } else if known.is_some_and(|known| !known.confirmed) {
        value_todo(session, known, own.mobile_confirm_todo)
    } else {
        value_todo(session, known, own.mobile_todo)
    }
}

fn app_todo(session: Session) -> (&'static str, String) {
    let own = session.own();
    match session.app.get() {
        App::Active => (own.point_wait, session.waiting(&own.app_new).unwrap_or_default()),
        App::None | App::Activating => (own.point_open, own.app_todo.to_owned()),
        App::Locked => (own.point_open, call(session, &own.app_locked)),
        App::Unknown => (own.point_open, call(session, &own.app_unknown)),
    }
}

fn practice(session: Session, all_ready: bool) -> View {
    let own = session.own();
    let look = if all_ready { Look::Strong } else { Look::Secondary };
    let begin = Box::new(move || session.submit(Call::Practice));
    section(
        "practice",
        vec![button(own.practice, look, Some(session.busy), Some(begin)), text("hint", own.practice_hint)],
    )
}

/// A button that opens a screen.
pub(super) fn opens(session: Session, label: &'static str, look: Look, place: Place) -> View {
    let open = Box::new(move || session.open(place));
    button(label, look, Some(session.busy), Some(open))
}
