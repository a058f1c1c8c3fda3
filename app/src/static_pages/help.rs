//! Help with the most common problems. Printed, it is one sheet for the wall of a ward, with a code to scan.

use crate::api::enrollment_state::Qr;
use crate::api::site::Site;
use crate::api::step::OtpMethod;
use crate::components::{HEADING, QrCode};
use crate::i18n::{Language, waiting};
use crate::paths;
use leptos::prelude::*;

/// Its name.
pub const fn title(language: Language) -> &'static str {
    language.static_pages().help_title
}

/// The page as HTML. `address` is that of the wizard, as people type it; `qr` is the same address as a code.
pub fn html(site: &Site, language: Language, address: &str, qr: Option<Qr>) -> String {
    let (words, own) = (language.words(), language.static_pages());
    let poster = poster(language, address, qr);
    let problems = problems(site, language).into_iter().map(|(question, answers)| {
        let answers: Vec<_> = answers.into_iter().map(|answer| view! { <p>{answer}</p> }).collect();
        view! { <section><h2>{question}</h2>{answers}</section> }
    });
    let problems: Vec<_> = problems.collect();
    let desk = &site.organisation.service_desk;
    let call = words.call.fill([&desk.name, &desk.phone]);
    let registration = super::registration_address(site);
    super::html(site, language, paths::HELP, move || {
        view! {
            <h1 id=HEADING class="screen-only" tabindex="-1">{own.help_title}</h1>
            {poster}
            <p class="lead screen-only">{own.help_lead}</p>
            <div class="problems">{problems}</div>
            <p class="strong screen-only">{call}</p>
            <div class="actions screen-only">
                <a class="button primary" href=paths::WIZARD>{own.not_found_reset}</a>
                <a class="button secondary" href=registration>{language.enrollment().title}</a>
            </div>
            <p class="screen-only">{own.help_other_tab}</p>
            <p class="hint screen-only">{own.help_print}</p>
        }
    })
}

/// What only the printed sheet shows: a code to scan, and what to have at hand.
fn poster(language: Language, address: &str, qr: Option<Qr>) -> impl IntoView + use<> {
    let (words, own) = (language.words(), language.static_pages());
    let code = qr.map(|qr| view! { <QrCode size=qr.size path=qr.path label=own.help_qr /> });
    let typed = own.help_type.fill([address]);
    view! {
        <section class="poster">
            {code}
            <div>
                <p class="poster-title">{own.help_scan}</p>
                <p>{typed}</p>
                <h2>{words.need}</h2>
                <ul>
                    <li>{words.need_username}</li>
                    <li>{words.need_birthdate}</li>
                    <li>{words.need_phone}</li>
                </ul>
            </div>
        </section>
    }
}

/// Questions and their answers, paragraph by paragraph.
fn problems(site: &Site, language: Language) -> [(&'static str, Vec<String>); 5] {
    let (words, own) = (language.words(), language.static_pages());
    let code = site.ways.iter().map(|way| match way {
        OtpMethod::Token => [own.help_code_app, " ", words.code_not_in_app].concat(),
        OtpMethod::Otp => own.help_code_sent.to_owned(),
    });
    let wait = waiting(site, words).map(|time| words.code_registration_wait.fill([&time]));
    let mut details = vec![[words.code_registration, " ", own.help_details].concat()];
    details.extend(wait);
    details.push(words.daily_limit.to_owned());
    let length = own.help_password.fill([&site.rules.min_length.to_string()]);
    [
        (own.help_username, vec![words.unknown_username.to_owned(), words.username_hint.to_owned()]),
        (own.help_code, code.chain([words.code_refused.to_owned()]).collect()),
        (own.help_not_verified, details),
        (own.help_refused, vec![length, words.password_tip.to_owned()]),
        (own.help_afterwards, vec![own.help_devices.to_owned(), words.done_unchecked.to_owned()]),
    ]
}
