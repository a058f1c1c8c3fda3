//! The code from the app, asked where the app is active: a password alone may be somebody else's by now.

use super::session::{Call, Session};
use crate::code::Code;
use crate::pages::calls::Calls as _;
use crate::pages::frame::actions;
use crate::pages::talk::Talk as _;
use crate::refusal::Refusal;
use crate::typed::Typed;
use crate::ui::prose::{all, form, group, heading, text};
use crate::ui::{Field, View, phone};

pub(super) fn page(session: Session) -> View {
    let words = session.words();
    let send = move || with_code(session, Call::Code);
    all(vec![
        heading(words.code_heading),
        group("beside", vec![text("lead", words.code_from_app), phone()]),
        form(
            send,
            vec![
                field(session, words.code),
                text("secret", words.code_secret),
                actions(session, words.next, Some(Call::Cancel)),
            ],
        ),
    ])
}

/// The field for a code, from the app or from a message.
pub(super) fn field(session: Session, label: &'static str) -> View {
    Field {
        id: "code",
        label,
        hint: session.words().code_hint,
        autocomplete: "one-time-code",
        inputmode: "numeric",
        width: "code",
        value: session.code,
        error: session.error_at("code"),
        hidden: None,
        locked: session.sending,
        rules: String::new(),
        beneath: vec![],
    }
    .view()
}

/// Sends the code that is typed, if it can be one.
pub(super) fn with_code(session: Session, call: fn(Typed) -> Call) {
    match session.code.with_untracked(|typed| Code::parse_typed(typed.expose())) {
        Ok(code) => session.submit(call(Typed::new(code.expose()))),
        Err(error) => session.refuse_here(Refusal::invalid("code", error)),
    }
}
