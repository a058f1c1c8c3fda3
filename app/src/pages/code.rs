//! Screen 3: the code from the app. Whether it is right is for Entrust to say.

use super::calls::Calls as _;
use super::frame::actions;
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
use crate::ui::{Field, Look, View, button, el, live, phone, prose};

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
        beneath: vec![],
    };
    let mut parts = vec![heading(words.code_heading), group("beside", vec![text("lead", intro), phone()])];
    if ways.len() > 1 {
        parts.push(choice(visit, ways, way));
    }
    parts.push(form(
        send,
        vec![field.view(), text("secret", words.code_secret), actions(visit, words.next, Some(Call::Cancel))],
    ));
    if matches!(way, Way::Otp) {
        parts.push(resend(visit));
    }
    parts.push(no_code(visit));
    parts.push(recap(visit));
    all(parts)
}

fn choice(visit: Visit, ways: &[Way], chosen: Way) -> View {
    let words = visit.words();
    let mut options = vec![el("legend").text(words.code_ways)];
    options.extend(ways.iter().copied().map(|way| {
        let text = match way {
            Way::Token => words.code_way_app,
            Way::Otp => words.code_way_sent,
        };
        let mut radio = el("input").attr("type", "radio").attr("name", "way");
        if way == chosen {
            radio = radio.attr("checked", "");
        }
        let radio = radio.on("change", move |_| visit.submit(Call::Resend(Some(way))));
        el("label").class("option").with(vec![radio.with(vec![]), prose::words(text)])
    }));
    el("fieldset").with(options)
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

fn no_code(visit: Visit) -> View {
    let words = visit.words();
    let links = &visit.site().organisation.links;
    let mut registration = vec![prose::words(words.code_registration)];
    if !links.registration.is_empty() {
        registration.push(prose::words(" "));
        registration.push(link_beside(&links.registration, words.code_register));
    }
    details(
        "no-code",
        words.code_none,
        vec![
            text("", words.code_install),
            stores(visit.site(), words),
            text("", words.code_not_in_app),
            text("", words.code_refused),
            line("", registration),
        ],
    )
}

/// Where the app can be had.
pub(crate) fn stores(site: &Site, words: &Words) -> View {
    let links = &site.organisation.links;
    let stores = [(&links.play_store, words.code_play_store), (&links.app_store, words.code_app_store)]
        .into_iter()
        .filter(|(address, _)| !address.is_empty())
        .map(|(address, text)| link_beside(address, text))
        .collect();
    list("links", stores)
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
            visit.trouble.set(None);
            visit.looking_back.set(Some(2));
        }
    });
    parts.push(button(words.change_birthdate, Look::Quiet, Some(visit.busy), Some(change)));
    section("recap", parts)
}

fn pair(name: &str, value: &str) -> View {
    el("dl").with(vec![el("dt").text(name), el("dd").text(value)])
}
