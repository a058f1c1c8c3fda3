//! Screen 4: the new password, judged while it is typed. The judge is `policy`, and the server judges
//! again: nothing here lets a password through.

use super::browser;
use super::calls::Calls as _;
use super::frame::{actions, banned, history};
use super::page::Trouble;
use super::strength::State;
use super::talk::Talk as _;
use super::visit::{Call, Visit};
use crate::password::Password;
use crate::policy::{Breach, Personal, Rules};
use crate::refusal::{Reason, Refusal};
use crate::text::{Words, warning};
use crate::ui::prose::{all, bare_list, form, group, heading, section, subheading, text};
use crate::ui::{Act, Check, Field, Look, Signal, View, button, check_item, el, live, meter, nothing, watch};
use leptos::prelude::untrack;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A line of the checklist; each a bit of what is broken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Length = 1,
    TooLong = 2,
    Kinds = 4,
    Name = 8,
    Word = 16,
    Strength = 32,
}

/// The line that a breach belongs to; `None` for what only the server can know, and for the strength, which has its
/// own pace.
const fn line_of(breach: &Breach) -> Option<Line> {
    match breach {
        Breach::TooShort { .. } => Some(Line::Length),
        Breach::TooLong { .. } => Some(Line::TooLong),
        Breach::Complexity => Some(Line::Kinds),
        Breach::ContainsName => Some(Line::Name),
        Breach::BannedWord { .. } => Some(Line::Word),
        Breach::TooGuessable { .. }
        | Breach::Breached
        | Breach::InHistory { .. }
        | Breach::TooRecent { .. }
        | Breach::DirectoryRefused => None,
    }
}

/// The judgement of what is typed. Made once a key, after the browser has drawn it; what shows a part of it follows
/// that part alone.
#[derive(Clone, Copy)]
struct Judged {
    breaches: Signal<Vec<Breach>>,
    /// The lines that are not met, as bits. The strength's is the last estimate's, even of an earlier input: a tick that
    /// goes and comes at every key would flicker.
    broken: Signal<u8>,
    /// Nothing is typed, so nothing is met.
    empty: Signal<bool>,
    repeated: Signal<bool>,
    terms: &'static (Rules, Personal),
}

impl Judged {
    fn new(visit: Visit, rules: Rules, personal: Personal) -> Self {
        let judged = Self {
            breaches: Signal::default(),
            broken: Signal::default(),
            empty: Signal::new(true),
            repeated: Signal::new(false),
            terms: Box::leak(Box::new((rules, personal))),
        };
        // What they do when something was typed: made in the browser, which alone runs them.
        let (mut typed, mut repeated): (Option<Act>, Option<Act>) = (None, None);
        watch(move || {
            visit.password.with(|_| ());
            if let Some(typed) = &typed {
                visit.strength.expect();
                typed();
            } else {
                judged.judge(visit);
                typed = Some(judged.later(visit));
            }
        });
        watch(move || {
            visit.repeat.with(|_| ());
            if let Some(repeated) = &repeated {
                repeated();
            } else {
                repeated = Some(Box::new(browser::soon(move || judged.judge(visit))));
            }
        });
        visit.strength.follow(move || judged.judge_and_say(visit));
        judged
    }

    /// Judges, and asks for an estimate: a task each, so that the next key waits for one of them at most.
    fn later(self, visit: Visit) -> Act {
        // They stay the same as long as somebody types.
        let (rules, personal) = self.terms;
        let known: js_sys::Array = rules.known_words(personal).map(JsValue::from).collect();
        let ask =
            browser::soon(move || visit.password.with_untracked(|typed| visit.strength.ask(typed, &known)));
        Box::new(browser::soon(move || {
            self.judge_and_say(visit);
            ask();
        }))
    }

    /// After every key, and once more when the estimate is there: until then nobody knows whether all is well.
    fn judge_and_say(self, visit: Visit) {
        self.judge(visit);
        visit.say(self.says(visit));
    }

    /// Judges what is typed now.
    fn judge(self, visit: Visit) {
        let (rules, personal) = self.terms;
        let typed = visit.password.get_untracked();
        let score = untrack(|| visit.strength.latest()).map(|estimate| estimate.score);
        let last = untrack(|| visit.strength.last());
        let breaches = rules.judge(&Password::new(typed.expose()), personal, score);
        let weak = last.is_none_or(|estimate| estimate.score < rules.min_score);
        let weak = if weak { Line::Strength as u8 } else { 0 };
        self.broken.set(breaches.iter().filter_map(line_of).fold(weak, |bits, line| bits | line as u8));
        self.empty.set(typed.expose().is_empty());
        self.repeated
            .set(!typed.expose().is_empty() && visit.repeat.with_untracked(|repeat| *repeat == typed));
        self.breaches.set(breaches);
    }

    fn breaks(self, line: Line) -> bool {
        self.broken.get() & line as u8 != 0
    }

    fn is_met(self, line: Line) -> bool {
        !self.empty.get() && !self.breaks(line)
    }

    /// How far it is. That all is well is said only once it was estimated.
    fn says(self, visit: Visit) -> String {
        let words = visit.words();
        match self.breaches.with_untracked(Vec::len) {
            0 if visit.strength.latest().is_none() => String::new(),
            0 => words.rules_all_met.to_owned(),
            1 => words.rule_left.to_owned(),
            left => words.rules_left.fill([&left.to_string()]),
        }
    }
}

pub(crate) fn page(
    visit: Visit,
    username: String,
    rules: &Rules,
    personal: Personal,
    unlockable: bool,
) -> View {
    let words = visit.words();
    let judged = Judged::new(visit, rules.clone(), personal);
    let hidden = Signal::new(true);

    let field = |id, label, value, beneath| {
        let error = visit.error_at(id);
        let (autocomplete, inputmode, width, hidden) = ("new-password", "text", "wide", Some(hidden));
        Field {
            id,
            label,
            hint: "",
            autocomplete,
            inputmode,
            width,
            value,
            error,
            hidden,
            locked: visit.sending,
            rules: rules.for_managers(),
            beneath,
        }
        .view()
    };
    let repeated = item(words.rule_repeat.to_owned(), Some(Rc::new(move || judged.repeated.get())), words);
    let repeated = bare_list("checks", vec![repeated]);
    // For password managers, so that they save the right pair.
    let for_managers = el("input")
        .class("unseen")
        .attr("name", "username")
        .attr("autocomplete", "username")
        .attr("tabindex", "-1")
        .attr("aria-hidden", "true")
        .attr("readonly", "")
        .attr("value", username);
    let parts = vec![
        for_managers.with(vec![]),
        field("password", words.password, visit.password, vec![strength(visit, judged, words)]),
        reveal(hidden, words),
        checklist(visit, judged, rules),
        field("repeat", words.password_repeat, visit.repeat, vec![repeated]),
        actions(visit, words.next, Some(Call::Cancel)),
    ];
    all(vec![
        heading(words.password_heading),
        if unlockable { unlock(visit) } else { all(vec![]) },
        text("lead", words.password_tip),
        form(move || send(visit, judged), parts),
        text("hint", words.password_security),
    ])
}

/// For whoever was locked out and knows the password all the same, as where a phone kept trying an old one. Calm,
/// and before the form: below it nobody who needs it would come.
fn unlock(visit: Visit) -> View {
    let words = visit.words();
    let press = Box::new(move || visit.submit(Call::Unlock));
    section(
        "notice calm",
        vec![
            text("strong", words.unlock_question),
            text("", words.unlock_why),
            button(words.unlock, Look::Quiet, Some(visit.busy), Some(press)),
        ],
    )
}

fn send(visit: Visit, judged: Judged) {
    let password = visit.password.get_untracked();
    // Whoever fills in and sends in one go is judged too.
    judged.judge(visit);
    let breaches = judged.breaches.get_untracked();
    if password.expose().is_empty() {
        visit.refuse(Refusal::invalid("password", Reason::Empty));
    } else if !breaches.is_empty() {
        visit.refuse(Refusal::WeakPassword { breaches });
    } else if visit.repeat.with_untracked(|repeat| *repeat != password) {
        visit.tell(Trouble::NotRepeated);
    } else {
        visit.submit(Call::Password(password));
    }
}

/// Shows what is typed, in all password fields of the screen.
pub(crate) fn reveal(hidden: Signal<bool>, words: &'static Words) -> View {
    let view = live(move || {
        let label = if hidden.get() { words.password_show } else { words.password_hide };
        let turn = Box::new(move || hidden.set(!hidden.get_untracked()));
        button(label, Look::Quiet, None, Some(turn))
    });
    group("reveal", vec![view])
}

fn strength(visit: Visit, judged: Judged, words: &'static Words) -> View {
    let estimate = move || visit.strength.last().filter(|_| !judged.empty.get());
    let level = move || estimate().map(|estimate| estimate.score.get().to_string()).unwrap_or_default();
    let says = move || {
        match visit.strength.state() {
            State::Loading => return words.strength_loading.to_owned(),
            State::Failed => return words.strength_later.to_owned(),
            State::None | State::Ready => {}
        }
        let Some(estimate) = estimate() else { return "–".to_owned() };
        let name = words.strengths.get(usize::from(estimate.score.get())).copied().unwrap_or_default();
        let why = estimate.warning.as_deref().and_then(|key| warning(key, words)).unwrap_or_default();
        [name, ". ", why].concat()
    };
    meter(words.strength, level, says)
}

fn item(text: String, check: Option<Check>, words: &Words) -> View {
    check_item(text, check, (words.rule_met, words.rule_unmet))
}

fn checklist(visit: Visit, judged: Judged, rules: &Rules) -> View {
    let words = visit.words();
    let mut lines = vec![(Line::Length, words.rule_length.fill([&rules.min_length.to_string()]))];
    if rules.complexity {
        lines.push((Line::Kinds, words.rule_kinds.to_owned()));
    }
    lines.push((Line::Name, words.rule_name.to_owned()));
    lines.extend(banned(rules, words).map(|text| (Line::Word, text)));
    let mut items: Vec<View> = lines
        .into_iter()
        .map(|(line, text)| item(text, Some(Rc::new(move || judged.is_met(line))), words))
        .collect();
    // Without an estimate nobody here can tell.
    items.push(live(move || {
        let check: Option<Check> = match visit.strength.state() {
            State::Failed => None,
            State::None | State::Loading | State::Ready => {
                Some(Rc::new(move || judged.is_met(Line::Strength)))
            }
        };
        item(words.rule_strength.to_owned(), check, words)
    }));
    let max = rules.max_length.to_string();
    // Worth a line only to whom it happens.
    items.push(live(move || {
        if judged.breaks(Line::TooLong) {
            item(words.rule_too_long.fill([&max]), Some(Rc::new(|| false)), words)
        } else {
            nothing()
        }
    }));
    items.push(item(history(rules, words), None, words));
    section("checklist", vec![subheading(words.rules), bare_list("checks", items)])
}
