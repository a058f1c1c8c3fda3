//! What is registered, a card each: birthdate, number, app. A birthdate is never shown, a number only in
//! part.

use super::overview::{call, opens};
use super::session::{Call, Place, Session};
use crate::pages::calls::Calls as _;
use crate::pages::code::stores;
use crate::registration::{App, Known, Overview, Proposed, Source};
use crate::text::{day_in_words, duration};
use crate::ui::prose::{details, group, line, question, section, subheading, text};
use crate::ui::{Look, View, button, el, spoken};

pub(super) fn all(session: Session, overview: &Overview) -> View {
    let mut parts = vec![subheading(session.words().account)];
    if !overview.may_change {
        parts.push(section("notice", vec![text("strong", &call(session, &session.own().fixed))]));
    }
    parts.push(birthdate(session, overview));
    parts.push(mobile(session, overview));
    parts.push(app(session, overview));
    group("cards", parts)
}

/// The first thing that is to do stands out.
fn look_of(overview: &Overview, what: Place) -> Look {
    let next = if overview.birthdate.is_none() && !overview.birthdate_elsewhere {
        Place::Birthdate
    } else if overview.mobile.is_none() {
        Place::Mobile
    } else {
        Place::Activation
    };
    if what == next { Look::Strong } else { Look::Secondary }
}

fn card(name: &str, mut parts: Vec<View>) -> View {
    parts.insert(0, el("h3").text(name));
    section("registered", parts)
}

fn birthdate(session: Session, overview: &Overview) -> View {
    let (words, own) = (session.words(), session.own());
    let mut parts = match &overview.birthdate {
        None => vec![text("", own.empty)],
        Some(known) => {
            let mut parts = vec![since(session, known)];
            parts.push(text("hint", own.birthdate_unseen));
            parts.extend(waits(session, known));
            parts
        }
    };
    if overview.proposed_birthdate.is_some() {
        let says = own.proposed_birthdate.fill([&session.site().organisation.hr]);
        parts.push(proposal(session, &says, says.clone(), "birthdate", overview.may_change));
    }
    if overview.birthdate_elsewhere && overview.birthdate.is_none() {
        parts.push(text("", &call(session, &own.fixed)));
    }
    if overview.may_change && !overview.birthdate_elsewhere {
        let label = if overview.birthdate.is_some() { words.change_birthdate } else { own.birthdate_enter };
        parts.push(opens(session, label, look_of(overview, Place::Birthdate), Place::Birthdate));
    }
    card(words.birthdate_name, parts)
}

fn mobile(session: Session, overview: &Overview) -> View {
    let own = session.own();
    let mut parts = match &overview.mobile {
        None => vec![text("", own.empty)],
        Some(known) => {
            let mut parts = vec![line("number", vec![number(session, &known.masked)]), since(session, known)];
            if known.confirmed {
                parts.push(text("hint", own.confirmed));
            }
            parts.extend(waits(session, known));
            parts
        }
    };
    if let Some(Proposed { masked, .. }) = &overview.proposed_mobile {
        let hr = session.site().organisation.hr.as_str();
        let heard = own.proposed_mobile.fill([hr, &ending(session, masked)]);
        // A number breaks nowhere.
        let together = masked.replace(' ', "\u{a0}").replace('-', "\u{2011}");
        let seen = own.proposed_mobile.fill([hr, &together]);
        parts.push(proposal(session, &seen, heard, "mobile", overview.may_change));
    }
    if overview.confirming && overview.may_change {
        let waiting = vec![
            text("", own.confirm_waits),
            opens(session, own.confirm_go, Look::Secondary, Place::Confirm),
        ];
        parts.push(section("notice calm", waiting));
    }
    if overview.may_change {
        let label = if overview.mobile.is_some() { own.mobile_change } else { own.mobile_enter };
        parts.push(opens(session, label, look_of(overview, Place::Mobile), Place::Mobile));
    }
    card(own.mobile, parts)
}

/// A masked number: read out, its dots would be a row of «bullet».
fn number(session: Session, masked: &str) -> View {
    spoken(masked, &ending(session, masked))
}

fn ending(session: Session, masked: &str) -> String {
    let digits: String = masked.chars().filter(char::is_ascii_digit).collect();
    let last = digits.get(digits.len().saturating_sub(2)..).unwrap_or_default();
    session.own().number_ends.fill([last])
}

fn since(session: Session, known: &Known) -> View {
    let own = session.own();
    let source = match known.source {
        Source::Employee => own.from_you,
        Source::Hr => &session.site().organisation.hr,
        // Since when is not known of it.
        Source::Directory => return text("", own.from_directory),
    };
    text("", &own.known.fill([&day_in_words(&known.since, session.words()), source]))
}

fn waits(session: Session, known: &Known) -> Option<View> {
    let wait = || session.own().wait.fill([&duration(known.usable_in, session.words())]);
    (known.usable_in > 0).then(|| section("notice", vec![text("strong", &wait())]))
}

fn proposal(session: Session, seen: &str, heard: String, what: &'static str, may_change: bool) -> View {
    let own = session.own();
    let mut parts = vec![line("strong", vec![spoken(seen, &heard)])];
    if may_change {
        let answer = |label, yes| {
            let give = Box::new(move || session.submit(Call::Proposal(what, yes)));
            button(label, Look::Secondary, Some(session.busy), Some(give))
        };
        parts.push(group("actions", vec![answer(own.proposed_yes, true), answer(own.proposed_no, false)]));
    }
    question("notice calm", heard, parts)
}

fn app(session: Session, overview: &Overview) -> View {
    let own = session.own();
    let (says, way) = match session.app.get() {
        App::Active => (own.app_active.to_owned(), Some(own.app_again)),
        App::Locked => (call(session, &own.app_locked), None),
        App::Unknown => (call(session, &own.app_unknown), None),
        App::None => (own.app_none.to_owned(), Some(own.app_link)),
        App::Activating => (own.app_activating.to_owned(), Some(own.app_go_on)),
    };
    let look = look_of(overview, Place::Activation);
    let mut parts = vec![text("", &says)];
    match way {
        None => {}
        Some(_) if !overview.can_activate && session.app.get() == App::Active => {}
        Some(_) if !overview.can_activate => {
            parts.push(text("", &call(session, &own.app_by_hand)));
            parts.push(stores(session.site(), session.words(), session.phone.get()));
        }
        Some(_) if !overview.may_change => {}
        Some(_) if session.app.get() == App::Active => parts.push(another_phone(session)),
        Some(label) if session.activation.with(Option::is_some) => {
            parts.push(opens(session, label, look, Place::Activation));
        }
        Some(label) => {
            let begin = Box::new(move || session.submit(Call::Activate));
            parts.push(button(label, look, Some(session.busy), Some(begin)));
        }
    }
    card(own.app, parts)
}

/// Folded away: nearly nobody who comes here has another phone.
fn another_phone(session: Session) -> View {
    let own = session.own();
    let go = if session.activation.with(Option::is_some) {
        opens(session, own.app_go_on, Look::Secondary, Place::Activation)
    } else {
        let begin = Box::new(move || session.submit(Call::Activate));
        button(own.app_again, Look::Secondary, Some(session.busy), Some(begin))
    };
    let mut parts = vec![text("", own.app_other_link)];
    parts.extend(session.waiting(&own.change_wait).map(|waits| text("", &waits)));
    parts.push(go);
    details("another-phone", own.app_other, parts)
}
