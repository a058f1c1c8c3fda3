//! The wizard's visit as this browser sees it: where it stands and what is typed. Not the truth about it:
//! that is the server's, asked again whenever in doubt (see `calls`).

mod spreading;
mod talk;

use super::browser::{self, Phone};
use super::page::Page;
use super::strength::Strength;
use super::timing::tick;
use crate::site::{Language, Site};
use crate::step::{Step, Way};
use crate::typed::Typed;
use crate::ui::{Held, Signal};

/// The visit; copied freely, as [`Page`] is.
#[derive(Clone, Copy)]
pub(crate) struct Visit(&'static State);

impl std::ops::Deref for Visit {
    type Target = State;
    fn deref(&self) -> &State {
        self.0
    }
}

/// Everything that the screens of the wizard share.
pub(crate) struct State {
    page: Page,
    /// Without what changes by itself: the times are in `expires_at` and `resend_at`, and how far a new password
    /// has come is in `everywhere`, so that it draws nothing anew.
    pub(crate) step: Signal<Step>,
    /// An earlier screen that somebody went back to look at; the visit itself does not move back.
    pub(crate) looking_back: Signal<Option<u8>>,
    pub(crate) username: Signal<Typed>,
    pub(crate) birthdate: Signal<Typed>,
    pub(crate) code: Signal<Typed>,
    pub(crate) password: Signal<Typed>,
    pub(crate) repeat: Signal<Typed>,
    resend_at: Held<Option<f64>>,
    /// Seconds until another code can be sent.
    pub(crate) resend_in: Signal<u64>,
    /// Whether all domain controllers know the new password; see [`Step::Done`].
    pub(crate) everywhere: Signal<Option<bool>>,
    /// Since when they do not, and how often that was asked.
    spreading: Held<(f64, usize)>,
    pub(crate) strength: Strength,
    /// What this device is; see [`browser::phone`].
    pub(crate) phone: Held<Option<Phone>>,
    /// Whether the last refusal came before a code was asked for: only where a birthdate is judged by itself.
    before_the_code: Held<bool>,
    waiting: Held<Option<(Call, f64)>>,
}

// So that the screens say `visit.busy` and `visit.words()`.
impl std::ops::Deref for State {
    type Target = Page;
    fn deref(&self) -> &Page {
        &self.page
    }
}

/// A request that a person made by pressing something.
#[derive(Clone)]
pub(crate) enum Call {
    Identify(Typed),
    Birthdate(Typed),
    Code(Typed),
    Resend(Option<Way>),
    Password(Typed),
    Unlock,
    Extend,
    Cancel,
}

impl Visit {
    pub(crate) fn new(site: Site, language: Language, step: Step) -> Self {
        Self(Box::leak(Box::new(State {
            page: Page::new(site, language),
            step: Signal::new(step),
            looking_back: Signal::new(None),
            username: Signal::default(),
            birthdate: Signal::default(),
            code: Signal::default(),
            password: Signal::default(),
            repeat: Signal::default(),
            resend_at: Held::new(None),
            resend_in: Signal::new(0),
            everywhere: Signal::new(None),
            spreading: Held::new((0.0, 0)),
            strength: Strength::new(),
            phone: Held::new(None),
            before_the_code: Held::new(false),
            waiting: Held::new(None),
        })))
    }

    fn arrive(self, mut step: Step, back: Option<u8>) {
        let now = browser::now();
        self.phone.set(browser::phone());
        let (expires_in, resend_in) = take_times(&mut step);
        self.expires_at.set(expires_in.map(|seconds| browser::after(now, seconds)));
        self.resend_at.set(resend_in.map(|seconds| browser::after(now, seconds)));
        self.spread(take_everywhere(&mut step), now);
        tick(self);
        // Where somebody went back to type another name, that one stays.
        if let Step::Birthdate { username, .. } | Step::Code { username, .. } = &step
            && back != Some(1)
        {
            self.username.set(Typed::new(username.clone()));
        }
        if number(&step) == 1 {
            self.is_last.set(false);
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
        if back.is_none() {
            let at = number(&step);
            // A tab that comes in at the code can look back at the birthdate as well.
            if at == 3 {
                browser::push_step(2);
            }
            browser::push_step(at);
        }
        if self.step.with_untracked(|old| *old != step) {
            self.step.set(step);
        }
    }

    /// Looks at the birthdate again, as Back from the code does: so that Back and Forward go on from there.
    pub(crate) fn look_back(self) {
        self.trouble.set(None);
        // The history moves later than this: a second press meanwhile would take it back twice.
        if self.looking_back.get_untracked() != Some(2) {
            self.looking_back.set(Some(2));
            browser::pop_step(3);
        }
    }
}

/// Takes out of a step how far the new password has come.
const fn take_everywhere(step: &mut Step) -> Option<bool> {
    match step {
        Step::Done { everywhere, .. } => everywhere.take(),
        Step::Identify {} | Step::Birthdate { .. } | Step::Code { .. } | Step::Password { .. } => None,
    }
}

/// The number of a step's screen, 1 to 5.
const fn number(step: &Step) -> u8 {
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
