//! The visit as this browser sees it: where it stands, what is typed, what went wrong. Not the truth
//! about it: that is the server's, asked again whenever in doubt (see `calls`).

use super::browser;
use super::calls::Call;
use super::strength::Strength;
use crate::refusal::Refusal;
use crate::site::{Language, Site};
use crate::step::Step;
use crate::text::{Explanation, Words, explain};
use crate::typed::Typed;
use leptos::prelude::*;

/// What stands between the person and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server's refusal, or this browser's own of the same form.
    Refused(Refusal),
    /// The two new passwords differ.
    NotRepeated,
    /// The connection is back, but the code that waited for it may be stale.
    CodeWaited,
    /// What was waited for has ended, and the step is still the same.
    NotDone,
}

/// The visit; copied freely. Its state is made once for a page and lives as long as that: it is leaked
/// on purpose, because a pointer in every listener is the smallest code there is.
#[derive(Clone, Copy)]
pub(crate) struct Visit(&'static State);

impl std::ops::Deref for Visit {
    type Target = State;
    fn deref(&self) -> &State {
        self.0
    }
}

/// Everything that the screens share.
pub(crate) struct State {
    site: Site,
    pub(crate) language: RwSignal<Language>,
    /// Without its times: those are in `expires_at` and `resend_at`, so that a renewed time draws
    /// nothing anew.
    pub(crate) step: RwSignal<Step>,
    /// An earlier screen that somebody went back to look at; the visit itself does not move back.
    pub(crate) looking_back: RwSignal<Option<u8>>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    pub(crate) busy: RwSignal<bool>,
    pub(crate) offline: RwSignal<bool>,
    /// Whether a request that another page made is waited for.
    pub(crate) waits: RwSignal<bool>,
    pub(crate) username: RwSignal<Typed>,
    pub(crate) birthdate: RwSignal<Typed>,
    pub(crate) code: RwSignal<Typed>,
    pub(crate) password: RwSignal<Typed>,
    pub(crate) repeat: RwSignal<Typed>,
    pub(crate) expires_at: StoredValue<Option<f64>>,
    pub(crate) resend_at: StoredValue<Option<f64>>,
    /// Seconds left, in coarse parts, once it is time to warn; 0 before that.
    pub(crate) expiring: RwSignal<u64>,
    /// Seconds until another code can be sent.
    pub(crate) resend_in: RwSignal<u64>,
    /// What a screen reader hears without the focus moving.
    pub(crate) said: RwSignal<String>,
    pub(crate) saying: StoredValue<Option<TimeoutHandle>>,
    pub(crate) strength: Strength,
    /// The call that got no answer, and when it was first made.
    pub(crate) waiting: StoredValue<Option<(Call, f64)>>,
    /// The number of what was last asked or sent.
    pub(crate) question: StoredValue<u32>,
}

impl Visit {
    pub(crate) fn new(site: Site, language: Language, step: Step) -> Self {
        Self(Box::leak(Box::new(State {
            site,
            language: RwSignal::new(language),
            step: RwSignal::new(step),
            looking_back: RwSignal::new(None),
            trouble: RwSignal::new(None),
            busy: RwSignal::new(false),
            offline: RwSignal::new(false),
            waits: RwSignal::new(false),
            username: RwSignal::default(),
            birthdate: RwSignal::default(),
            code: RwSignal::default(),
            password: RwSignal::default(),
            repeat: RwSignal::default(),
            expires_at: StoredValue::new(None),
            resend_at: StoredValue::new(None),
            expiring: RwSignal::new(0),
            resend_in: RwSignal::new(0),
            said: RwSignal::default(),
            saying: StoredValue::new(None),
            strength: Strength::new(),
            waiting: StoredValue::new(None),
            question: StoredValue::new(0),
        })))
    }

    pub(crate) fn site(self) -> &'static Site {
        &self.0.site
    }

    /// The words in the language of the moment. Untracked: a change of language draws the whole page.
    pub(crate) fn words(self) -> &'static Words {
        self.language.get_untracked().words()
    }

    /// The number of the screen to show; tracked.
    pub(crate) fn shown(self) -> u8 {
        let at = self.step.with(number);
        match self.looking_back.get() {
            // After the proof there is no way back: the visit would have to start again.
            Some(back) if back < at && at <= 3 => back,
            Some(_) | None => at,
        }
    }

    /// What stands at a field; tracked.
    pub(crate) fn error_at(self, id: &'static str) -> Signal<String> {
        Signal::derive(move || match self.explanation().and_then(|explanation| explanation.field) {
            Some((at, text)) if at == id => text,
            Some(_) | None => String::new(),
        })
    }

    /// The trouble in words; tracked.
    pub(crate) fn explanation(self) -> Option<Explanation> {
        let words = self.words();
        let desk = &self.site().organisation.service_desk;
        self.trouble.with(|trouble| match trouble {
            None => None,
            Some(Trouble::Refused(refusal)) => Some(explain(refusal, words, desk)),
            Some(Trouble::NotRepeated) => Some(Explanation::at_repeat(words)),
            Some(Trouble::CodeWaited) => Some(Explanation::code_waited(words)),
            Some(Trouble::NotDone) => Some(Explanation::not_done(words)),
        })
    }

    /// Refuses in the browser what the server would refuse in the same words.
    pub(crate) fn refuse(self, refusal: Refusal) {
        self.tell(Trouble::Refused(refusal));
    }

    /// Shows the notice, and gives it the focus also when it says the same again: a press that changes
    /// nothing would look like a dead button.
    pub(crate) fn tell(self, trouble: Trouble) {
        self.trouble.set(Some(trouble));
        browser::focus_soon("summary");
    }
}

/// The number of a step's screen, 1 to 5.
pub(crate) const fn number(step: &Step) -> u8 {
    match step {
        Step::Identify {} => 1,
        Step::Birthdate { .. } => 2,
        Step::Code { .. } => 3,
        Step::Password { .. } => 4,
        Step::Done { .. } => 5,
    }
}
