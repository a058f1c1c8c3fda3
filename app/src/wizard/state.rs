//! What the browser knows of a session, and what is typed. The server has the truth; `client::requests` asks for it
//! whenever it is in doubt.

use super::screen::{Place, Screen};
use super::strength::Strength;
use crate::api::refusal::Refusal;
use crate::api::step::{OtpMethod, Step};
use crate::client::browser::{self, Phone};
use crate::client::page_state::set_if_changed;
use crate::client::{PageState, Problem, lifecycle};
use crate::domain::raw_input::RawInput;
use crate::i18n::{Explanation, explain};
use leptos::prelude::*;

/// The state that the wizard's screens share. Provided as context; `Copy`, as the signals in it are.
#[derive(Clone, Copy)]
pub(crate) struct WizardState {
    pub(crate) page: PageState,
    /// The server's step without what changes by itself: its times are in `page.expires_at` and `resend_at`, and
    /// whether all domain controllers know the password is in `everywhere`.
    pub(super) step: RwSignal<Step>,
    /// An earlier place that the user went back to; the session itself does not move back.
    pub(super) looking_back: RwSignal<Option<Place>>,
    pub(super) screen: Memo<Screen>,
    pub(super) username: RwSignal<RawInput>,
    pub(super) birthdate: RwSignal<RawInput>,
    pub(super) code: RwSignal<RawInput>,
    pub(super) password: RwSignal<RawInput>,
    pub(super) repeat: RwSignal<RawInput>,
    resend_at: StoredValue<Option<f64>>,
    /// Seconds until another code can be sent.
    pub(super) resend_in: RwSignal<u64>,
    /// Whether all domain controllers know the new password; see [`Step::Done`].
    pub(super) everywhere: RwSignal<Option<bool>>,
    /// Since when they do not, and how often that was asked.
    pub(super) replication: StoredValue<(f64, usize)>,
    /// Whether a password was refused on this screen: what it still breaks is marked as wrong then.
    pub(super) is_rejected: RwSignal<bool>,
    pub(super) strength: Strength,
    pub(super) phone: StoredValue<Option<Phone>>,
    /// Whether the last refusal came before a code was asked for: only where a birthdate is verified by itself.
    pub(super) refused_before_code: StoredValue<bool>,
}

impl WizardState {
    pub(super) fn new(page: PageState, step: Step) -> Self {
        let (step, looking_back) = (RwSignal::new(step), RwSignal::new(None));
        Self {
            page,
            step,
            looking_back,
            screen: Memo::new(move |_| {
                step.with(|step| Screen::of(step, visible_past(step, looking_back.get())))
            }),
            username: RwSignal::default(),
            birthdate: RwSignal::default(),
            code: RwSignal::default(),
            password: RwSignal::default(),
            repeat: RwSignal::default(),
            resend_at: StoredValue::new(None),
            resend_in: RwSignal::new(0),
            everywhere: RwSignal::new(None),
            replication: StoredValue::new((0.0, 0)),
            is_rejected: RwSignal::new(false),
            strength: Strength::new(),
            phone: StoredValue::new(None),
            refused_before_code: StoredValue::new(false),
        }
    }

    /// Where the server is.
    pub(super) fn server_place(self) -> Place {
        self.step.with_untracked(Place::of)
    }

    /// What is shown; tracked.
    pub(super) fn place(self) -> Place {
        let at = self.step.with(Place::of);
        self.step.with(|step| visible_past(step, self.looking_back.get())).unwrap_or(at)
    }

    /// Whether more time can be requested: not once the new password is asked for.
    pub(super) fn can_extend(self) -> Signal<bool> {
        Signal::derive(move || self.step.with(|step| !matches!(step, Step::Password { .. })))
    }

    /// Keeps title, focus and the strength estimator in step with the screen.
    pub(super) fn follow(self) {
        let screen = move || (self.place(), self.step.with(way));
        lifecycle::follow(self.page, screen, move || self.title());
        Effect::new(move |_: Option<()>| {
            // A refusal starts an estimator again that could not be loaded.
            self.page.problem.track();
            // One screen early, so that the estimator is loaded when the password is typed.
            if matches!(self.place(), Place::Code | Place::Password) {
                self.strength.start();
            }
        });
    }

    /// The page's name and the screen's heading.
    fn title(self) -> (String, Option<&'static str>) {
        let language = self.page.language.get_untracked();
        let words = language.words();
        let heading = match self.screen.get() {
            Screen::Identify => None,
            Screen::Birthdate => Some(words.birthdate_heading.trim_end_matches('.')),
            Screen::Code { .. } => Some(words.code_heading),
            Screen::Password { .. } => Some(words.password_heading),
            Screen::PracticeDone => Some(words.practice_heading),
            Screen::Unlocked => Some(words.unlocked_heading),
            Screen::Done { .. } => Some(words.done_heading),
        };
        (self.page.site().organisation.title.in_language(language).to_owned(), heading)
    }

    /// The text for the problem on screen; tracked.
    pub(super) fn explanation(self) -> Option<Explanation> {
        let problem = self.page.problem.get()?.problem;
        let words = self.page.language.get().words();
        let site = self.page.site();
        let desk = &site.organisation.service_desk;
        Some(match &problem {
            Problem::Refused(refusal @ Refusal::NotVerified { .. })
                if self.refused_before_code.get_value() =>
            {
                explain(refusal, words, desk).before_the_code(words)
            }
            Problem::Refused(refusal) => explain(refusal, words, desk),
            Problem::NotRepeated => Explanation::at_repeat(words),
            Problem::NotLocked => Explanation::not_locked(words, desk),
            Problem::CodeWaited => Explanation::code_waited(words, desk),
            Problem::NotDone => Explanation::not_done(words, desk),
            Problem::NoCookies => Explanation::no_cookies(words, desk),
        })
    }

    /// Takes over a step that the server reported. `looking_back` is the earlier place to stay at, if any.
    pub(super) fn show(self, mut step: Step, looking_back: Option<Place>) {
        let now = browser::now();
        self.phone.set_value(browser::phone());
        let (expires_in, resend_in) = take_times(&mut step);
        self.page.expires_at.set_value(expires_in.map(|seconds| browser::seconds_after(now, seconds)));
        self.resend_at.set_value(resend_in.map(|seconds| browser::seconds_after(now, seconds)));
        self.set_replication(take_everywhere(&mut step), now);
        lifecycle::tick(self);
        // Where the user went back to type another name, that one stays.
        if let Step::Birthdate { username, .. } | Step::Code { username, .. } = &step
            && looking_back != Some(Place::Identify)
        {
            set_if_changed(self.username, RawInput::new(username.clone()));
        }
        let at = Place::of(&step);
        if at == Place::Identify {
            self.page.cannot_extend.set(false);
        }
        // What a step no longer needs is wiped.
        if at != Place::Code {
            set_if_changed(self.code, RawInput::default());
        }
        if at != Place::Password {
            set_if_changed(self.password, RawInput::default());
            set_if_changed(self.repeat, RawInput::default());
            set_if_changed(self.is_rejected, false);
        }
        if !matches!(at, Place::Birthdate | Place::Code) {
            set_if_changed(self.birthdate, RawInput::default());
        }
        set_if_changed(self.looking_back, looking_back);
        if looking_back.is_none() {
            // A tab that is opened at the code can look back at the birthdate as well.
            if at == Place::Code {
                browser::push_history_entry(Place::Birthdate.number());
            }
            browser::push_history_entry(at.number());
        }
        set_if_changed(self.step, step);
    }

    /// Updates the countdown to the next code.
    pub(super) fn count_down(self, now: f64) {
        let left = self.resend_at.get_value().map(|at| (at - now) / 1000.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, far below 2^63"
        )]
        let seconds = left.unwrap_or_default().max(0.0).ceil() as u64;
        set_if_changed(self.resend_in, seconds);
    }

    /// Shows the birthdate again, as Back does from the code, so that Back and Forward go on from there.
    pub(super) fn change_birthdate(self) {
        self.page.clear_problem();
        // It belonged to the birthdate that was wrong, and is used up.
        self.code.set(RawInput::default());
        // The history moves later than this: a second press meanwhile would move it twice.
        if self.looking_back.get_untracked() != Some(Place::Birthdate) {
            self.looking_back.set(Some(Place::Birthdate));
            browser::pop_history_entry(Place::Code.number());
        }
    }

    /// Back or Forward was pressed.
    pub(super) fn history_moved(self) {
        // A problem belongs to the screen on which it occurred.
        self.page.clear_problem();
        self.looking_back.set(Place::from_number(browser::history_entry().unwrap_or(1)));
    }
}

/// The earlier place that may be shown. After the verification there is no way back: the session would have to start
/// again.
fn visible_past(step: &Step, looking_back: Option<Place>) -> Option<Place> {
    let at = Place::of(step);
    looking_back.filter(|back| *back < at && at <= Place::Code)
}

const fn way(step: &Step) -> Option<OtpMethod> {
    match step {
        Step::Code { way, .. } => Some(*way),
        Step::Identify {} | Step::Birthdate { .. } | Step::Password { .. } | Step::Done { .. } => None,
    }
}

const fn take_everywhere(step: &mut Step) -> Option<bool> {
    match step {
        Step::Done { everywhere, .. } => everywhere.take(),
        Step::Identify {} | Step::Birthdate { .. } | Step::Code { .. } | Step::Password { .. } => None,
    }
}

/// Takes the running times out of a step: seconds until it expires, and until another code can be sent.
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
