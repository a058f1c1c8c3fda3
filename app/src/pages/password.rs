//! Screen 4: the new password, judged while it is typed. The judge is `policy`, and the server judges
//! again: nothing here lets a password through.

use super::frame::{actions, heading, history};
use super::visit::{Call, Trouble, Visit};
use crate::password::Password;
use crate::policy::{Breach, Personal, Rules};
use crate::refusal::{Reason, Refusal};
use crate::text::{Words, warning};
use crate::ui::{Button, Check, CheckItem, Entry, Field, Look, Meter};
use leptos::prelude::*;

/// A line of the checklist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Length,
    TooLong,
    Kinds,
    Name,
    Word,
    Strength,
}

/// The line that a breach belongs to; `None` for what only the server can know.
const fn line_of(breach: &Breach) -> Option<Line> {
    match breach {
        Breach::TooShort { .. } => Some(Line::Length),
        Breach::TooLong { .. } => Some(Line::TooLong),
        Breach::Complexity => Some(Line::Kinds),
        Breach::ContainsName => Some(Line::Name),
        Breach::BannedWord { .. } => Some(Line::Word),
        Breach::TooGuessable { .. } => Some(Line::Strength),
        Breach::Breached | Breach::InHistory { .. } | Breach::DirectoryRefused => None,
    }
}

/// The judgement of what is typed at the moment.
#[derive(Clone, Copy)]
struct Judged {
    visit: Visit,
    breaches: Memo<Vec<Breach>>,
}

impl Judged {
    fn new(visit: Visit, rules: Rules, personal: Personal) -> Self {
        let breaches = Memo::new(move |_| {
            let password = visit.password.with(|typed| Password::new(typed.expose()));
            rules.judge(&password, &personal, visit.strength.latest().map(|estimate| estimate.score))
        });
        Self { visit, breaches }
    }

    fn check(self, line: Line) -> Check {
        let empty = self.visit.password.with(|typed| typed.expose().is_empty());
        let broken = self.breaches.with(|all| all.iter().any(|breach| line_of(breach) == Some(line)));
        let unknown = line == Line::Strength && self.visit.strength.latest().is_none();
        if empty || broken || unknown { Check::Unmet } else { Check::Met }
    }

    fn is_repeated(self) -> bool {
        self.visit.password.with(|password| {
            !password.expose().is_empty() && self.visit.repeat.with(|repeat| repeat == password)
        })
    }

    fn repeated(self) -> Signal<Check> {
        Signal::derive(move || if self.is_repeated() { Check::Met } else { Check::Unmet })
    }

    fn says(self, words: &Words) -> String {
        match self.breaches.with(Vec::len) {
            0 => words.rules_all_met.to_owned(),
            1 => words.rule_left.to_owned(),
            left => words.rules_left.fill([&left.to_string()]),
        }
    }
}

pub(crate) fn page(visit: Visit, rules: &Rules, personal: Personal) -> AnyView {
    let words = visit.words();
    visit.start_strength();
    let username = visit.username.with_untracked(|typed| typed.expose().to_owned());
    // After a reload the name is known only as the first of the person's own words.
    let username =
        if username.is_empty() { personal.words().first().cloned().unwrap_or_default() } else { username };
    let judged = Judged::new(visit, rules.clone(), personal.clone());
    let shown = RwSignal::new(false);
    let kind = Signal::derive(move || if shown.get() { "text" } else { "password" });
    let entry = Entry { autocomplete: "new-password", inputmode: "text", width: "wide" };

    Effect::new(move |before: Option<()>| {
        visit.password.with(|typed| visit.strength.ask(&Password::new(typed.expose()), &personal));
        if before.is_some() {
            visit.say(untrack(|| judged.says(words)));
        }
    });

    view! {
        {heading(words.password_heading.to_owned())}
        <p class="lead">{words.password_tip}</p>
        <form
            method="dialog"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                send(visit, judged);
            }
        >
            // For password managers, so that they save the right pair.
            <input class="unseen" name="username" autocomplete="username" tabindex="-1" aria-hidden="true" readonly value=username />
            <Field id="password" label=words.password entry=entry value=visit.password error=visit.error_at("password") kind=kind>
                {strength(visit, words)}
            </Field>
            {reveal(shown, words)}
            {checklist(judged, rules, words)}
            <Field id="repeat" label=words.password_repeat entry=entry value=visit.repeat error=visit.error_at("repeat") kind=kind>
                <ul class="checks">{item(words.rule_repeat.to_owned(), judged.repeated(), words)}</ul>
            </Field>
            {actions(visit, true)}
        </form>
        <p class="hint">{words.password_security}</p>
    }
    .into_any()
}

fn send(visit: Visit, judged: Judged) {
    let password = visit.password.get_untracked();
    let breaches = judged.breaches.get_untracked();
    if password.expose().is_empty() {
        visit.refuse(Refusal::invalid("password", Reason::Empty));
    } else if !breaches.is_empty() {
        visit.refuse(Refusal::WeakPassword { breaches });
    } else if !untrack(|| judged.is_repeated()) {
        visit.trouble.set(Some(Trouble::NotRepeated));
    } else {
        visit.submit(Call::Password(password));
    }
}

/// Both fields at once: they are the same text.
fn reveal(shown: RwSignal<bool>, words: &'static Words) -> AnyView {
    view! {
        <div class="reveal">
            {move || {
                let label = if shown.get() { words.password_hide } else { words.password_show };
                let turn = Callback::new(move |()| shown.update(|shown| *shown = !*shown));
                view! { <Button label=label look=Look::Quiet on_press=turn /> }
            }}
        </div>
    }
    .into_any()
}

fn strength(visit: Visit, words: &'static Words) -> AnyView {
    let empty = move || visit.password.with(|typed| typed.expose().is_empty());
    let level = Signal::derive(move || {
        let estimate = visit.strength.last()?;
        (!empty()).then(|| estimate.score.get())
    });
    let says = Signal::derive(move || {
        if visit.strength.is_loading() {
            return words.strength_loading.to_owned();
        }
        let Some(estimate) = visit.strength.last().filter(|_| !empty()) else { return "–".to_owned() };
        let name = words.strengths.get(usize::from(estimate.score.get())).copied().unwrap_or_default();
        let why = estimate.warning.as_deref().and_then(|key| warning(key, words)).unwrap_or_default();
        [name, ". ", why].concat()
    });
    view! { <Meter label=words.strength level=level says=says /> }.into_any()
}

fn item(text: String, check: Signal<Check>, words: &Words) -> AnyView {
    view! { <CheckItem text=text check=check met=words.rule_met unmet=words.rule_unmet /> }.into_any()
}

fn checklist(judged: Judged, rules: &Rules, words: &'static Words) -> AnyView {
    let mut lines = vec![(Line::Length, words.rule_length.fill([&rules.min_length.to_string()]))];
    if rules.complexity {
        lines.push((Line::Kinds, words.rule_kinds.to_owned()));
    }
    lines.push((Line::Name, words.rule_name.to_owned()));
    if !rules.banned_words.is_empty() {
        lines.push((Line::Word, words.rule_word.fill([&rules.banned_words.join("», «")])));
    }
    lines.push((Line::Strength, words.rule_strength.to_owned()));
    let items = lines
        .into_iter()
        .map(|(line, text)| item(text, Signal::derive(move || judged.check(line)), words))
        .collect_view();
    let max = rules.max_length.to_string();
    // Worth a line only to whom it happens.
    let too_long = move || {
        let broken = judged.breaches.with(|all| all.iter().any(|b| line_of(b) == Some(Line::TooLong)));
        broken.then(|| item(words.rule_too_long.fill([&max]), Signal::stored(Check::Unmet), words))
    };
    view! {
        <section class="checklist" aria-labelledby="checklist">
            <h2 id="checklist">{words.rules}</h2>
            <ul class="checks">
                {items}
                {too_long}
                {item(history(rules, words), Signal::stored(Check::Said), words)}
            </ul>
        </section>
    }
    .into_any()
}
