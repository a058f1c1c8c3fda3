//! Screen 3: the code from the app. Whether it is right is for Entrust to say.

use super::browser::Phone;
use super::calls::Calls as _;
use super::frame::actions;
use super::help::registering;
use super::talk::Talk as _;
use super::visit::{Call, Visit};
use crate::birthdate::Birthdate;
use crate::code::Code;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::step::Way;
use crate::text::{Words, days_in_words, duration};
use crate::typed::Typed;
use crate::ui::prose::{
    all, details, form, group, heading, line, link_beside, list, section, subheading, text,
};
use crate::ui::{Field, Look, View, button, el, live, phone};

/// The code that leads a phone's camera to the app's place in its store; drawn by the server.
const STORE: &str = "/app.svg";

pub(crate) fn page(visit: Visit, ways: &[Way], way: Way) -> View {
    let words = visit.words();
    let send = move || {
        let parsed = visit.code.with_untracked(|typed| Code::parse_typed(typed.expose()));
        match parsed {
            Ok(code) => visit.submit(Call::Code(Typed::new(code.expose()))),
            Err(error) => visit.refuse(Refusal::invalid("code", error)),
        }
    };
    let intro = match way {
        Way::Token => words.code_from_app,
        Way::Otp => words.code_sent,
    };
    let field = Field {
        id: "code",
        label: words.code,
        hint: words.code_hint,
        autocomplete: "one-time-code",
        inputmode: "numeric",
        width: "code",
        value: visit.code,
        error: visit.error_at("code"),
        hidden: None,
        locked: visit.sending,
        rules: String::new(),
        beneath: vec![],
    };
    let mut parts = vec![heading(words.code_heading), group("beside", vec![text("lead", intro), phone()])];
    parts.push(form(
        send,
        vec![field.view(), text("secret", words.code_secret), actions(visit, words.next, Some(Call::Cancel))],
    ));
    if matches!(way, Way::Otp) {
        parts.push(resend(visit));
    }
    parts.extend(ways.iter().filter(|other| **other != way).map(|other| another_way(visit, *other)));
    parts.push(no_code(visit, ways));
    parts.push(recap(visit));
    all(parts)
}

/// A button, not a choice between two: that would send at the first arrow key (WCAG 3.2.2).
fn another_way(visit: Visit, way: Way) -> View {
    let words = visit.words();
    let text = match way {
        Way::Token => words.code_way_app,
        Way::Otp => words.code_way_sent,
    };
    let turn = Box::new(move || visit.submit(Call::Resend(Some(way))));
    line("", vec![button(text, Look::Quiet, Some(visit.busy), Some(turn))])
}

fn resend(visit: Visit) -> View {
    let words = visit.words();
    live(move || match visit.resend_in.get() {
        0 => {
            let again = Box::new(move || visit.submit(Call::Resend(None)));
            button(words.code_resend, Look::Quiet, Some(visit.busy), Some(again))
        }
        seconds => text("hint", &words.code_resend_wait.fill([&duration(seconds, words)])),
    })
}

fn no_code(visit: Visit, ways: &[Way]) -> View {
    let words = visit.words();
    let mut parts = vec![];
    if ways.contains(&Way::Token) {
        parts.push(stores(visit.site(), words, visit.phone.get()));
        parts.push(text("", words.code_not_in_app));
        parts.push(text("", words.code_refused));
    }
    parts.push(registering(visit.site(), words));
    details("no-code", words.code_none, parts)
}

/// Where the app can be had: on a phone in the store of its system, on a desktop by a code to scan with the phone.
pub(crate) fn stores(site: &Site, words: &Words, phone: Option<Phone>) -> View {
    let links = &site.organisation.links;
    let stores = [
        (&links.play_store, words.code_play_store, Phone::Apple),
        (&links.app_store, words.code_app_store, Phone::Android),
    ];
    let stores = stores
        .into_iter()
        .filter(|(address, _, not_on)| !address.is_empty() && phone != Some(*not_on))
        .map(|(address, text, _)| link_beside(address, text))
        .collect();
    let install = text("", if phone.is_some() { words.code_install } else { words.code_scan });
    let mut parts = vec![install];
    if phone.is_none() {
        let code = el("img").class("store").attr("src", STORE).attr("alt", words.code_qr);
        parts.push(code.attr("width", "180").attr("height", "180").attr("loading", "lazy").with(vec![]));
    }
    parts.push(list("links", stores));
    all(parts)
}

fn recap(visit: Visit) -> View {
    let words = visit.words();
    let mut parts = vec![
        subheading(words.account),
        visit.username.with_untracked(|typed| pair(words.username, typed.expose())),
    ];
    // After a reload the birthdate is not here any more: it is kept nowhere in the browser.
    let birthdate = visit.birthdate.with_untracked(|typed| Birthdate::parse_typed(typed.expose()));
    if let Ok(date) = birthdate {
        parts.push(pair(words.birthdate_name, &days_in_words(&date, words)));
    }
    let change = Box::new(move || {
        if !visit.busy.get_untracked() {
            visit.look_back();
        }
    });
    parts.push(button(words.change_birthdate, Look::Quiet, Some(visit.busy), Some(change)));
    section("recap", parts)
}

fn pair(name: &str, value: &str) -> View {
    el("dl").with(vec![el("dt").text(name), el("dd").text(value)])
}
