//! What stands around every screen, always in the same place: name, language, progress, notices, help
//! and footer. Not the screens themselves.

use super::visit::Visit;
use super::{birthdate, browser, code, done, identify, password};
use crate::policy::Rules;
use crate::site::{Language, Site};
use crate::step::Step;
use crate::text::{Words, duration};
use crate::ui::{Button, Look, Progress, Summary};
use leptos::prelude::*;

/// The screens that a visit goes through.
const STEPS: u8 = 5;

/// The page. A change of language draws it anew: what is typed lives in the visit, so nothing is lost,
/// and no text needs machinery of its own to change.
pub(crate) fn frame(visit: Visit) -> impl IntoView {
    move || {
        let language = visit.language.get();
        let words = language.words();
        let site = visit.site();
        view! {
            <a class="skip" href="#main">{words.skip}</a>
            <header class="top">
                <span class="brand">{site.organisation.name.clone()}</span>
                {languages(visit, site, language)}
            </header>
            <main id="main" tabindex="-1">
                <div class="card">
                    {move || progress(visit.shown(), words)}
                    {move || notices(visit, words)}
                    {move || screen(visit, visit.shown())}
                </div>
                {help(site, language)}
            </main>
            {footer(site, words)}
            <p class="unseen" role="status">{move || visit.said.get()}</p>
        }
        .into_any()
    }
}

fn languages(visit: Visit, site: &Site, current: Language) -> AnyView {
    let others = site.organisation.languages.iter().copied().filter(|language| *language != current);
    let buttons = others
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
        })
        .collect_view();
    view! { <nav aria-label=current.words().language>{buttons}</nav> }.into_any()
}

fn progress(at: u8, words: &'static Words) -> AnyView {
    let says = if at == STEPS {
        words.step_done.to_owned()
    } else {
        words.step_of.fill([&at.to_string(), &STEPS.to_string()])
    };
    view! { <Progress at=at of=STEPS says=says /> }.into_any()
}

/// Everything that may stand between progress and question, the most urgent last: nearest to the work.
fn notices(visit: Visit, words: &'static Words) -> AnyView {
    view! {
        {move || visit.expiring.get().map(|seconds| expiring(visit, seconds, words))}
        {move || visit.offline.get().then(|| offline(visit, words))}
        {move || {
            visit
                .explanation()
                .map(|e| {
                    let lead = Callback::new(|id: String| browser::focus(&id));
                    view! {
                        <Summary title=e.title why=e.why list=e.list field=e.field todo=e.todo call=e.call lead=lead />
                    }
                })
        }}
    }
    .into_any()
}

fn expiring(visit: Visit, seconds: u64, words: &'static Words) -> AnyView {
    let proven = visit.step.with_untracked(|step| matches!(step, Step::Password { .. }));
    let way = if proven {
        view! { <p>{words.expiring_fixed}</p> }.into_any()
    } else {
        let extend = Callback::new(move |()| visit.submit(super::visit::Call::Extend));
        view! { <Button label=words.expiring_extend look=Look::Secondary on_press=extend /> }.into_any()
    };
    view! {
        <section class="notice">
            <p><b>{words.expiring.fill([&duration(seconds, words)])}</b></p>
            {way}
        </section>
    }
    .into_any()
}

fn offline(visit: Visit, words: &'static Words) -> AnyView {
    let retry = Callback::new(move |()| visit.retry());
    view! {
        <section class="notice" role="status">
            <p><b>{words.offline}</b></p>
            <p>{words.offline_retrying}</p>
            <Button label=words.offline_retry look=Look::Secondary on_press=retry />
        </section>
    }
    .into_any()
}

fn screen(visit: Visit, shown: u8) -> AnyView {
    // The number may be of an earlier screen than the step's, so the step only gives what it knows.
    match (visit.step.get(), shown) {
        (_, 1) | (Step::Identify {}, _) => identify::page(visit),
        (Step::Birthdate { .. }, _) | (Step::Code { .. }, 2) => birthdate::page(visit),
        (Step::Code { ways, way, resend_after: _, username: _, expires_in: _ }, _) => {
            code::page(visit, &ways, way)
        }
        (Step::Password { rules, personal, expires_in: _ }, _) => password::page(visit, &rules, personal),
        (Step::Done { applications, everywhere }, _) => done::page(visit, applications, everywhere),
    }
}

/// The heading of a screen. It takes the focus when the screen appears, so a screen reader reads it.
pub(crate) fn heading(text: String) -> AnyView {
    view! { <h1 id="heading" tabindex="-1">{text}</h1> }.into_any()
}

/// The two buttons under every question.
pub(crate) fn actions(visit: Visit, with_cancel: bool) -> AnyView {
    let words = visit.words();
    let cancel = Callback::new(move |()| visit.submit(super::visit::Call::Cancel));
    view! {
        <div class="actions">
            <Button label=words.next look=Look::Primary busy=visit.busy />
            {with_cancel.then(|| view! { <Button label=words.cancel look=Look::Secondary on_press=cancel /> })}
        </div>
    }
    .into_any()
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
    let call = ["tel:", &desk.phone_link].concat();
    view! {
        <aside class="help" aria-labelledby="help">
            <h2 id="help">{words.help}</h2>
            <p>{desk.name.clone()}</p>
            <p><a class="phone" href=call>{desk.phone.clone()}</a></p>
            <p class="hint">{desk.hours.in_language(language).to_owned()}</p>
        </aside>
    }
    .into_any()
}

fn footer(site: &Site, words: &Words) -> AnyView {
    let mail = &site.organisation.service_desk.mail;
    let privacy = &site.organisation.links.privacy;
    view! {
        <footer class="bottom">
            <p>{words.for_information} " " <a href=["mailto:", mail].concat()>{mail.clone()}</a></p>
            {(!privacy.is_empty()).then(|| view! { <p><a href=privacy.clone()>{words.privacy}</a></p> })}
        </footer>
    }
    .into_any()
}
