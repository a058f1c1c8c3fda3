//! What stands around every screen, always in the same place: name, language, progress, notices, help
//! and footer. Not the screens themselves.

use super::browser;
use super::calls::Calls as _;
use super::page::Page;
use super::talk::Talk;
use crate::policy::Rules;
use crate::site::{Language, Site};
use crate::text::{Explanation, Words, duration};
use crate::ui::prose::{all, group, line, link, section, subheading, text};
use crate::ui::{Look, Notice, button, prose, summary};
use leptos::prelude::*;

/// The page. A change of language draws it anew: what is typed lives in the talk's state, so nothing is
/// lost, and no text needs machinery of its own to change.
pub(crate) fn frame<T: Talk>(talk: T) -> AnyView {
    (move || {
        let page = talk.page();
        let language = page.language.get();
        let words = language.words();
        let card = vec![
            (move || talk.progress()).into_any(),
            (move || expiring(talk, words)).into_any(),
            (move || offline(talk, words)).into_any(),
            (move || waits(page, words)).into_any(),
            (move || talk.explanation().map_or_else(nothing, told)).into_any(),
            (move || talk.screen()).into_any(),
        ];
        let said = view! { <p class="unseen" role="status">{move || page.said.get()}</p> };
        around(page.site(), language, languages(page, language), card, said.into_any())
    })
    .into_any()
}

/// What stands around the card.
pub(crate) fn around(
    site: &Site,
    language: Language,
    languages: Vec<AnyView>,
    card: Vec<AnyView>,
    said: AnyView,
) -> AnyView {
    let words = language.words();
    view! {
        {skip(words)}
        <header class="top">
            <span class="brand">{site.organisation.name.clone()}</span>
            <nav aria-label=words.language>{languages}</nav>
        </header>
        <main id="main" tabindex="-1">{group("card", card)} {help(site, language)}</main>
        {footer(site, words)}
        {said}
    }
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

fn languages(page: Page, current: Language) -> Vec<AnyView> {
    let others = page.site().organisation.languages.iter().copied().filter(|language| *language != current);
    others
        .map(|language| {
            let choose = move |_| {
                page.language.set(language);
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
        .collect()
}

fn told(explanation: Explanation) -> AnyView {
    let Explanation { title, why, list, todo, call, field } = explanation;
    summary(Notice { title, why, list, field, todo, call }, Callback::new(|id: String| browser::focus(&id)))
}

fn expiring<T: Talk>(talk: T, words: &'static Words) -> AnyView {
    let page = talk.page();
    let seconds = page.expiring.get();
    if seconds == 0 {
        return nothing();
    }
    let way = match talk.extension() {
        None => text("", words.expiring_fixed),
        Some(call) => {
            let extend = Callback::new(move |()| talk.submit(call.clone()));
            button(words.expiring_extend, Look::Secondary, page.busy.into(), Some(extend))
        }
    };
    section("notice", vec![text("strong", &words.expiring.fill([&duration(seconds, words)])), way])
}

fn offline<T: Talk>(talk: T, words: &'static Words) -> AnyView {
    if !talk.page().offline.get() {
        return nothing();
    }
    let retry = Callback::new(move |()| talk.retry());
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
fn waits(page: Page, words: &Words) -> AnyView {
    if !page.waits.get() {
        return nothing();
    }
    section("notice calm", vec![text("strong", words.still_busy)])
}

/// The buttons under every question: the way on, and the way out where there is one.
pub(crate) fn actions<T: Talk>(talk: T, on: &'static str, out: Option<T::Call>) -> AnyView {
    let page = talk.page();
    let mut buttons = vec![button(on, Look::Primary, page.busy.into(), None)];
    if let Some(call) = out {
        let cancel = Callback::new(move |()| talk.submit(call.clone()));
        buttons.push(button(page.words().cancel, Look::Secondary, Signal::stored(false), Some(cancel)));
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
