//! What stands around every screen, always in the same place: name, language, progress, notices, help
//! and footer. Not the screens themselves.

use super::browser;
use super::calls::Calls as _;
use super::page::Page;
use super::talk::Talk;
use crate::policy::Rules;
use crate::site::{Language, Site};
use crate::text::{Explanation, Words, duration};
use crate::ui::prose::{all, group, line, link, link_beside, section, subheading, text};
use crate::ui::{Look, Notice, View, button, el, live, live_text, nothing, prose, summary};

/// What is done with personal data, where the organisation has no notice of its own.
pub(crate) const PRIVACY: &str = "/privacy";

/// The page. A change of language draws it anew: what is typed lives in the talk's state, so nothing is
/// lost, and no text needs machinery of its own to change.
pub(crate) fn frame<T: Talk>(talk: T) -> View {
    live(move || {
        let page = talk.page();
        let language = page.language.get();
        let words = language.words();
        let card = vec![
            live(move || talk.progress()),
            live(move || expiring(talk, words)),
            live(move || offline(talk, words)),
            live(move || waits(page, words)),
            live(move || talk.explanation().map_or_else(nothing, told)),
            live(move || talk.screen()),
        ];
        let said = vec![live_text(move || page.said.get())];
        let said = el("p").class("unseen").attr("role", "status").with(said);
        around(page.site(), language, languages(page, language), card, said)
    })
}

/// What stands around the card.
pub(crate) fn around(
    site: &Site,
    language: Language,
    languages: Vec<View>,
    card: Vec<View>,
    said: View,
) -> View {
    let words = language.words();
    let name = el("span").class("brand").text(&site.organisation.name);
    let languages = el("nav").attr("aria-label", words.language).with(languages);
    let main = vec![group("card", card), help(site, language)];
    all(vec![
        skip(words),
        el("header").class("top").with(vec![name, languages]),
        el("main").attr("id", "main").attr("tabindex", "-1").with(main),
        footer(site, language),
        said,
    ])
}

/// Leads past the head of the page. Once the program is there it leaves the address alone: a step back in
/// the history would follow from it.
fn skip(words: &Words) -> View {
    let skip = el("a").class("skip").attr("href", "#main").on("click", |event| {
        event.prevent_default();
        browser::focus("main");
    });
    skip.text(words.skip)
}

fn languages(page: Page, current: Language) -> Vec<View> {
    let others = page.site().organisation.languages.iter().copied().filter(|language| *language != current);
    others
        .map(|language| {
            let choose = move |_| {
                page.language.set(language);
                browser::remember_language(language);
                browser::focus_soon("language");
            };
            let button = el("button").class("button quiet").attr("type", "button").attr("id", "language");
            button.attr("lang", language.tag()).on("click", choose).text(language.own_name())
        })
        .collect()
}

fn told(explanation: Explanation) -> View {
    let Explanation { title, why, list, todo, call, field } = explanation;
    summary(Notice { title, why, list, field, todo, call }, browser::focus)
}

fn expiring<T: Talk>(talk: T, words: &'static Words) -> View {
    let page = talk.page();
    let seconds = page.expiring.get();
    if seconds == 0 {
        return nothing();
    }
    let way = match talk.extension().filter(|_| !page.is_last.get()) {
        None => text("", words.expiring_fixed),
        Some(call) => {
            let extend = Box::new(move || talk.submit(call.clone()));
            button(words.expiring_extend, Look::Secondary, Some(page.busy), Some(extend))
        }
    };
    section("notice urgent", vec![text("strong", &words.expiring.fill([&duration(seconds, words)])), way])
}

fn offline<T: Talk>(talk: T, words: &'static Words) -> View {
    if !talk.page().offline.get() {
        return nothing();
    }
    let retry = Box::new(move || talk.retry());
    section(
        "notice urgent",
        vec![
            text("strong", words.offline),
            text("", words.offline_retrying),
            button(words.offline_retry, Look::Secondary, None, Some(retry)),
        ],
    )
}

/// What was sent before is still being done.
fn waits(page: Page, words: &Words) -> View {
    if !page.waits.get() {
        return nothing();
    }
    section("notice calm", vec![text("strong", words.still_busy)])
}

/// The buttons under every question: the way on, and the way out where there is one.
pub(crate) fn actions<T: Talk>(talk: T, on: &'static str, out: Option<T::Call>) -> View {
    let page = talk.page();
    let mut buttons = vec![button(on, Look::Primary, Some(page.busy), None)];
    if let Some(call) = out {
        let cancel = Box::new(move || talk.submit(call.clone()));
        buttons.push(button(page.words().cancel, Look::Secondary, None, Some(cancel)));
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
    lines.extend(banned(rules, words));
    lines.push(words.rule_strength.to_owned());
    lines.push(history(rules, words));
    lines
}

/// The words that may not be in it, in one line; none where there are none.
pub(crate) fn banned(rules: &Rules, words: &Words) -> Option<String> {
    match rules.banned_words.as_slice() {
        [] => None,
        [one] => Some(words.rule_word.fill([one])),
        several => Some(words.rule_several.fill([&several.join(", ")])),
    }
}

/// What the directory remembers, in words.
pub(crate) fn history(rules: &Rules, words: &Words) -> String {
    match rules.history {
        Some(n) => words.rule_history.fill([&n.to_string()]),
        None => words.rule_history_unknown.to_owned(),
    }
}

fn help(site: &Site, language: Language) -> View {
    let words = language.words();
    let desk = &site.organisation.service_desk;
    let parts = vec![
        subheading(words.help),
        text("", &desk.name),
        line("", vec![link("phone", &["tel:", &desk.phone_link].concat(), &desk.phone)]),
        text("hint", desk.hours.in_language(language)),
    ];
    el("aside").class("help").attr("aria-label", words.help).with(parts)
}

/// Where it says what is done with personal data.
pub(crate) fn privacy(site: &Site, language: Language) -> String {
    let own = &site.organisation.links.privacy;
    if own.is_empty() { [PRIVACY, "?language=", language.tag()].concat() } else { own.clone() }
}

fn footer(site: &Site, language: Language) -> View {
    let words = language.words();
    let mail = &site.organisation.service_desk.mail;
    let write = link("", &["mailto:", mail].concat(), mail);
    let parts = vec![
        line("", vec![prose::words(words.for_information), prose::words(" "), write]),
        line("", vec![link_beside(&privacy(site, language), words.privacy)]),
    ];
    el("footer").class("bottom").with(parts)
}
