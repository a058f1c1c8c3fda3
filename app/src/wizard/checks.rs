//! Evaluates the new password while it is typed, with the same policy code as the server.

use super::state::WizardState;
use super::strength::Strength;
use crate::api::refusal::Refusal;
use crate::client::page_state::set_if_changed;
use crate::client::{PageState, Problem, browser};
use crate::domain::password::Password;
use crate::domain::raw_input::RawInput;
use crate::i18n::Messages;
use crate::policy::{Personal, Rules, Score, Violation};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// A requirement in the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Requirement {
    MinLength,
    MaxLength,
    Complexity,
    NoName,
    NoBannedWord,
    Strength,
}

/// The requirement of a violation; `None` for those that only the server can detect, and for the strength, which is
/// evaluated separately.
const fn requirement_of(violation: &Violation) -> Option<Requirement> {
    match violation {
        Violation::TooShort { .. } => Some(Requirement::MinLength),
        Violation::TooLong { .. } => Some(Requirement::MaxLength),
        Violation::Complexity => Some(Requirement::Complexity),
        Violation::ContainsName => Some(Requirement::NoName),
        Violation::BannedWord { .. } => Some(Requirement::NoBannedWord),
        Violation::TooGuessable { .. }
        | Violation::Invisible
        | Violation::Breached
        | Violation::InHistory { .. }
        | Violation::TooRecent { .. }
        | Violation::DirectoryRefused => None,
    }
}

/// The message for an unmet requirement; `None` for violations that are not in the checklist, and for the strength.
fn unmet_message(violation: &Violation, messages: &Messages) -> Option<String> {
    match violation {
        Violation::TooShort { min } => Some(messages.unmet_length.fill([&min.to_string()])),
        Violation::TooLong { max } => Some(messages.unmet_too_long.fill([&max.to_string()])),
        Violation::Complexity => Some(messages.unmet_kinds.to_owned()),
        Violation::ContainsName => Some(messages.unmet_name.to_owned()),
        Violation::BannedWord { word } => Some(messages.unmet_word.fill([word])),
        Violation::Invisible => Some(messages.unmet_invisible.to_owned()),
        Violation::TooGuessable { .. }
        | Violation::Breached
        | Violation::InHistory { .. }
        | Violation::TooRecent { .. }
        | Violation::DirectoryRefused => None,
    }
}

/// The message for a violation that only the server can detect; `None` for others.
fn server_refusal_message(violation: &Violation, messages: &Messages) -> Option<&'static str> {
    match violation {
        Violation::InHistory { remembered: None } => Some(messages.refused_history),
        Violation::Breached => Some(messages.refused_leaked),
        // A directory that does not report its reason may also have refused for another one than the history.
        Violation::InHistory { remembered: Some(_) } | Violation::DirectoryRefused => {
            Some(messages.refused_directory)
        }
        Violation::TooShort { .. }
        | Violation::TooLong { .. }
        | Violation::Complexity
        | Violation::ContainsName
        | Violation::BannedWord { .. }
        | Violation::Invisible
        | Violation::TooGuessable { .. }
        | Violation::TooRecent { .. } => None,
    }
}

/// The result of an evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Evaluation {
    password: RawInput,
    violations: Vec<Violation>,
    /// By the last estimate, even of an earlier input: otherwise the tick would flicker at every key.
    is_weak: bool,
    is_empty: bool,
    is_repeated: bool,
}

/// Evaluates the input, once per key, after the browser has painted it.
#[derive(Clone, Copy)]
pub(super) struct Checks {
    page: PageState,
    password: RwSignal<RawInput>,
    repeat: RwSignal<RawInput>,
    strength: Strength,
    rules: StoredValue<Arc<(Rules, Personal)>>,
    evaluation: RwSignal<Evaluation>,
}

impl Checks {
    pub(super) fn new(state: WizardState, rules: Rules, personal: Personal) -> Self {
        let checks = Self {
            page: state.page,
            password: state.password,
            repeat: state.repeat,
            strength: state.strength,
            rules: StoredValue::new(Arc::new((rules, personal))),
            evaluation: RwSignal::new(Evaluation { is_empty: true, is_weak: true, ..Evaluation::default() }),
        };
        checks.evaluate();
        checks.register_effects();
        checks
    }

    /// Evaluates when the input or the estimate changes. Evaluation, request to the estimator and announcement are
    /// separate tasks, so that the next key waits for at most one of them.
    fn register_effects(self) {
        Effect::new(move |previous: Option<Box<dyn Fn()>>| {
            self.password.track();
            match previous {
                Some(evaluate) => {
                    self.strength.invalidate();
                    evaluate();
                    evaluate
                }
                // First run, when the screen appears: the input has not changed.
                None => self.schedule_evaluation(),
            }
        });
        Effect::new(move |previous: Option<Box<dyn Fn()>>| {
            self.repeat.track();
            match previous {
                Some(evaluate) => {
                    evaluate();
                    evaluate
                }
                None => Box::new(browser::deferred(move || {
                    self.evaluate();
                })),
            }
        });
        Effect::new(move |previous: Option<()>| {
            self.strength.last_estimate.track();
            if previous.is_some() {
                self.evaluate_and_announce();
            }
        });
    }

    fn schedule_evaluation(self) -> Box<dyn Fn()> {
        let rules = self.rules.get_value();
        // Computed once, because the words do not change while the user types.
        let known_words: js_sys::Array = rules.0.known_words(&rules.1).map(JsValue::from).collect();
        let request_estimate = browser::deferred(move || {
            self.password
                .with_untracked(|typed| self.strength.request_estimate(typed.expose(), &known_words));
        });
        Box::new(browser::deferred(move || {
            if self.evaluate_and_announce() {
                request_estimate();
            }
        }))
    }

    fn evaluate_and_announce(self) -> bool {
        if !self.evaluate() {
            return false;
        }
        let messages = self.page.messages();
        let text = self.evaluation.with_untracked(|it| match it.next_requirement(messages) {
            Some(next) => next,
            None if !it.violations.is_empty() => messages.rule_left.to_owned(),
            // Success is announced only after the strength was estimated.
            None if self.strength.current_estimate().is_none() => String::new(),
            None => messages.rules_all_met.to_owned(),
        });
        self.page.announce(text);
        true
    }

    /// Evaluates the current input. Returns `false` if the screen was left after the task was queued.
    fn evaluate(self) -> bool {
        let Some(rules) = self.rules.try_get_value() else { return false };
        let (rules, personal) = &*rules;
        let score = |estimate: Option<super::strength::Estimate>| estimate.map(|it| it.score);
        let latest: Option<Score> = score(self.strength.current_estimate());
        let last = score(self.strength.last_estimate.get_untracked());
        let evaluation = self.password.with_untracked(|typed| {
            let is_empty = typed.expose().is_empty();
            Evaluation {
                password: typed.clone(),
                violations: rules.evaluate(&Password::new(typed.expose()), personal, latest),
                is_weak: last.is_none_or(|score| score < rules.min_score),
                is_empty,
                is_repeated: !is_empty && self.repeat.with_untracked(|repeat| repeat == typed),
            }
        });
        set_if_changed(self.evaluation, evaluation);
        true
    }

    /// Whether a text violates no rule, except possibly its strength.
    pub(super) fn allows(self, text: &str) -> bool {
        self.rules
            .try_get_value()
            .is_some_and(|rules| rules.0.evaluate(&Password::new(text), &rules.1, None).is_empty())
    }

    /// The rules that the password violates, as far as the browser knows. Evaluates it again, because a password
    /// manager may have filled the field just before submission.
    pub(super) fn current_violations(self) -> Vec<Violation> {
        if self.evaluation.with_untracked(|it| self.password.with_untracked(|typed| it.password != *typed)) {
            self.strength.invalidate();
        }
        self.evaluate();
        self.evaluation.with_untracked(|it| it.violations.clone())
    }

    /// The message for the first violated rule and the number of violations; reactive. `None` if no rule is violated,
    /// except possibly the strength.
    pub(super) fn next_requirement(self, messages: &'static Messages) -> Memo<Option<String>> {
        Memo::new(move |_| {
            let next = self.evaluation.with(|it| it.next_requirement(messages));
            next.or_else(|| {
                let reason = self
                    .server_violations()
                    .into_iter()
                    .find_map(|violation| server_refusal_message(&violation, messages))?;
                Some(messages.cannot_yet.fill([reason]))
            })
        })
    }

    /// Whether the server refused the password because of its history; until the next edit, which clears the problem.
    pub(super) fn is_in_history(self) -> Memo<bool> {
        Memo::new(move |_| {
            self.server_violations()
                .iter()
                .any(|violation| matches!(violation, Violation::InHistory { remembered: None }))
        })
    }

    fn server_violations(self) -> Vec<Violation> {
        self.page.problem.with(|reported| match reported.as_ref().map(|reported| &reported.problem) {
            Some(Problem::Refused(Refusal::WeakPassword { violations })) => violations.clone(),
            Some(_) | None => Vec::new(),
        })
    }

    /// Whether the password violates a requirement; reactive.
    pub(super) fn violates(self, requirement: Requirement) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| it.violates(requirement)))
    }

    /// Whether the password is not empty and meets a requirement; reactive.
    pub(super) fn meets(self, requirement: Requirement) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| !it.is_empty && !it.violates(requirement)))
    }

    /// Whether the second field has the same text; reactive.
    pub(super) fn is_repeated(self) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| it.is_repeated))
    }

    /// Whether the field is empty; reactive.
    pub(super) fn is_empty(self) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| it.is_empty))
    }
}

impl Evaluation {
    fn next_requirement(&self, messages: &Messages) -> Option<String> {
        if self.is_empty {
            return None;
        }
        let unmet = self.violations.iter().find_map(|violation| unmet_message(violation, messages))?;
        let left = match self.violations.len() {
            1 => messages.rule_left.to_owned(),
            left => messages.rules_left.fill([&left.to_string()]),
        };
        Some([&messages.cannot_yet.fill([&unmet]), " ", &left].concat())
    }

    fn violates(&self, requirement: Requirement) -> bool {
        match requirement {
            Requirement::Strength => self.is_weak,
            Requirement::MinLength
            | Requirement::MaxLength
            | Requirement::Complexity
            | Requirement::NoName
            | Requirement::NoBannedWord => {
                self.violations.iter().any(|violation| requirement_of(violation) == Some(requirement))
            }
        }
    }
}
