//! The help page with the most common problems. Printed, it is a one-page poster with a QR code.

use crate::api::enrollment_state::Qr;
use crate::api::site::Site;
use crate::api::step::OtpMethod;
use crate::components::{HEADING, QrCode};
use crate::i18n::{Language, waiting_time_text};
use crate::paths;
use leptos::prelude::*;

/// The page's title.
pub const fn title(language: Language) -> &'static str {
    language.static_pages().help_title
}

/// Renders the page as HTML. `address` is the wizard's URL as users type it, `qr` the same URL as a QR code.
pub fn html(site: &Site, language: Language, address: &str, qr: Option<Qr>) -> String {
    let (messages, texts) = (language.messages(), language.static_pages());
    let poster = poster(language, address, qr);
    let problems = problems(site, language).into_iter().map(|(question, answers)| {
        let answers: Vec<_> = answers.into_iter().map(|answer| view! { <p>{answer}</p> }).collect();
        view! { <section><h2>{question}</h2>{answers}</section> }
    });
    let problems: Vec<_> = problems.collect();
    let desk = &site.organisation.service_desk;
    let call = messages.call.fill([&desk.name, &desk.phone]);
    let registration = super::registration_address(site);
    super::html(site, language, paths::HELP, move || {
        view! {
            <h1 id=HEADING class="screen-only" tabindex="-1">{texts.help_title}</h1>
            {poster}
            <p class="lead screen-only">{texts.help_lead}</p>
            <div class="problems">{problems}</div>
            <p class="strong screen-only">{call}</p>
            <div class="actions screen-only">
                <a class="button primary" href=paths::WIZARD>{texts.not_found_reset}</a>
                <a class="button secondary" href=registration>{language.enrollment().title}</a>
            </div>
            <p class="screen-only">{texts.help_other_tab}</p>
            <p class="hint screen-only">{texts.help_print}</p>
        }
    })
}

/// The part for print only: a code to scan, and a list of what the user needs.
fn poster(language: Language, address: &str, qr: Option<Qr>) -> impl IntoView + use<> {
    let (messages, texts) = (language.messages(), language.static_pages());
    let code = qr.map(|qr| view! { <QrCode size=qr.size path=qr.path label=texts.help_qr /> });
    let typed = texts.help_type.fill([address]);
    view! {
        <section class="poster">
            {code}
            <div>
                <p class="poster-title">{texts.help_scan}</p>
                <p>{typed}</p>
                <h2>{messages.need}</h2>
                <ul>
                    <li>{messages.need_username}</li>
                    <li>{messages.need_birthdate}</li>
                    <li>{messages.need_phone}</li>
                </ul>
            </div>
        </section>
    }
}

/// The questions with the paragraphs of their answers.
fn problems(site: &Site, language: Language) -> [(&'static str, Vec<String>); 5] {
    let (messages, texts) = (language.messages(), language.static_pages());
    let code = site.methods.iter().map(|method| match method {
        OtpMethod::Token => [texts.help_code_app, " ", messages.code_not_in_app].concat(),
        OtpMethod::Otp => texts.help_code_sent.to_owned(),
    });
    let wait = waiting_time_text(site, messages).map(|time| messages.code_registration_wait.fill([&time]));
    let mut details = vec![[messages.code_registration, " ", texts.help_details].concat()];
    details.extend(wait);
    details.push(messages.daily_limit.to_owned());
    let desk = &site.organisation.service_desk;
    let mut code: Vec<_> = code.chain([messages.code_refused.to_owned()]).collect();
    if site.methods.contains(&OtpMethod::Token) {
        code.push(messages.phone_lost.fill([&desk.name, &desk.phone]));
    }
    let length = texts.help_password.fill([&site.rules.min_length.to_string()]);
    [
        (texts.help_username, vec![messages.unknown_username.to_owned(), messages.username_hint.to_owned()]),
        (texts.help_code, code),
        (texts.help_not_verified, details),
        (texts.help_refused, vec![length, messages.password_tip.to_owned()]),
        (texts.help_afterwards, vec![texts.help_devices.to_owned(), messages.done_unchecked.to_owned()]),
    ]
}
