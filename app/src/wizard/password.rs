//! Screen 4: the new password, evaluated while it is typed. The server evaluates it again.

use super::Submit;
use super::checks::{Checks, Requirement};
use super::flow::Request;
use super::identify::{banned_words, history};
use super::passphrase::Suggestion;
use super::state::WizardState;
use super::strength::WorkerState;
use crate::api::refusal::{Reason, Refusal};
use crate::client::{Problem, browser};
use crate::components::{
    Button, ButtonKind, Check, CheckItem, Form, HEADING, Meter, PasswordField, RevealButton,
};
use crate::i18n::{Messages, warning};
use crate::policy::{Personal, Rules};
use leptos::prelude::*;

#[component]
pub(super) fn PasswordScreen(
    username: String,
    rules: Rules,
    personal: Personal,
    /// Whether the account is locked and can be unlocked without a new password.
    unlock: bool,
) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let messages = page.messages();
    let checks = Checks::new(state, rules.clone(), personal);
    let masked = RwSignal::new(true);
    keep_meter_in_view(state);
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    let password_rules = rules.password_rules_attribute();
    let is_repeat_rejected =
        move || state.is_rejected.get() && state.repeat.with(|repeat| !repeat.expose().is_empty());
    let repeated =
        Check::Live { is_met: checks.is_repeated().into(), is_rejected: Signal::derive(is_repeat_rejected) };
    view! {
        <h1 id=HEADING tabindex="-1">{messages.password_heading}</h1>
        {unlock.then(|| view! { <UnlockOffer /> })}
        <p class="lead">{messages.password_tip}</p>
        <Suggestion checks masked />
        <Form on_submit=move || send(state, submit, checks)>
            // Password managers save the new password for this user name.
            <input class="unseen" name="username" autocomplete="username" tabindex="-1" aria-hidden="true"
                readonly value=username />
            <PasswordField page id="password" label=messages.password autocomplete="new-password"
                value=state.password masked password_rules=password_rules.clone()>
                <RevealButton masked messages />
                <StrengthMeter checks />
            </PasswordField>
            <PasswordField page id="repeat" label=messages.password_repeat autocomplete="new-password"
                value=state.repeat masked password_rules>
                <ul class="checks">
                    <ChecklistItem check=repeated messages text=messages.rule_repeat />
                </ul>
            </PasswordField>
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{messages.cancel}</Button>
            </div>
        </Form>
        // Last, because the line under the meter shows the next requirement, also above a phone's keyboard.
        <Checklist checks rules />
        <p class="hint">{messages.password_security}</p>
    }
}

fn send(state: WizardState, submit: Submit, checks: Checks) {
    let page = state.page;
    let password = state.password.get_untracked();
    let violations = checks.current_violations();
    if password.expose().is_empty() {
        page.refuse(Refusal::invalid("password", Reason::Empty));
    } else if !violations.is_empty() {
        state.is_rejected.set(true);
        page.refuse(Refusal::WeakPassword { violations });
    } else if state.repeat.with_untracked(|repeat| *repeat != password) {
        page.report(Problem::PasswordMismatch);
    } else {
        submit.dispatch(Request::Password(password));
    }
}

/// Matches only if a phone's keyboard covers part of the page. The style sheet uses the same limit.
const KEYBOARD_OPEN_QUERY: &str = "(max-height: 480px)";

/// Keeps the next requirement visible above a phone's keyboard, which appears after the field was tapped.
fn keep_meter_in_view(state: WizardState) {
    let scroll = || {
        if browser::matches_media(KEYBOARD_OPEN_QUERY)
            && browser::is_focused("password")
            && let Some(meter) = browser::query_selector(".meter")
        {
            browser::scroll_into_view(&meter);
        }
    };
    Effect::new(move |_| {
        let resized = window_event_listener(leptos::ev::resize, move |_| scroll());
        on_cleanup(move || resized.remove());
    });
    Effect::new(move |previous: Option<()>| {
        state.password.track();
        if previous.is_some() {
            scroll();
        }
    });
}

/// Offers to unlock the account, for users who know their password after all and were locked out, for example, by a
/// phone with an old one. Shown before the form, because users would not notice it below.
#[component]
fn UnlockOffer() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let messages = state.page.messages();
    let unlock = move |()| {
        submit.dispatch(Request::Unlock);
    };
    view! {
        <section class="notice calm">
            <p class="strong">{messages.unlock_question}</p>
            <p>{messages.unlock_why}</p>
            <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=unlock>{messages.unlock}</Button>
        </section>
    }
}

#[component]
fn StrengthMeter(checks: Checks) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let is_empty = checks.is_empty();
    let next = checks.next_requirement(messages);
    // No strength for a password that violates a rule: it would suggest that the password is acceptable.
    let is_shown = move || !is_empty.get() && next.with(Option::is_none);
    let estimate = Memo::new(move |_| state.strength.last_estimate.get().filter(|_| is_shown()));
    let is_weak = checks.violates(Requirement::Strength);
    let level = Signal::derive(move || {
        estimate.get().map(|estimate| estimate.score.get().to_string()).unwrap_or_default()
    });
    let text = Signal::derive(move || {
        if let Some(next) = next.get() {
            return next;
        }
        match state.strength.state.get() {
            WorkerState::Loading => return messages.strength_loading.to_owned(),
            WorkerState::Failed => return messages.strength_later.to_owned(),
            WorkerState::NotStarted | WorkerState::Ready => {}
        }
        let Some(estimate) = estimate.get() else { return "–".to_owned() };
        let name = messages.strengths.get(usize::from(estimate.score.get())).copied().unwrap_or_default();
        let why = estimate.warning.as_deref().and_then(|key| warning(key, messages)).unwrap_or_default();
        let left = if is_weak.get() { messages.rule_left } else { messages.rules_all_met };
        [name, ". ", why, if why.is_empty() { "" } else { " " }, left].concat()
    });
    view! { <Meter label=messages.strength level text /> }
}

/// The reactive state of a requirement. An empty field is not marked as wrong.
fn live_check(state: WizardState, checks: Checks, is_met: impl Into<Signal<bool>>) -> Check {
    let is_empty = checks.is_empty();
    let is_rejected = Signal::derive(move || state.is_rejected.get() && !is_empty.get());
    Check::Live { is_met: is_met.into(), is_rejected }
}

#[component]
fn ChecklistItem(check: Check, messages: &'static Messages, #[prop(into)] text: String) -> impl IntoView {
    view! { <CheckItem check states=(messages.rule_met, messages.rule_unmet) text /> }
}

#[component]
fn Checklist(checks: Checks, rules: Rules) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let mut lines =
        vec![(Requirement::MinLength, messages.rule_length.fill([&rules.min_length.to_string()]))];
    if rules.complexity {
        lines.push((Requirement::Complexity, messages.rule_kinds.to_owned()));
    }
    lines.push((Requirement::NoName, messages.rule_name.to_owned()));
    lines.extend(banned_words(&rules, messages).map(|text| (Requirement::NoBannedWord, text)));
    let lines: Vec<_> = lines
        .into_iter()
        .map(|(requirement, text)| {
            view! { <ChecklistItem check=live_check(state, checks, checks.meets(requirement)) messages text /> }
        })
        .collect();
    // Without the estimator, the browser cannot check the strength.
    let has_estimator = move || state.strength.state.get() != WorkerState::Failed;
    let too_long = messages.rule_too_long.fill([&rules.max_length.to_string()]);
    let is_too_long = checks.violates(Requirement::MaxLength);
    let is_in_history = checks.is_in_history();
    let not_in_history = StoredValue::new(history(&rules, messages));
    let used_before = Check::Live { is_met: Signal::stored(false), is_rejected: Signal::stored(true) };
    view! {
        <section class="checklist">
            <h2>{messages.rules}</h2>
            <ul class="checks">
                {lines}
                <Show
                    when=has_estimator
                    fallback=move || view! {
                        <ChecklistItem check=Check::Stated messages text=messages.rule_strength />
                    }
                >
                    <ChecklistItem check=live_check(state, checks, checks.meets(Requirement::Strength)) messages
                        text=messages.rule_strength />
                </Show>
                // Shown only if violated, because it is rare.
                <Show when=move || is_too_long.get()>
                    <ChecklistItem check=live_check(state, checks, Signal::stored(false)) messages
                        text=too_long.clone() />
                </Show>
                // Only the server knows earlier passwords.
                <Show
                    when=move || is_in_history.get()
                    fallback=move || view! {
                        <ChecklistItem check=Check::Stated messages text=not_in_history.get_value() />
                    }
                >
                    <ChecklistItem check=used_before messages text=not_in_history.get_value() />
                </Show>
            </ul>
        </section>
    }
}
