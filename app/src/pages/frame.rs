//! What stands around every screen, always in the same place: name, language, progress, notices, help
//! and footer. Not the screens themselves.

use super::calls::Call;
use super::visit::Visit;
use super::{birthdate, browser, code, done, identify, password};
use crate::policy::Rules;
use crate::site::{Language, Site};
use crate::step::Step;
use crate::text::{Explanation, Words, duration};
use crate::ui::prose::{all, group, line, link, section, subheading, text};
use crate::ui::{Look, Notice, button, progress, prose, summary};
use leptos::prelude::*;

/// The screens that a visit goes through.
const STEPS: u8 = 5;

/// The page. A change of language draws it anew: what is typed lives in the visit, so nothing is lost,
/// and no text needs machinery of its own to change.
pub(crate) fn frame(visit: Visit) -> AnyView {
    (move || {
        let language = visit.language.get();
        let words = language.words();
        let site = visit.site();
        let card = vec![
            (move || steps(visit.shown(), words)).into_any(),
            (move || expiring(visit, words)).into_any(),
            (move || offline(visit, words)).into_any(),
            (move || waits(visit, words)).into_any(),
            (move || visit.explanation().map_or_else(nothing, told)).into_any(),
            (move || screen(visit, visit.shown())).into_any(),
        ];
        view! {
            {skip(words)}
            <header class="top">
                <span class="brand">{site.organisation.name.clone()}</span>
                {languages(visit, site, language)}
            </header>
            <main id="main" tabindex="-1">{group("card", card)} {help(site, language)}</main>
            {footer(site, words)}
            <p class="unseen" role="status">{move || visit.said.get()}</p>
        }
        .into_any()
    })
    .into_any()
}

/// Leads past the head of the page. Once the program is there it leaves the address alone: a step back in
/// the history would follow from it.
fn skip(words: &Words) -> AnyView {
    let lead = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        browser::focus("main");
    };
    view! { <a class="skip" href="#main" on:click=lead>{words.skip}</a> }.into_any()
}

fn nothing() -> AnyView {
    all(vec![])
}

fn languages(visit: Visit, site: &Site, current: Language) -> AnyView {
    let others = site.organisation.languages.iter().copied().filter(|language| *language != current);
    let buttons: Vec<AnyView> = others
        .map(|language| {
            let choose = move |_| {
                visit.language.set(language);
                browser::remember_language(language);
                browser::focus_soon("language");
            };
            view! {
                <button class="button quiet" type="button" id="language" lang=language.tag() on:click=choose>
                    {language.own_name()}
                </button>
            }
            .into_any()
        })
        .collect();
    view! { <nav aria-label=current.words().language>{buttons}</nav> }.into_any()
}

fn steps(at: u8, words: &'static Words) -> AnyView {
    let says = match at {
        STEPS => words.step_done.to_owned(),
        _ => words.step_of.fill([&at.to_string(), &STEPS.to_string()]),
    };
    progress(at, STEPS, says)
}

fn told(explanation: Explanation) -> AnyView {
    let Explanation { title, why, list, todo, call, field } = explanation;
    summary(Notice { title, why, list, field, todo, call }, Callback::new(|id: String| browser::focus(&id)))
}

fn expiring(visit: Visit, words: &'static Words) -> AnyView {
    let seconds = visit.expiring.get();
    if seconds == 0 {
        return nothing();
    }
    let way = if visit.step.with_untracked(|step| matches!(step, Step::Password { .. })) {
        text("", words.expiring_fixed)
    } else {
        let extend = Callback::new(move |()| visit.submit(Call::Extend));
        button(words.expiring_extend, Look::Secondary, visit.busy.into(), Some(extend))
    };
    section("notice", vec![text("strong", &words.expiring.fill([&duration(seconds, words)])), way])
}

fn offline(visit: Visit, words: &'static Words) -> AnyView {
    if !visit.offline.get() {
        return nothing();
    }
    let retry = Callback::new(move |()| visit.retry());
    section(
        "notice",
        vec![
            text("strong", words.offline),
            text("", words.offline_retrying),
            button(words.offline_retry, Look::Secondary, Signal::stored(false), Some(retry)),
        ],
    )
}

/// What was sent before is still being done.
fn waits(visit: Visit, words: &Words) -> AnyView {
    if !visit.waits.get() {
        return nothing();
    }
    section("notice calm", vec![text("strong", words.still_busy)])
}

fn screen(visit: Visit, shown: u8) -> AnyView {
    // The number may be of an earlier screen than the step's, so the step only gives what it knows.
    match (visit.step.get(), shown) {
        (_, 1) | (Step::Identify {}, _) => identify::page(visit),
        (Step::Birthdate { .. }, _) | (Step::Code { .. }, 2) => birthdate::page(visit),
        (Step::Code { ways, way, .. }, _) => code::page(visit, &ways, way),
        (Step::Password { username, rules, personal, .. }, _) => {
            password::page(visit, username, &rules, personal)
        }
        (Step::Done { applications, everywhere, practice: _ }, _) => {
            done::page(visit, &applications, everywhere)
        }
    }
}

/// The two buttons under every question.
pub(crate) fn actions(visit: Visit, with_cancel: bool) -> AnyView {
    let words = visit.words();
    let mut buttons = vec![button(words.next, Look::Primary, visit.busy.into(), None)];
    if with_cancel {
        let cancel = Callback::new(move |()| visit.submit(Call::Cancel));
        buttons.push(button(words.cancel, Look::Secondary, Signal::stored(false), Some(cancel)));
    }
    group("actions", buttons)
}

/// The rules in words, for reading before there is anything to check.
pub(crate) fn rules(rules: &Rules, words: &Words) -> Vec<String> {
    let mut lines = vec![words.rule_length.fill([&rules.min_length.to_string()])];
    if rules.complexity {
        lines.push(words.rule_kinds.to_owned());
    }
    lines.push(words.rule_name.to_owned());
    if !rules.banned_words.is_empty() {
        lines.push(words.rule_word.fill([&rules.banned_words.join("», «")]));
    }
    lines.push(words.rule_strength.to_owned());
    lines.push(history(rules, words));
    lines
}

/// What the directory remembers, in words.
pub(crate) fn history(rules: &Rules, words: &Words) -> String {
    match rules.history {
        Some(n) => words.rule_history.fill([&n.to_string()]),
        None => words.rule_history_unknown.to_owned(),
    }
}

fn help(site: &Site, language: Language) -> AnyView {
    let words = language.words();
    let desk = &site.organisation.service_desk;
    let parts = vec![
        subheading(words.help),
        text("", &desk.name),
        line("", vec![link("phone", &["tel:", &desk.phone_link].concat(), &desk.phone)]),
        text("hint", desk.hours.in_language(language)),
    ];
    view! { <aside class="help" aria-label=words.help>{parts}</aside> }.into_any()
}

fn footer(site: &Site, words: &Words) -> AnyView {
    let mail = &site.organisation.service_desk.mail;
    let privacy = &site.organisation.links.privacy;
    let write = link("", &["mailto:", mail].concat(), mail);
    let mut parts = vec![line("", vec![prose::words(words.for_information), prose::words(" "), write])];
    if !privacy.is_empty() {
        parts.push(line("", vec![link("", privacy, words.privacy)]));
    }
    view! { <footer class="bottom">{parts}</footer> }.into_any()
}
