//! Screen 1: the user name. Its existence is not checked, because the result would reveal who works here.

use super::Submit;
use super::call::CallChoice;
use super::flow::Request;
use super::help::UnknownHelp;
use super::state::WizardState;
use crate::api::refusal::Refusal;
use crate::api::step::{OtpMethod, Purpose};
use crate::components::{Button, ButtonKind, Form, HEADING, Keyed, StartNotes, TextField};
use crate::domain::username::Username;
use crate::i18n::{Localised, Messages};
use crate::policy::Rules;
use leptos::prelude::*;

#[component]
pub(super) fn IdentifyScreen() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let language = page.language.get_untracked();
    let messages = language.messages();
    let site = page.site();
    let organisation = &site.organisation;
    let domains = organisation.domains.clone();
    let send = move || {
        let typed = state.username.get_untracked();
        match Username::parse(typed.expose(), &domains) {
            Ok(_) => {
                submit.dispatch(Request::Identify(typed, state.purpose.get_untracked()));
            }
            Err(error) => page.refuse(Refusal::invalid("username", error)),
        }
    };
    view! {
        <h1 id=HEADING tabindex="-1">{organisation.title.in_language(language).to_owned()}</h1>
        <Keyed key=move || state.purpose.get() view=|purpose| view! { <Lead purpose /> } />
        <Form on_submit=send>
            <TextField id="username" label=messages.username hint=messages.username_hint autocomplete="username"
                value=state.username read_only=page.sending />
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
            </div>
        </Form>
        {site.calls.then(|| view! { <CallChoice /> })}
        <StartNotes messages desk=&organisation.service_desk />
        <UnknownHelp page hint=messages.unknown_username />
        <Needed />
        <Show when=move || state.purpose.get() == Purpose::Reset>
            <Requirements />
        </Show>
    }
}

/// What this page does. The organisation's own texts are about a new password, which a call or a start code does not set.
#[component]
fn Lead(purpose: Purpose) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let language = state.page.language.get_untracked();
    let site = state.page.site();
    let text = |localised: &Localised| localised.in_language(language).to_owned();
    let (lead, more) = match purpose {
        Purpose::Reset => (text(&site.organisation.welcome), text(&site.organisation.introduction)),
        Purpose::Call => (language.messages().call_lead.to_owned(), String::new()),
        Purpose::NewApp => (language.activation().new_app_lead.to_owned(), String::new()),
    };
    view! {
        <p class="lead">{lead}</p>
        {(!more.is_empty()).then(|| view! { <p>{more}</p> })}
    }
}

/// The password requirements, for a reset.
#[component]
fn Requirements() -> impl IntoView {
    let page = expect_context::<WizardState>().page;
    let messages = page.messages();
    view! {
        <details id="rules">
            <summary>{messages.rules}</summary>
            <p>{messages.rules_intro}</p>
            {list(requirements(&page.site().rules, messages).into_iter())}
        </details>
    }
}

/// What the employee needs at hand. A start code replaces the phone that has the app.
#[component]
fn Needed() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let (messages, texts) = (state.page.messages(), state.activation_messages());
    // The phone is needed for the app; without it, a code is sent to the registered number.
    let phone = state.page.site().methods.contains(&OtpMethod::Token).then_some(messages.need_phone);
    let lines = move || {
        let others = match state.purpose.get() {
            Purpose::Reset | Purpose::Call => [phone, None],
            Purpose::NewApp => [Some(texts.need_start_code), Some(texts.need_new_phone)],
        };
        let needed = [messages.need_username, messages.need_birthdate].into_iter();
        list(needed.chain(others.into_iter().flatten()).map(str::to_owned))
    };
    view! { <section class="need"><h2>{messages.need}</h2>{lines}</section> }
}

fn list(lines: impl Iterator<Item = String>) -> impl IntoView {
    let lines: Vec<_> = lines.map(|line| view! { <li>{line}</li> }).collect();
    view! { <ul>{lines}</ul> }
}

/// The password rules as texts.
fn requirements(rules: &Rules, messages: &Messages) -> Vec<String> {
    let mut lines = vec![messages.rule_length.fill([&rules.min_length.to_string()])];
    if rules.complexity {
        lines.push(messages.rule_kinds.to_owned());
    }
    lines.push(messages.rule_name.to_owned());
    lines.extend(banned_words(rules, messages));
    lines.push(messages.rule_strength.to_owned());
    lines.push(history(rules, messages));
    lines
}

/// The rule about banned words; `None` if there are none.
pub(super) fn banned_words(rules: &Rules, messages: &Messages) -> Option<String> {
    match rules.banned_words.as_slice() {
        [] => None,
        [one] => Some(messages.rule_word.fill([one])),
        several => Some(messages.rule_several.fill([&several.join(", ")])),
    }
}

/// The rule about the directory's password history.
pub(super) fn history(rules: &Rules, messages: &Messages) -> String {
    match rules.history {
        Some(n) => messages.rule_history.fill([&n.to_string()]),
        None => messages.rule_history_unknown.to_owned(),
    }
}
