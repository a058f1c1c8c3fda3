//! «Ben ik er klaar voor?»: what is in order, what is left to do, and a practice run. Not the judgement
//! of it: that is the server's, but for the clock of this device.

use super::cards;
use super::session::{Call, Place, Session};
use crate::pages::calls::Calls as _;
use crate::registration::{App, Known, Overview, Readiness};
use crate::text::{Holes, duration};
use crate::ui::prose::{all, bare_list, group, heading, section, text};
use crate::ui::{Look, button, done, point};
use leptos::prelude::*;

pub(super) fn page(session: Session) -> AnyView {
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
    let out = Callback::new(move |()| session.submit(Call::Cancel));
    parts.push(group(
        "actions",
        vec![button(own.sign_out, Look::Secondary, Signal::stored(false), Some(out))],
    ));
    all(parts)
}

/// What was just done. It is also spoken, so it is no alert.
fn saved(session: Session) -> AnyView {
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

fn points(session: Session, overview: &Overview, clock: bool) -> AnyView {
    let (words, own) = (session.words(), session.own());
    let says = (own.point_done, own.point_open);
    let mut lines: Vec<AnyView> = overview
        .points
        .iter()
        .map(|one| {
            let (name, todo) = match one.point {
                Readiness::Scope => (own.scope, call(session, &own.scope_todo)),
                Readiness::Birthdate => {
                    (words.birthdate_name, value_todo(session, overview.birthdate.as_ref(), own.birthdate_todo))
                }
                Readiness::Mobile => (own.mobile, mobile_todo(session, overview)),
                Readiness::App => (own.app, app_todo(session)),
            };
            point(name, one.ready, says, todo)
        })
        .collect();
    lines.push(point(own.clock, clock, says, own.clock_todo.to_owned()));
    bare_list("points", lines)
}

/// A sentence that says whom to call.
pub(super) fn call(session: Session, sentence: &Holes<2>) -> String {
    let desk = &session.site().organisation.service_desk;
    sentence.fill([&desk.name, &desk.phone])
}

fn value_todo(session: Session, known: Option<&Known>, todo: &str) -> String {
    match known {
        Some(known) if known.usable_in > 0 => {
            session.own().wait.fill([&duration(known.usable_in, session.words())])
        }
        Some(_) | None => todo.to_owned(),
    }
}

fn mobile_todo(session: Session, overview: &Overview) -> String {
    let own = session.own();
    let known = overview.mobile.as_ref();
    if overview.confirming {
        own.confirm_waits.to_owned()
    } else if known.is_some_and(|known| !known.confirmed) {
        value_todo(session, known, own.mobile_confirm_todo)
    } else {
        value_todo(session, known, own.mobile_todo)
    }
}

fn app_todo(session: Session) -> String {
    let own = session.own();
    match session.app.get() {
        App::Active => own.app_new.to_owned(),
        App::None | App::Activating => own.app_todo.to_owned(),
        App::Locked => call(session, &own.app_locked),
        App::Unknown => call(session, &own.app_unknown),
    }
}

fn practice(session: Session, all_ready: bool) -> AnyView {
    let own = session.own();
    let look = if all_ready { Look::Strong } else { Look::Secondary };
    let begin = Callback::new(move |()| session.submit(Call::Practice));
    section(
        "practice",
        vec![button(own.practice, look, session.busy.into(), Some(begin)), text("hint", own.practice_hint)],
    )
}

/// A button that opens a screen.
pub(super) fn opens(session: Session, label: &'static str, place: Place) -> AnyView {
    let open = Callback::new(move |()| session.open(place));
    button(label, Look::Secondary, session.busy.into(), Some(open))
}
