//! Screen 4: the new password, checked while it is typed. The server checks it again.

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
    let words = page.words();
    let checks = Checks::new(state, rules.clone(), personal);
    let masked = RwSignal::new(true);
    keep_meter_in_view(state);
    let cancel = move |()| {
        submit.dispatch(Request::Cancel);
    };
    let password_rules = rules.for_managers();
    let is_repeat_rejected =
        move || state.is_rejected.get() && state.repeat.with(|repeat| !repeat.expose().is_empty());
    let repeated =
        Check::Live { is_met: checks.is_repeated().into(), is_rejected: Signal::derive(is_repeat_rejected) };
    view! {
        <h1 id=HEADING tabindex="-1">{words.password_heading}</h1>
        {unlock.then(|| view! { <UnlockOffer /> })}
        <p class="lead">{words.password_tip}</p>
        <Suggestion checks masked />
        <Form on_submit=move || send(state, submit, checks)>
            // Password managers save the new password for this user name.
            <input class="unseen" name="username" autocomplete="username" tabindex="-1" aria-hidden="true"
                readonly value=username />
            <PasswordField page id="password" label=words.password autocomplete="new-password" value=state.password
                masked password_rules=password_rules.clone()>
                <RevealButton masked words />
                <StrengthMeter checks />
            </PasswordField>
            <PasswordField page id="repeat" label=words.password_repeat autocomplete="new-password" value=state.repeat
                masked password_rules>
                <ul class="checks">
                    <Item check=repeated words text=words.rule_repeat />
                </ul>
            </PasswordField>
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{words.next}</Button>
                <Button kind=ButtonKind::Secondary on_press=cancel>{words.cancel}</Button>
            </div>
        </Form>
        // Below: the line under the meter says what is missing, also above a phone's keyboard.
        <Checklist checks rules />
        <p class="hint">{words.password_security}</p>
    }
}

fn send(state: WizardState, submit: Submit, checks: Checks) {
    let page = state.page;
    let password = state.password.get_untracked();
    let breaches = checks.breaches_now();
    if password.expose().is_empty() {
        page.refuse(Refusal::invalid("password", Reason::Empty));
    } else if !breaches.is_empty() {
        state.is_rejected.set(true);
        page.refuse(Refusal::WeakPassword { breaches });
    } else if state.repeat.with_untracked(|repeat| *repeat != password) {
        page.report(Problem::NotRepeated);
    } else {
        submit.dispatch(Request::Password(password));
    }
}

/// So low is the page only above a phone's keyboard. The same as in the style sheet.
const KEYBOARD_OPEN: &str = "(max-height: 480px)";

/// Keeps the next requirement above a phone's keyboard, which appears after the field was tapped.
fn keep_meter_in_view(state: WizardState) {
    let scroll = || {
        if browser::matches_media(KEYBOARD_OPEN)
            && browser::is_focused("password")
            && let Some(meter) = browser::first(".meter")
        {
            browser::scroll_into_view(&meter);
        }
    };
    Effect::new(move |_| {
        let resized = window_event_listener(leptos::ev::resize, move |_| scroll());
        on_cleanup(move || resized.remove());
    });
    Effect::new(move |before: Option<()>| {
        state.password.track();
        if before.is_some() {
            scroll();
        }
    });
}

/// For a locked-out user who knows the password after all, for example because a phone kept trying an old one. Before
/// the form: below it nobody who needs it would look.
#[component]
fn UnlockOffer() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let words = state.page.words();
    let unlock = move |()| {
        submit.dispatch(Request::Unlock);
    };
    view! {
        <section class="notice calm">
            <p class="strong">{words.unlock_question}</p>
            <p>{words.unlock_why}</p>
            <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=unlock>{words.unlock}</Button>
        </section>
    }
}

#[component]
fn StrengthMeter(checks: Checks) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    let is_empty = checks.is_empty();
    let next = checks.next_requirement(words);
    // No strength for what a rule rejects anyway: it would praise what cannot be.
    let is_shown = move || !is_empty.get() && next.with(Option::is_none);
    let estimate = Memo::new(move |_| state.strength.last.get().filter(|_| is_shown()));
    let is_weak = checks.breaks(Requirement::Strength);
    let level = Signal::derive(move || {
        estimate.get().map(|estimate| estimate.score.get().to_string()).unwrap_or_default()
    });
    let text = Signal::derive(move || {
        if let Some(next) = next.get() {
            return next;
        }
        match state.strength.state.get() {
            WorkerState::Loading => return words.strength_loading.to_owned(),
            WorkerState::Failed => return words.strength_later.to_owned(),
            WorkerState::NotStarted | WorkerState::Ready => {}
        }
        let Some(estimate) = estimate.get() else { return "–".to_owned() };
        let name = words.strengths.get(usize::from(estimate.score.get())).copied().unwrap_or_default();
        let why = estimate.warning.as_deref().and_then(|key| warning(key, words)).unwrap_or_default();
        let left = if is_weak.get() { words.rule_left } else { words.rules_all_met };
        [name, ". ", why, if why.is_empty() { "" } else { " " }, left].concat()
    });
    view! { <Meter label=words.strength level text /> }
}

/// A requirement that follows what is typed. An empty field is nothing that could be wrong.
fn live(state: WizardState, checks: Checks, is_met: impl Into<Signal<bool>>) -> Check {
    let is_empty = checks.is_empty();
    let is_rejected = Signal::derive(move || state.is_rejected.get() && !is_empty.get());
    Check::Live { is_met: is_met.into(), is_rejected }
}

#[component]
fn Item(check: Check, words: &'static Messages, #[prop(into)] text: String) -> impl IntoView {
    view! { <CheckItem check states=(words.rule_met, words.rule_unmet) text /> }
}

#[component]
fn Checklist(checks: Checks, rules: Rules) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    let mut lines = vec![(Requirement::MinLength, words.rule_length.fill([&rules.min_length.to_string()]))];
    if rules.complexity {
        lines.push((Requirement::Complexity, words.rule_kinds.to_owned()));
    }
    lines.push((Requirement::NoName, words.rule_name.to_owned()));
    lines.extend(banned_words(&rules, words).map(|text| (Requirement::NoBannedWord, text)));
    let lines: Vec<_> = lines
        .into_iter()
        .map(|(requirement, text)| {
            view! { <Item check=live(state, checks, checks.meets(requirement)) words text /> }
        })
        .collect();
    // Without the estimator, the browser cannot check the strength.
    let has_estimator = move || state.strength.state.get() != WorkerState::Failed;
    let too_long = words.rule_too_long.fill([&rules.max_length.to_string()]);
    let is_too_long = checks.breaks(Requirement::MaxLength);
    let is_in_history = checks.is_in_history();
    let not_in_history = StoredValue::new(history(&rules, words));
    let used_before = Check::Live { is_met: Signal::stored(false), is_rejected: Signal::stored(true) };
    view! {
        <section class="checklist">
            <h2>{words.rules}</h2>
            <ul class="checks">
                {lines}
                <Show
                    when=has_estimator
                    fallback=move || view! { <Item check=Check::Stated words text=words.rule_strength /> }
                >
                    <Item check=live(state, checks, checks.meets(Requirement::Strength)) words text=words.rule_strength />
                </Show>
                // Only of interest to whom it happens.
                <Show when=move || is_too_long.get()>
                    <Item check=live(state, checks, Signal::stored(false)) words text=too_long.clone() />
                </Show>
                // Only the server knows earlier passwords.
                <Show
                    when=move || is_in_history.get()
                    fallback=move || view! { <Item check=Check::Stated words text=not_in_history.get_value() /> }
                >
                    <Item check=used_before words text=not_in_history.get_value() />
                </Show>
            </ul>
        </section>
    }
}
