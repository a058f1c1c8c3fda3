//! Entering a birthdate, a number, and the code that was sent to it. Whether they can be is the server's
//! to say; a birthdate that is none is refused here already.

use super::code::{field as code_field, with_code};
use super::session::{Call, Session};
use crate::birthdate::Birthdate;
use crate::pages::birthdate::field as birthdate_field;
use crate::pages::calls::Calls as _;
use crate::pages::talk::Talk as _;
use crate::refusal::{Reason, Refusal};
use crate::registration::Overview;
use crate::typed::Typed;
use crate::ui::prose::{all, form, group, heading, text};
use crate::ui::{Field, Look, View, button};

pub(super) fn birthdate(session: Session) -> View {
    let own = session.own();
    let send = move || match session.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose()))
    {
        Ok(date) => session.submit(Call::Birthdate(Typed::new(date.expose_iso()))),
        Err(error) => session.refuse_here(Refusal::invalid("birthdate", error)),
    };
    let field = birthdate_field(session, session.birthdate);
    let mut parts = vec![heading(own.birthdate_heading)];
    if is_known(session, |overview| overview.birthdate.is_some()) {
        parts.push(changing(session, own.change_birthdate));
    }
    parts.push(form(send, vec![field, buttons(session, own.save)]));
    all(parts)
}

pub(super) fn mobile(session: Session) -> View {
    let own = session.own();
    let send = move || {
        let typed = session.mobile.get_untracked();
        if typed.expose().trim().is_empty() {
            session.refuse_here(Refusal::invalid("mobile", Reason::Empty));
        } else {
            session.submit(Call::Mobile(typed));
        }
    };
    let field = Field {
        id: "mobile",
        label: own.mobile,
        hint: own.mobile_hint,
        autocomplete: "tel",
        inputmode: "tel",
        width: "date",
        value: session.mobile,
        error: session.error_at("mobile"),
        hidden: None,
        locked: session.sending,
        rules: String::new(),
        beneath: vec![],
    };
    let mut parts = vec![heading(own.mobile_heading)];
    if is_known(session, |overview| overview.mobile.is_some()) {
        parts.push(changing(session, own.change_mobile));
    }
    parts.push(form(send, vec![field.view(), buttons(session, own.save)]));
    all(parts)
}

pub(super) fn confirm(session: Session) -> View {
    let (words, own) = (session.words(), session.own());
    let send = move || with_code(session, Call::Confirm);
    all(vec![
        heading(own.confirm_heading),
        text("lead", own.confirm_sent),
        form(
            send,
            vec![
                code_field(session, own.confirm_code),
                text("secret", words.code_secret),
                buttons(session, words.next),
            ],
        ),
        text("hint", own.confirm_none),
    ])
}

/// What a change means, and who is told of it.
fn changing(session: Session, told: &str) -> View {
    let waits = session.waiting(&session.own().change_wait);
    let sentences: Vec<&str> = waits.iter().map(String::as_str).chain([told]).collect();
    text("", &sentences.join(" "))
}

fn is_known(session: Session, known: fn(&Overview) -> bool) -> bool {
    session.overview.with_untracked(|overview| overview.as_ref().is_some_and(known))
}

/// The way on, and the way back to the overview; nothing is asked of the server for that.
fn buttons(session: Session, on: &'static str) -> View {
    let leave = Box::new(move || {
        if session.give_up() {
            session.leave();
        }
    });
    group(
        "actions",
        vec![
            button(on, Look::Primary, Some(session.busy), None),
            button(session.words().cancel, Look::Secondary, None, Some(leave)),
        ],
    )
}
