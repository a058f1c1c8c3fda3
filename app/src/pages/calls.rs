//! The calls that move a visit on: made once, repeated where no answer came, polled where another
//! request is doing the same, and asked for again on coming back. Not the visit's state: see `visit`.

use super::browser;
use super::visit::{Trouble, Visit, number};
use crate::api;
use crate::refusal::Refusal;
use crate::step::{Step, Way};
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
/// A claim that a crash left behind ends after 30 seconds; soon after that there is nothing to wait for.
const POLLS: u8 = 40;

/// Where the request was made that is waited for.
#[derive(Clone, Copy)]
enum Pressed {
    /// On this page: whoever pressed wants to hear how it went.
    Here,
    /// On this page before it was loaded again, or in another window.
    Elsewhere,
}

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

impl Visit {
    /// Makes a call, unless one is under way: a second press does nothing.
    pub(crate) fn submit(self, call: Call) {
        if !self.busy.get_untracked() {
            self.trouble.set(None);
            self.busy.set(true);
            self.say(self.words().busy.to_owned());
            self.newer_question();
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
            Err(Refusal::InProgress) => self.poll(POLLS, Pressed::Here),
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
        self.waits.set(false);
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
                        self.tell(Trouble::CodeWaited);
                    }
                }
                Err(refusal) => {
                    self.rest();
                    self.refused(refusal);
                }
            }
        });
    }

    /// Looks every second whether another request has finished. Only that it goes on is counted: an outage
    /// says nothing of what the other request came to, so it is waited out however long it takes.
    fn poll(self, left: u8, pressed: Pressed) {
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let answer = api::current().await;
            self.offline.set(matches!(answer, Err(Refusal::NoConnection)));
            self.waits.set(matches!(answer, Err(Refusal::InProgress)));
            match answer {
                Ok(step) => self.polled(step, pressed),
                Err(Refusal::InProgress) if left > 0 => {
                    set_timeout(move || self.poll(left - 1, pressed), POLL);
                }
                Err(Refusal::NoConnection) => set_timeout(move || self.poll(left, pressed), RETRY),
                Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                    self.tell_once(refusal);
                    set_timeout(move || self.poll(left, pressed), Duration::from_secs(retry_after));
                }
                Err(refusal) => {
                    self.rest();
                    self.say(String::new());
                    self.refused(refusal);
                }
            }
        });
    }

    fn polled(self, step: Step, pressed: Pressed) {
        self.rest();
        self.say(String::new());
        // An outage that was told meanwhile is over.
        self.trouble.set(None);
        let (was, is) = (self.step.with_untracked(number), number(&step));
        self.resume(step);
        if was == is {
            match pressed {
                Pressed::Here => self.tell(Trouble::NotDone),
                // What went on has ended the visit.
                Pressed::Elsewhere if is == 1 => self.refuse(Refusal::StartAgain),
                Pressed::Elsewhere => {}
            }
        }
    }

    /// The notice takes the focus: once for an outage, not at every look.
    fn tell_once(self, refusal: Refusal) {
        let told = |trouble: &Option<Trouble>| {
            matches!(trouble, Some(Trouble::Refused(Refusal::Unavailable { .. })))
        };
        if !self.trouble.with_untracked(told) {
            self.refuse(refusal);
        }
    }

    /// Asks where the visit stands: after a reload, and on coming back to the page. What is typed stays
    /// where the step is still the same. Where no step is the answer, it is asked again; on the first
    /// screen nothing can be sent until then, because a user name ends the visit that still goes on.
    pub(crate) fn ask(self) {
        if self.busy.get_untracked() {
            return;
        }
        let question = self.newer_question();
        leptos::task::spawn_local(async move {
            let answer = api::current().await;
            // Something was sent or asked meanwhile: this answer is old.
            if self.busy.get_untracked() || question != self.question.get_value() {
                return;
            }
            let first = self.step.with_untracked(number) == 1;
            match answer {
                Ok(step) => self.resume(step),
                Err(Refusal::InProgress) => {
                    self.waits.set(true);
                    self.say(self.words().still_busy.to_owned());
                    self.wait(POLL);
                }
                Err(Refusal::NoConnection) if first => {
                    self.offline.set(true);
                    self.wait(RETRY);
                }
                Err(Refusal::NoConnection) => self.ask_later(question, RETRY),
                Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                    self.tell_once(refusal);
                    let pause = Duration::from_secs(retry_after);
                    if first { self.wait(pause) } else { self.ask_later(question, pause) }
                }
                Err(_) => {}
            }
        });
    }

    /// A number for what is asked or sent now, by which an answer to something earlier is known as old.
    fn newer_question(self) -> u32 {
        let newer = self.question.get_value().wrapping_add(1);
        self.question.set_value(newer);
        newer
    }

    fn ask_later(self, question: u32, pause: Duration) {
        let again = move || {
            if question == self.question.get_value() {
                self.ask();
            }
        };
        set_timeout(again, pause);
    }

    /// Polls, after a pause, without anything having been pressed here.
    fn wait(self, pause: Duration) {
        self.busy.set(true);
        set_timeout(move || self.poll(POLLS, Pressed::Elsewhere), pause);
    }

    fn resume(self, step: Step) {
        let (was, is) = (self.step.with_untracked(number), number(&step));
        // The last screen stays for whoever still reads it; the visit behind it is long gone.
        if was == 5 && is == 1 {
            return;
        }
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
