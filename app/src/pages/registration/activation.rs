//! Linking the app: a QR code to scan from this screen, or a link to open on this phone. Both can always
//! be reached; which comes first depends on the device. The page looks by itself whether it worked.

use super::session::Session;
use crate::pages::code::stores;
use crate::registration::Activation;
use crate::ui::prose::{all, details, group, heading, line, link, section, steps, text, words};
use crate::ui::{Look, View, button, done, qr};

pub(super) fn page(session: Session) -> View {
    if session.is_linked() {
        return linked(session);
    }
    let own = session.own();
    let Some(activation) = session.activation.get() else {
        return all(vec![heading(own.app_link), text("", own.unknown_todo), back(session, Look::Secondary)]);
    };
    let phone = session.phone.get();
    let on_phone = phone.is_some();
    let open = if on_phone { own.link_open } else { own.link_scan };
    let scan = qr(activation.qr.size, &activation.qr.path, own.link_qr);
    let here = line("", vec![link("button primary", &activation.link, own.link_here)]);
    let mut parts = vec![
        heading(own.app_link),
        steps(vec![
            all(vec![words(own.link_install), stores(session.site(), session.words(), phone)]),
            words(open),
            words(own.link_wait),
        ]),
    ];
    if on_phone {
        parts.extend([here, password(session, &activation)]);
        parts.push(details("other", own.link_by_scan, vec![scan]));
    } else {
        parts.extend([scan, password(session, &activation)]);
        parts.push(details("other", own.link_on_phone, vec![here]));
    }
    parts.push(text("hint waiting", own.link_waiting));
    parts.push(back(session, Look::Secondary));
    all(parts)
}

/// What the app may ask for.
fn password(session: Session, activation: &Activation) -> View {
    match &activation.password {
        None => all(vec![]),
        Some(password) => {
            section("secret", vec![text("", session.own().link_password), text("number", password)])
        }
    }
}

fn linked(session: Session) -> View {
    let own = session.own();
    all(vec![done(), heading(own.linked_heading), text("lead", own.linked), back(session, Look::Strong)])
}

fn back(session: Session, look: Look) -> View {
    let label = if look == Look::Strong { session.words().next } else { session.own().back };
    let leave = Box::new(move || session.leave());
    group("actions", vec![button(label, look, None, Some(leave))])
}
