//! The new password evaluated while it is typed, with the same policy code as on the server.

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

/// A line of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Requirement {
    MinLength,
    MaxLength,
    Complexity,
    NoName,
    NoBannedWord,
    Strength,
}

/// The requirement that a breach belongs to; `None` for what only the server can know, and for the strength, which has
/// its own pace.
const fn requirement_of(breach: &Violation) -> Option<Requirement> {
    match breach {
        Violation::TooShort { .. } => Some(Requirement::MinLength),
        Violation::TooLong { .. } => Some(Requirement::MaxLength),
        Violation::Complexity => Some(Requirement::Complexity),
        Violation::ContainsName => Some(Requirement::NoName),
        Violation::BannedWord { .. } => Some(Requirement::NoBannedWord),
        Violation::TooGuessable { .. }
        | Violation::Breached
        | Violation::InHistory { .. }
        | Violation::TooRecent { .. }
        | Violation::DirectoryRefused => None,
    }
}

/// What a password lacks, in words; `None` for what has no line in the checklist, and for the strength.
fn unmet(breach: &Violation, words: &Messages) -> Option<String> {
    match breach {
        Violation::TooShort { min } => Some(words.unmet_length.fill([&min.to_string()])),
        Violation::TooLong { max } => Some(words.unmet_too_long.fill([&max.to_string()])),
        Violation::Complexity => Some(words.unmet_kinds.to_owned()),
        Violation::ContainsName => Some(words.unmet_name.to_owned()),
        Violation::BannedWord { word } => Some(words.unmet_word.fill([word])),
        Violation::TooGuessable { .. }
        | Violation::Breached
        | Violation::InHistory { .. }
        | Violation::TooRecent { .. }
        | Violation::DirectoryRefused => None,
    }
}

/// Why the server refused a password that this browser allowed, in words.
fn refused(breach: &Violation, words: &Messages) -> Option<&'static str> {
    match breach {
        Violation::InHistory { remembered: None } => Some(words.refused_history),
        Violation::Breached => Some(words.refused_leaked),
        // Where the directory does not tell its reasons apart, the history is only one that it may have had.
        Violation::InHistory { remembered: Some(_) } | Violation::DirectoryRefused => {
            Some(words.refused_directory)
        }
        Violation::TooShort { .. }
        | Violation::TooLong { .. }
        | Violation::Complexity
        | Violation::ContainsName
        | Violation::BannedWord { .. }
        | Violation::TooGuessable { .. }
        | Violation::TooRecent { .. } => None,
    }
}

/// The result of an evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Evaluation {
    password: RawInput,
    breaches: Vec<Violation>,
    /// By the last estimate, even of an earlier input: a tick that goes and comes at every key would flicker.
    is_weak: bool,
    is_empty: bool,
    is_repeated: bool,
}

/// The evaluation of what is typed. Made once per key, after the browser has drawn it.
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
        checks.follow();
        checks
    }

    /// Evaluates whenever something is typed or estimated. The evaluation, the estimator's question and the
    /// announcement are tasks of their own, so that the next key waits for one of them at most.
    fn follow(self) {
        Effect::new(move |before: Option<Box<dyn Fn()>>| {
            self.password.track();
            match before {
                Some(evaluate) => {
                    self.strength.invalidate();
                    evaluate();
                    evaluate
                }
                // The screen has just appeared: nothing was typed since.
                None => self.evaluate_and_ask_later(),
            }
        });
        Effect::new(move |before: Option<Box<dyn Fn()>>| {
            self.repeat.track();
            match before {
                Some(evaluate) => {
                    evaluate();
                    evaluate
                }
                None => Box::new(browser::deferred(move || {
                    self.evaluate();
                })),
            }
        });
        Effect::new(move |before: Option<()>| {
            self.strength.last.track();
            if before.is_some() {
                self.evaluate_and_announce();
            }
        });
    }

    fn evaluate_and_ask_later(self) -> Box<dyn Fn()> {
        let rules = self.rules.get_value();
        // They stay the same while the user types.
        let known_words: js_sys::Array = rules.0.known_words(&rules.1).map(JsValue::from).collect();
        let ask = browser::deferred(move || {
            self.password.with_untracked(|typed| self.strength.ask(typed.expose(), &known_words));
        });
        Box::new(browser::deferred(move || {
            if self.evaluate_and_announce() {
                ask();
            }
        }))
    }

    fn evaluate_and_announce(self) -> bool {
        if !self.evaluate() {
            return false;
        }
        let words = self.page.words();
        let text = self.evaluation.with_untracked(|it| match it.next_requirement(words) {
            Some(next) => next,
            None if !it.breaches.is_empty() => words.rule_left.to_owned(),
            // That all is well is announced only once the strength was estimated.
            None if self.strength.latest().is_none() => String::new(),
            None => words.rules_all_met.to_owned(),
        });
        self.page.announce(text);
        true
    }

    /// Evaluates what is typed now. Returns `false` if the screen was left since the task was queued.
    fn evaluate(self) -> bool {
        let Some(rules) = self.rules.try_get_value() else { return false };
        let (rules, personal) = &*rules;
        let score = |estimate: Option<super::strength::Estimate>| estimate.map(|it| it.score);
        let latest: Option<Score> = score(self.strength.latest());
        let last = score(self.strength.last.get_untracked());
        let evaluation = self.password.with_untracked(|typed| {
            let is_empty = typed.expose().is_empty();
            Evaluation {
                password: typed.clone(),
                breaches: rules.evaluate(&Password::new(typed.expose()), personal, latest),
                is_weak: last.is_none_or(|score| score < rules.min_score),
                is_empty,
                is_repeated: !is_empty && self.repeat.with_untracked(|repeat| repeat == typed),
            }
        });
        set_if_changed(self.evaluation, evaluation);
        true
    }

    /// Whether every rule allows a text, its strength aside.
    pub(super) fn allows(self, text: &str) -> bool {
        self.rules
            .try_get_value()
            .is_some_and(|rules| rules.0.evaluate(&Password::new(text), &rules.1, None).is_empty())
    }

    /// The rules that the password breaks, as far as the browser knows. Evaluates it anew: what a password manager
    /// filled in just before the press was not evaluated yet.
    pub(super) fn breaches_now(self) -> Vec<Violation> {
        if self.evaluation.with_untracked(|it| self.password.with_untracked(|typed| it.password != *typed)) {
            self.strength.invalidate();
        }
        self.evaluate();
        self.evaluation.with_untracked(|it| it.breaches.clone())
    }

    /// The first rule that the password breaks and how many are left, in words; follows what is typed. `None` where it
    /// breaks none, its strength aside.
    pub(super) fn next_requirement(self, words: &'static Messages) -> Memo<Option<String>> {
        Memo::new(move |_| {
            let next = self.evaluation.with(|it| it.next_requirement(words));
            next.or_else(|| {
                let breach =
                    self.breaches_of_server().into_iter().find_map(|breach| refused(&breach, words))?;
                Some(words.cannot_yet.fill([breach]))
            })
        })
    }

    /// Whether the server refused the password as used before. Until the next edit, which clears the problem.
    pub(super) fn is_in_history(self) -> Memo<bool> {
        Memo::new(move |_| {
            self.breaches_of_server()
                .iter()
                .any(|breach| matches!(breach, Violation::InHistory { remembered: None }))
        })
    }

    fn breaches_of_server(self) -> Vec<Violation> {
        self.page.problem.with(|reported| match reported.as_ref().map(|reported| &reported.problem) {
            Some(Problem::Refused(Refusal::WeakPassword { breaches })) => breaches.clone(),
            Some(_) | None => Vec::new(),
        })
    }

    /// Whether the password breaks a requirement; follows what is typed.
    pub(super) fn breaks(self, requirement: Requirement) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| it.breaks(requirement)))
    }

    /// Whether something is typed that meets a requirement; follows what is typed.
    pub(super) fn meets(self, requirement: Requirement) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| !it.is_empty && !it.breaks(requirement)))
    }

    /// Whether the second field holds the same; follows what is typed.
    pub(super) fn is_repeated(self) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| it.is_repeated))
    }

    /// Whether nothing is typed; follows what is typed.
    pub(super) fn is_empty(self) -> Memo<bool> {
        Memo::new(move |_| self.evaluation.with(|it| it.is_empty))
    }
}

impl Evaluation {
    fn next_requirement(&self, words: &Messages) -> Option<String> {
        if self.is_empty {
            return None;
        }
        let unmet = self.breaches.iter().find_map(|breach| unmet(breach, words))?;
        let left = match self.breaches.len() {
            1 => words.rule_left.to_owned(),
            left => words.rules_left.fill([&left.to_string()]),
        };
        Some([&words.cannot_yet.fill([&unmet]), " ", &left].concat())
    }

    fn breaks(&self, requirement: Requirement) -> bool {
        match requirement {
            Requirement::Strength => self.is_weak,
            Requirement::MinLength
            | Requirement::MaxLength
            | Requirement::Complexity
            | Requirement::NoName
            | Requirement::NoBannedWord => {
                self.breaches.iter().any(|breach| requirement_of(breach) == Some(requirement))
            }
        }
    }
}
