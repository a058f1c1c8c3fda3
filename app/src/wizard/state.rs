//! The browser's state of a reset session, and the typed text. The server's state is authoritative; `client::requests`
//! queries it when this one may be outdated.

use super::screen::{Screen, StepKind};
use super::strength::Strength;
use crate::api::refusal::Refusal;
use crate::api::step::{OtpMethod, Purpose, Step};
use crate::client::browser::{self, Phone};
use crate::client::page_state::set_if_changed;
use crate::client::polling::POLL_INTERVAL_MS;
use crate::client::{PageState, Problem, lifecycle};
use crate::domain::raw_input::RawInput;
use crate::i18n::{Explanation, explain, explain_new_app};
use leptos::prelude::*;

/// The state that the wizard's screens share. Provided as context; `Copy`, because its signals are.
#[derive(Clone, Copy)]
pub(crate) struct WizardState {
    pub(crate) page: PageState,
    /// The server's step without the values that change over time: its times are in `page.expires_at` and `resend_at`,
    /// and whether all domain controllers have the password is in `everywhere`.
    pub(super) step: RwSignal<Step>,
    /// An earlier step that the user went back to; the session itself does not move back.
    pub(super) earlier_step: RwSignal<Option<StepKind>>,
    pub(super) screen: Memo<Screen>,
    /// What the next session is for.
    pub(super) purpose: RwSignal<Purpose>,
    pub(super) username: RwSignal<RawInput>,
    pub(super) birthdate: RwSignal<RawInput>,
    pub(super) code: RwSignal<RawInput>,
    pub(super) password: RwSignal<RawInput>,
    pub(super) repeat: RwSignal<RawInput>,
    resend_at: StoredValue<Option<f64>>,
    /// Seconds until another code can be sent.
    pub(super) resend_in: RwSignal<u64>,
    /// Whether all domain controllers have the new password; see [`Step::Done`].
    pub(super) everywhere: RwSignal<Option<bool>>,
    /// Since when they do not, in milliseconds since 1970, and the number of polls since then.
    pub(super) replication: StoredValue<(f64, usize)>,
    /// Whether a password was refused on this screen; violated requirements are then marked as wrong.
    pub(super) is_rejected: RwSignal<bool>,
    pub(super) strength: Strength,
    pub(super) phone: StoredValue<Option<Phone>>,
    /// Whether the employee has confirmed that the app is installed on the other phone.
    pub(super) is_app_installed: RwSignal<bool>,
    /// When it may be polled whether that app is active, or whether the call code was used, in milliseconds since 1970 by the
    /// device's clock.
    pub(super) poll_at: StoredValue<f64>,
    /// Whether the last refusal came before the code step: only if the birthdate is verified separately.
    pub(super) refused_before_code: StoredValue<bool>,
}

impl WizardState {
    pub(super) fn new(page: PageState, step: Step) -> Self {
        let (step, earlier_step) = (RwSignal::new(step), RwSignal::new(None));
        Self {
            page,
            step,
            earlier_step,
            screen: Memo::new(move |_| {
                step.with(|step| Screen::of(step, visible_earlier_step(step, earlier_step.get())))
            }),
            purpose: RwSignal::new(Purpose::Reset),
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
            is_app_installed: RwSignal::new(false),
            poll_at: StoredValue::new(0.0),
            refused_before_code: StoredValue::new(false),
        }
    }

    /// The step of the session on the server.
    pub(super) fn server_step(self) -> StepKind {
        self.step.with_untracked(StepKind::of)
    }

    /// The step on screen; tracked.
    pub(super) fn visible_step(self) -> StepKind {
        let kind = self.step.with(StepKind::of);
        self.step.with(|step| visible_earlier_step(step, self.earlier_step.get())).unwrap_or(kind)
    }

    /// Whether more time can be requested: not after the verification.
    pub(super) fn can_extend(self) -> Signal<bool> {
        Signal::derive(move || {
            self.step
                .with(|step| !matches!(step, Step::Password { .. } | Step::Call { .. } | Step::NewApp { .. }))
        })
    }

    /// Synchronizes title, focus and the strength estimator with the screen.
    pub(super) fn synchronize_document(self) {
        let screen =
            move || (self.visible_step(), self.step.with(|step| (otp_method(step), is_achieved(step))));
        lifecycle::synchronize_document(self.page, screen, move || self.title());
        Effect::new(move |_: Option<()>| {
            // A refusal restarts an estimator that could not be loaded.
            self.page.problem.track();
            // One screen earlier, so that the estimator is loaded when the password is typed.
            if matches!(self.visible_step(), StepKind::Code | StepKind::Password)
                && self.visible_purpose() == Purpose::Reset
            {
                self.strength.start();
            }
        });
    }

    /// Restores what the next session is for from before a reload, and stores each change.
    pub(super) fn keep_purpose(self) {
        if self.page.site().calls {
            set_if_changed(
                self.purpose,
                browser::stored_purpose().as_deref().map_or(Purpose::Reset, Purpose::from_name),
            );
        }
        Effect::new(move |_: Option<()>| browser::store_purpose(self.purpose.get().name()));
    }

    /// The page's name and the screen's heading.
    fn title(self) -> (String, Option<&'static str>) {
        let language = self.page.language.get_untracked();
        let messages = language.messages();
        let heading = match self.screen.get() {
            Screen::Identify => None,
            Screen::Birthdate => Some(messages.birthdate_heading.trim_end_matches('.')),
            Screen::Code { .. } => Some(messages.code_heading),
            Screen::StartCode => Some(language.activation().start_code_heading),
            Screen::Password { .. } => Some(messages.password_heading),
            Screen::Waiting { .. } => Some(messages.waiting_heading),
            Screen::Call { .. } => Some(messages.call_heading),
            Screen::CallOver => Some(messages.call_over_heading),
            Screen::NewApp => Some(language.activation().new_app_heading),
            Screen::AppLinked { .. } => Some(language.activation().new_app_linked_heading),
            Screen::PracticeDone => Some(messages.practice_heading),
            Screen::Unlocked => Some(messages.unlocked_heading),
            Screen::Done { .. } => Some(messages.done_heading),
        };
        (self.page.site().organisation.title.in_language(language).to_owned(), heading)
    }

    /// The explanation of the problem on screen; tracked.
    pub(super) fn explanation(self) -> Option<Explanation> {
        let problem = self.page.problem.get()?.problem;
        let language = self.page.language.get();
        let messages = language.messages();
        let site = self.page.site();
        let desk = &site.organisation.service_desk;
        let is_new_app = untrack(|| self.visible_purpose()) == Purpose::NewApp;
        let explain = |refusal: &Refusal| {
            if is_new_app {
                explain_new_app(refusal, (messages, language.activation()), desk)
            } else {
                explain(refusal, messages, desk)
            }
        };
        Some(match &problem {
            Problem::Refused(refusal @ Refusal::NotVerified { .. })
                if self.refused_before_code.get_value() =>
            {
                let start_code = language.activation().start_code_cause;
                let code = if is_new_app { start_code } else { messages.not_verified_code };
                explain(refusal).without_code(code, messages)
            }
            Problem::Refused(refusal) => explain(refusal),
            Problem::PasswordMismatch => Explanation::password_mismatch(messages),
            Problem::NotLocked => Explanation::not_locked(messages, desk),
            Problem::StaleCode => Explanation::stale_code(messages, desk),
            Problem::StepNotCompleted => Explanation::step_not_completed(messages, desk),
            Problem::NoCookies => Explanation::no_cookies(messages, desk),
            Problem::SessionNotKept => Explanation::session_not_kept(
                (messages.start_again, messages.start_again_todo),
                messages,
                desk,
            ),
        })
    }

    /// Applies a step that the server reported. `earlier_step` is the step on screen if the user went back.
    pub(super) fn show(self, mut step: Step, earlier_step: Option<StepKind>) {
        let now = browser::now();
        self.phone.set_value(browser::phone());
        let (expires_in, resend_in) = take_times(&mut step);
        self.page.expires_at.set_value(expires_in.map(|seconds| browser::seconds_after(now, seconds)));
        self.resend_at.set_value(resend_in.map(|seconds| browser::seconds_after(now, seconds)));
        self.set_replication(take_everywhere(&mut step), now);
        // Before the tick, which still sees the earlier step.
        self.poll_at.set_value(now + POLL_INTERVAL_MS);
        lifecycle::tick(self);
        // If the user went back to type another name, that text stays.
        if let Step::Birthdate { username, .. } | Step::Code { username, .. } = &step
            && earlier_step != Some(StepKind::Identify)
        {
            set_if_changed(self.username, RawInput::new(username.clone()));
        }
        // If the session ends, the user starts again for the same purpose.
        if let Some(purpose) = next_purpose(&step)
            && earlier_step != Some(StepKind::Identify)
        {
            set_if_changed(self.purpose, purpose);
        }
        let kind = StepKind::of(&step);
        if kind == StepKind::Identify {
            self.page.cannot_extend.set(false);
        }
        // Values that the step does not need any more are wiped.
        if kind != StepKind::Code {
            set_if_changed(self.code, RawInput::default());
        }
        if kind != StepKind::Password {
            set_if_changed(self.password, RawInput::default());
            set_if_changed(self.repeat, RawInput::default());
            set_if_changed(self.is_rejected, false);
        }
        if !matches!(kind, StepKind::Birthdate | StepKind::Code) {
            set_if_changed(self.birthdate, RawInput::default());
        }
        if kind != StepKind::NewApp {
            set_if_changed(self.is_app_installed, false);
        }
        set_if_changed(self.earlier_step, earlier_step);
        if earlier_step.is_none() {
            // Allows Back to the birthdate also in a tab that starts at the code.
            if kind == StepKind::Code {
                browser::push_history_entry(StepKind::Birthdate.number());
            }
            browser::push_history_entry(kind.number());
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

    /// Shows the birthdate again, like Back at the code, so that Back and Forward continue from there.
    pub(super) fn change_birthdate(self) {
        self.page.clear_problem();
        // The code was used with the wrong birthdate.
        self.code.set(RawInput::default());
        // The history changes asynchronously: a second press meanwhile would go back twice.
        if self.earlier_step.get_untracked() != Some(StepKind::Birthdate) {
            self.earlier_step.set(Some(StepKind::Birthdate));
            browser::pop_history_entry(StepKind::Code.number());
        }
    }

    /// Handles Back and Forward.
    pub(super) fn history_moved(self) {
        // A problem belongs to the screen on which it occurred.
        self.page.clear_problem();
        self.earlier_step.set(StepKind::from_number(browser::history_entry().unwrap_or(1)));
    }
}

/// The earlier step, if it may be shown. Not after the verification: the session would have to start again.
fn visible_earlier_step(step: &Step, earlier_step: Option<StepKind>) -> Option<StepKind> {
    let kind = StepKind::of(step);
    earlier_step.filter(|back| *back < kind && kind <= StepKind::Code)
}

const fn otp_method(step: &Step) -> Option<OtpMethod> {
    match step {
        Step::Code { method, .. } => Some(*method),
        Step::Identify {}
        | Step::Birthdate { .. }
        | Step::Password { .. }
        | Step::Waiting { .. }
        | Step::Call { .. }
        | Step::NewApp { .. }
        | Step::Done { .. } => None,
    }
}

/// What the next session is for after one that is at this step; `None` for the first screen, where the user chooses.
const fn next_purpose(step: &Step) -> Option<Purpose> {
    match step {
        Step::Identify {} => None,
        Step::Birthdate { purpose, .. } | Step::Code { purpose, .. } => Some(*purpose),
        Step::Call { used: false, .. } => Some(Purpose::Call),
        // The purpose of this session is achieved.
        Step::Call { used: true, .. }
        | Step::NewApp { linked: true, .. }
        | Step::Password { .. }
        | Step::Waiting { .. }
        | Step::Done { .. } => Some(Purpose::Reset),
        Step::NewApp { linked: false, .. } => Some(Purpose::NewApp),
    }
}

/// Whether the app is linked on another phone: then the session has ended, and the step stays on screen.
pub(super) const fn is_linked(step: &Step) -> bool {
    matches!(step, Step::NewApp { linked: true, .. })
}

/// Whether the step stays on screen although its session ends: the app is linked, or the call code was used.
pub(super) const fn is_achieved(step: &Step) -> bool {
    is_linked(step) || matches!(step, Step::Call { used: true, .. })
}

const fn take_everywhere(step: &mut Step) -> Option<bool> {
    match step {
        Step::Done { everywhere, .. } => everywhere.take(),
        Step::Identify {}
        | Step::Birthdate { .. }
        | Step::Code { .. }
        | Step::Password { .. }
        | Step::Waiting { .. }
        | Step::Call { .. }
        | Step::NewApp { .. } => None,
    }
}

/// Takes the times out of a step: seconds until it expires, and until another code can be sent.
fn take_times(step: &mut Step) -> (Option<u64>, Option<u64>) {
    match step {
        Step::Identify {} | Step::Waiting { .. } | Step::Done { .. } => (None, None),
        // Its session has ended, or its end means nothing.
        Step::Call { used: true, expires_in, .. } | Step::NewApp { linked: true, expires_in, .. } => {
            *expires_in = 0;
            (None, None)
        }
        Step::Birthdate { expires_in, .. }
        | Step::Password { expires_in, .. }
        | Step::Call { expires_in, .. }
        | Step::NewApp { expires_in, .. } => (Some(std::mem::take(expires_in)), None),
        Step::Code { expires_in, resend_after, .. } => {
            (Some(std::mem::take(expires_in)), std::mem::take(resend_after))
        }
    }
}
