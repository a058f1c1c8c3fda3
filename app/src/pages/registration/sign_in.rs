//! The first screen: who it is, with the password of now. Whether it is right is the directory's to say.

use super::session::{Call, Session};
use crate::pages::WIZARD;
use crate::pages::calls::Calls as _;
use crate::pages::frame::{self, actions};
use crate::pages::password::reveal;
use crate::pages::talk::Talk as _;
use crate::refusal::{Reason, Refusal};
use crate::ui::prose::{all, details, form, heading, line, link, link_beside, text, words_list};
use crate::ui::{Field, Signal, View};
use crate::username::Username;

pub(super) fn page(session: Session) -> View {
    let (words, own) = (session.words(), session.own());
    let desk = &session.site().organisation.service_desk;
    let hidden = Signal::new(true);
    let field = |id, label, hint, autocomplete, value, hidden| {
        let error = session.error_at(id);
        let (inputmode, width, beneath) = ("text", "wide", vec![]);
        Field {
            id,
            label,
            hint,
            autocomplete,
            inputmode,
            width,
            value,
            error,
            hidden,
            locked: session.sending,
            rules: String::new(),
            beneath,
        }
        .view()
    };
    let username = field("username", words.username, words.username_hint, "username", session.username, None);
    let password =
        field("password", own.current, own.current_hint, "current-password", session.password, hidden.into());
    let parts = vec![username, password, reveal(hidden, words), actions(session, words.next, None)];
    all(vec![
        heading(own.title),
        text("lead", own.intro),
        form(move || send(session), parts),
        // Seen only where nothing has taken this screen over after a while; the style sheet waits.
        text("slow", &words.slow.fill([&desk.name, &desk.phone])),
        privacy(session),
        line("", vec![link("", WIZARD, own.elsewhere_reset)]),
    ])
}

fn send(session: Session) {
    let (username, password) = (session.username.get_untracked(), session.password.get_untracked());
    match Username::parse(username.expose(), &session.site().organisation.domains) {
        Err(error) => session.refuse_here(Refusal::invalid("username", error)),
        Ok(_) if password.expose().is_empty() => {
            session.refuse_here(Refusal::invalid("password", Reason::Empty));
        }
        Ok(_) => session.submit(Call::SignIn(username, password)),
    }
}

/// What a person must be told before giving it (AVG, article 13).
fn privacy(session: Session) -> View {
    let (words, own) = (session.words(), session.own());
    let organisation = &session.site().organisation;
    let desk = &organisation.service_desk;
    let parts = vec![
        text("", own.privacy_why),
        words_list("", [own.privacy_birthdate, own.privacy_mobile]),
        text("", &own.privacy_kept.fill([&session.site().kept_days.to_string(), &organisation.name])),
        text("", &own.privacy_rights.fill([&desk.name, &desk.phone])),
        line(
            "",
            vec![link_beside(
                &frame::privacy(session.site(), session.language.get_untracked()),
                words.privacy,
            )],
        ),
    ];
    details("privacy", own.privacy, parts)
}
