//! Screen 1: the user name. Whether anyone has it is not checked here: that would tell a stranger who works here.

use super::Submit;
use super::flow::Request;
use super::help::UnknownHelp;
use super::state::WizardState;
use crate::api::refusal::Refusal;
use crate::api::step::OtpMethod;
use crate::components::{Button, ButtonKind, Form, HEADING, TextField};
use crate::domain::username::Username;
use crate::i18n::Messages;
use crate::policy::Rules;
use leptos::prelude::*;

#[component]
pub(super) fn IdentifyScreen() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let language = page.language.get_untracked();
    let words = language.words();
    let site = page.site();
    let organisation = &site.organisation;
    let text = |localised: &crate::i18n::Localised| localised.in_language(language).to_owned();
    let desk = &organisation.service_desk;
    let slow = words.slow.fill([&desk.name, &desk.phone]);
    // Without the app, a code is sent to the registered number.
    let phone = site.ways.contains(&OtpMethod::Token).then_some(words.need_phone);
    let needed = [words.need_username, words.need_birthdate].into_iter().chain(phone).map(str::to_owned);
    let domains = organisation.domains.clone();
    let send = move || {
        let typed = state.username.get_untracked();
        match Username::parse(typed.expose(), &domains) {
            Ok(_) => {
                submit.dispatch(Request::Identify(typed));
            }
            Err(error) => page.refuse(Refusal::invalid("username", error)),
        }
    };
    view! {
        <h1 id=HEADING tabindex="-1">{text(&organisation.title)}</h1>
        <p class="lead">{text(&organisation.welcome)}</p>
        <p>{text(&organisation.introduction)}</p>
        <Form on_submit=send>
            <TextField id="username" label=words.username hint=words.username_hint autocomplete="username"
                value=state.username locked=page.sending />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{words.next}</Button>
            </div>
        </Form>
        // The style sheet shows it only if no program has taken this screen over after a while.
        <p class="slow">{slow}</p>
        <UnknownHelp page hint=words.unknown_username />
        <section class="need"><h2>{words.need}</h2>{list(needed)}</section>
        <details id="rules">
            <summary>{words.rules}</summary>
            <p>{words.rules_intro}</p>
            {list(requirements(&site.rules, words).into_iter())}
        </details>
    }
}

fn list(lines: impl Iterator<Item = String>) -> impl IntoView {
    let lines: Vec<_> = lines.map(|line| view! { <li>{line}</li> }).collect();
    view! { <ul>{lines}</ul> }
}

/// The rules in words, to be read before there is anything to check.
fn requirements(rules: &Rules, words: &Messages) -> Vec<String> {
    let mut lines = vec![words.rule_length.fill([&rules.min_length.to_string()])];
    if rules.complexity {
        lines.push(words.rule_kinds.to_owned());
    }
    lines.push(words.rule_name.to_owned());
    lines.extend(banned_words(rules, words));
    lines.push(words.rule_strength.to_owned());
    lines.push(history(rules, words));
    lines
}

/// The banned words in one line; `None` if there are none.
pub(super) fn banned_words(rules: &Rules, words: &Messages) -> Option<String> {
    match rules.banned_words.as_slice() {
        [] => None,
        [one] => Some(words.rule_word.fill([one])),
        several => Some(words.rule_several.fill([&several.join(", ")])),
    }
}

/// What the directory's password history means, in words.
pub(super) fn history(rules: &Rules, words: &Messages) -> String {
    match rules.history {
        Some(n) => words.rule_history.fill([&n.to_string()]),
        None => words.rule_history_unknown.to_owned(),
    }
}
