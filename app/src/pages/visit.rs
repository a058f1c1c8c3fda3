//! The visit as this browser sees it: where it stands, what is typed, what went wrong, and the calls
//! that move it. Not the truth about it: that is the server's, asked again whenever in doubt.

use super::browser;
use super::strength::Strength;
use crate::api;
use crate::refusal::Refusal;
use crate::site::{Language, Site};
use crate::step::{Step, Way};
use crate::text::{Explanation, Words, explain};
use crate::typed::Typed;
use leptos::prelude::*;
use std::time::Duration;

/// How long to wait before a call that got no answer is made again.
const RETRY: Duration = Duration::from_secs(3);
/// A code that waited longer for the network is stale: sending it would cost an attempt for nothing.
/// The server honours a repeat of the right one for 30 seconds.
const CODE_KEEPS: f64 = 25_000.0;
/// How often to look whether another request has finished this step.
const POLL: Duration = Duration::from_secs(1);
/// A claim that a crash left behind ends after 30 seconds; then there is nothing to wait for.
const POLLS: u8 = 31;

/// A request that a person made by pressing something.
#[derive(Clone)]
pub(crate) enum Call {
    Identify(Typed),
    Birthdate(Typed),
    Code(Typed),
    Resend(Option<Way>),
    Password(Typed),
    Extend,
    Cancel,
}

impl Call {
    async fn make(self) -> Result<Step, Refusal> {
        match self {
            Self::Identify(username) => api::identify(username).await,
            Self::Birthdate(birthdate) => api::birthdate(birthdate).await,
            Self::Code(code) => api::code(code).await,
            Self::Resend(way) => {
                let way = way.map(|way| match way {
                    Way::Token => "TOKEN",
                    Way::Otp => "OTP",
                });
                api::resend(way.map(Typed::new)).await
            }
            Self::Password(password) => api::password(password).await,
            Self::Extend => api::extend().await,
            Self::Cancel => api::cancel().await,
        }
    }
}

/// What stands between the person and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server's refusal, or this browser's own of the same form.
    Refused(Refusal),
    /// The two new passwords differ.
    NotRepeated,
    /// The connection is back, but the code that waited for it may be stale.
    CodeWaited,
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
    pub(crate) username: RwSignal<Typed>,
    pub(crate) birthdate: RwSignal<Typed>,
    pub(crate) code: RwSignal<Typed>,
    pub(crate) password: RwSignal<Typed>,
    pub(crate) repeat: RwSignal<Typed>,
    pub(crate) expires_at: StoredValue<Option<f64>>,
    pub(crate) resend_at: StoredValue<Option<f64>>,
    /// Seconds left, in coarse parts, once it is time to warn.
    pub(crate) expiring: RwSignal<Option<u64>>,
    /// Seconds until another code can be sent.
    pub(crate) resend_in: RwSignal<u64>,
    /// What a screen reader hears without the focus moving.
    pub(crate) said: RwSignal<String>,
    pub(crate) saying: StoredValue<Option<TimeoutHandle>>,
    pub(crate) strength: Strength,
    waiting: StoredValue<Option<(Call, f64)>>,
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
            username: RwSignal::default(),
            birthdate: RwSignal::default(),
            code: RwSignal::default(),
            password: RwSignal::default(),
            repeat: RwSignal::default(),
            expires_at: StoredValue::new(None),
            resend_at: StoredValue::new(None),
            expiring: RwSignal::new(None),
            resend_in: RwSignal::new(0),
            said: RwSignal::default(),
            saying: StoredValue::new(None),
            strength: Strength::new(),
            waiting: StoredValue::new(None),
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
    pub(crate) fn error_at(self, id: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let (at, text) = self.explanation()?.field?;
            (at == id).then_some(text)
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
        })
    }

    /// Refuses in the browser what the server would refuse in the same words.
    pub(crate) fn refuse(self, refusal: Refusal) {
        self.trouble.set(Some(Trouble::Refused(refusal)));
    }

    /// Makes a call, unless one is under way: a second press does nothing.
    pub(crate) fn submit(self, call: Call) {
        if !self.busy.get_untracked() {
            self.trouble.set(None);
            self.busy.set(true);
            self.say(self.words().busy.to_owned());
            self.go(call, browser::now());
        }
    }

    fn go(self, call: Call, since: f64) {
        leptos::task::spawn_local(async move {
            let answer = call.clone().make().await;
            self.settle(call, since, answer);
        });
    }

    fn settle(self, call: Call, since: f64, answer: Result<Step, Refusal>) {
        match answer {
            Err(Refusal::NoConnection) => self.wait_for_connection(call, since),
            Err(Refusal::InProgress) => self.poll(POLLS),
            Ok(step) => {
                self.rest();
                if matches!(call, Call::Cancel) {
                    self.username.set(Typed::default());
                }
                let said = match call {
                    Call::Resend(_) => self.words().code_resent,
                    Call::Extend => self.words().expiring_extended,
                    Call::Identify(_)
                    | Call::Birthdate(_)
                    | Call::Code(_)
                    | Call::Password(_)
                    | Call::Cancel => "",
                };
                self.say(said.to_owned());
                // Extending says nothing about the screen that somebody went back to.
                let back =
                    if matches!(call, Call::Extend) { self.looking_back.get_untracked() } else { None };
                self.arrive(step, back);
            }
            Err(refusal) => {
                self.rest();
                self.say(String::new());
                self.refused(refusal);
            }
        }
    }

    fn rest(self) {
        self.waiting.set_value(None);
        self.offline.set(false);
        self.busy.set(false);
    }

    fn refused(self, refusal: Refusal) {
        match &refusal {
            Refusal::StartAgain | Refusal::NotVerified { attempts_left: 0, .. } => {
                self.arrive(Step::Identify {}, None);
            }
            // The code is spent or stale; what it is replaced by is a new one.
            Refusal::NotVerified { .. } => self.code.set(Typed::default()),
            Refusal::Invalid { .. }
            | Refusal::WeakPassword { .. }
            | Refusal::TooMany { .. }
            | Refusal::InProgress
            | Refusal::Unavailable { .. }
            | Refusal::OutcomeUnknown { .. }
            | Refusal::Foreign
            | Refusal::Fault { .. }
            | Refusal::NoConnection => {}
        }
        self.refuse(refusal);
    }

    fn wait_for_connection(self, call: Call, since: f64) {
        self.waiting.set_value(Some((call, since)));
        self.offline.set(true);
        set_timeout(move || self.retry(), RETRY);
    }

    /// Makes the call again that got no answer; every call may be repeated (contract).
    pub(crate) fn retry(self) {
        let Some((call, since)) = self.waiting.try_update_value(Option::take).flatten() else { return };
        if matches!(call, Call::Code(_)) && browser::now() - since > CODE_KEEPS {
            self.return_with_stale_code(call, since);
        } else {
            self.go(call, since);
        }
    }

    fn return_with_stale_code(self, call: Call, since: f64) {
        leptos::task::spawn_local(async move {
            match api::current().await {
                Err(Refusal::NoConnection) => self.wait_for_connection(call, since),
                Ok(step) => {
                    self.rest();
                    let unmoved = number(&step) == self.step.with_untracked(number);
                    self.resume(step);
                    if unmoved {
                        self.trouble.set(Some(Trouble::CodeWaited));
                    }
                }
                Err(refusal) => {
                    self.rest();
                    self.refused(refusal);
                }
            }
        });
    }

    /// Looks every second whether another request has finished this step.
    fn poll(self, left: u8) {
        leptos::task::spawn_local(async move {
            match api::current().await {
                Ok(step) if number(&step) != self.step.with_untracked(number) => {
                    self.rest();
                    self.resume(step);
                }
                Ok(_) | Err(_) if left > 0 => set_timeout(move || self.poll(left - 1), POLL),
                Ok(_) | Err(_) => {
                    self.rest();
                    self.refuse(Refusal::InProgress);
                }
            }
        });
    }

    /// Asks where the visit stands: after a reload, and on coming back to the page. What is typed stays
    /// where the step is still the same; no answer changes nothing.
    pub(crate) fn ask(self) {
        if self.busy.get_untracked() {
            return;
        }
        leptos::task::spawn_local(async move {
            if let Ok(step) = api::current().await
                && !self.busy.get_untracked()
            {
                self.resume(step);
            }
        });
    }

    fn resume(self, step: Step) {
        let (was, is) = (self.step.with_untracked(number), number(&step));
        let ended = is == 1 && (2..=4).contains(&was);
        let back = if was == is { self.looking_back.get_untracked() } else { None };
        self.arrive(step, back);
        if ended {
            self.refuse(Refusal::StartAgain);
        } else if was != is {
            self.trouble.set(None);
        }
    }

    fn arrive(self, mut step: Step, back: Option<u8>) {
        let now = browser::now();
        let at = |seconds: u64| {
            #[expect(clippy::cast_precision_loss, reason = "times of a visit are far below 2^52")]
            let seconds = seconds as f64;
            now + seconds * 1000.0
        };
        let (expires_in, resend_in) = take_times(&mut step);
        self.expires_at.set_value(expires_in.map(at));
        self.resend_at.set_value(resend_in.map(at));
        self.tick();
        if let Step::Birthdate { username, .. } | Step::Code { username, .. } = &step {
            self.username.set(Typed::new(username.clone()));
        }
        // What a step no longer needs is not kept.
        if !matches!(step, Step::Code { .. }) {
            self.code.set(Typed::default());
        }
        if !matches!(step, Step::Password { .. }) {
            self.password.set(Typed::default());
            self.repeat.set(Typed::default());
        }
        if !matches!(step, Step::Birthdate { .. } | Step::Code { .. }) {
            self.birthdate.set(Typed::default());
        }
        self.looking_back.set(back);
        if self.step.with_untracked(|old| *old != step) {
            browser::push_step(number(&step));
            self.step.set(step);
        }
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

/// Takes the running times out of a step: seconds until it ends, and until another code can be sent.
fn take_times(step: &mut Step) -> (Option<u64>, Option<u64>) {
    match step {
        Step::Identify {} | Step::Done { .. } => (None, None),
        Step::Birthdate { expires_in, .. } | Step::Password { expires_in, .. } => {
            (Some(std::mem::take(expires_in)), None)
        }
        Step::Code { expires_in, resend_after, .. } => {
            (Some(std::mem::take(expires_in)), std::mem::take(resend_after))
        }
    }
}
