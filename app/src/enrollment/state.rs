//! The browser's state of an enrollment session, and the typed text. The server's state is authoritative;
//! `client::requests` queries it when this one may be outdated.

use super::screen::{SECTION_HISTORY_ENTRY, Screen, Section};
use crate::api::enrollment_state::{Activation, App, Known, Overview, Registration, Stage};
use crate::api::refusal::Refusal;
use crate::client::browser::{self, Phone};
use crate::client::page_state::set_if_changed;
use crate::client::{PageState, Problem, lifecycle};
use crate::domain::raw_input::RawInput;
use crate::i18n::{
    EnrollmentMessages, Explanation, RefusalContext, Template, explain_enrollment, waiting_time_text,
};
use leptos::prelude::*;

/// Maximum deviation of the device's clock, in milliseconds: the codes of the app change every 30 seconds.
const CLOCK_TOLERANCE_MS: f64 = 60_000.0;

/// The value that was just saved, for confirmation on the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saved {
    Birthdate,
    Mobile,
    /// An answer to HR's proposal.
    Answer,
}

impl Saved {
    pub(super) const fn message(self, texts: &'static EnrollmentMessages) -> &'static str {
        match self {
            Self::Birthdate => texts.saved_birthdate,
            Self::Mobile => texts.saved_mobile,
            Self::Answer => texts.saved_answer,
        }
    }
}

/// The state that the enrollment's screens share. Provided as context; `Copy`, because its signals are.
#[derive(Clone, Copy)]
pub(crate) struct EnrollmentState {
    pub(crate) page: PageState,
    pub(super) stage: RwSignal<Stage>,
    pub(super) section: RwSignal<Section>,
    pub(super) screen: Memo<Screen>,
    /// The server's overview without the values that polling changes: the time is in `clock_agrees`, the app in `app`,
    /// and its activation in `activation`.
    pub(super) overview: RwSignal<Option<Overview>>,
    pub(super) app: RwSignal<App>,
    pub(super) activation: RwSignal<Option<Activation>>,
    /// Whether the employee has confirmed that the app is installed, the first step of linking it.
    pub(super) is_app_installed: RwSignal<bool>,
    /// Whether the employee has just signed out.
    pub(super) signed_out: RwSignal<bool>,
    /// Whether the typed birthdate or number is shown for confirmation before it is saved.
    pub(super) is_checking: RwSignal<bool>,
    /// The history entries of the screen that was opened from the overview, and of the screen that is open now.
    pub(super) entries: StoredValue<(u8, u8)>,
    /// Whether the device's clock agrees with the server's.
    pub(super) clock_agrees: RwSignal<bool>,
    /// How far the server's clock is ahead of the device's, in milliseconds; `None` before the first overview.
    clock_deviation: StoredValue<Option<f64>>,
    pub(super) saved: RwSignal<Option<Saved>>,
    pub(super) username: RwSignal<RawInput>,
    /// The current password. Wiped when the sign-in has a response.
    pub(super) password: RwSignal<RawInput>,
    pub(super) code: RwSignal<RawInput>,
    pub(super) birthdate: RwSignal<RawInput>,
    pub(super) mobile: RwSignal<RawInput>,
    /// The context of the last refusal.
    pub(super) refusal_context: StoredValue<RefusalContext>,
    /// When the app may be polled again, in milliseconds since 1970 by the device's clock.
    pub(super) poll_app_at: StoredValue<f64>,
    pub(super) phone: StoredValue<Option<Phone>>,
}

impl EnrollmentState {
    pub(super) fn new(page: PageState) -> Self {
        let (stage, section) = (RwSignal::new(Stage::SignIn), RwSignal::new(Section::Overview));
        let (app, activation) = (RwSignal::new(App::Unknown), RwSignal::new(None::<Activation>));
        Self {
            page,
            stage,
            section,
            screen: Memo::new(move |_| {
                // While another phone is being linked, the app on the earlier phone stays active.
                let is_linked = app.get() == App::Active && activation.with(Option::is_none);
                Screen::of(stage.get(), section.get(), is_linked)
            }),
            overview: RwSignal::new(None),
            app,
            activation,
            is_app_installed: RwSignal::new(false),
            signed_out: RwSignal::new(false),
            is_checking: RwSignal::new(false),
            entries: StoredValue::new((SECTION_HISTORY_ENTRY, SECTION_HISTORY_ENTRY)),
            clock_agrees: RwSignal::new(true),
            clock_deviation: StoredValue::new(None),
            saved: RwSignal::new(None),
            username: RwSignal::default(),
            password: RwSignal::default(),
            code: RwSignal::default(),
            birthdate: RwSignal::default(),
            mobile: RwSignal::default(),
            refusal_context: StoredValue::new(RefusalContext::SignIn),
            poll_app_at: StoredValue::new(0.0),
            phone: StoredValue::new(None),
        }
    }

    /// The enrollment's messages, like [`PageState::messages`].
    pub(super) fn enrollment_messages(self) -> &'static EnrollmentMessages {
        self.page.language.get_untracked().enrollment()
    }

    /// A sentence with the waiting time of a change; `None` if there is no waiting time.
    pub(super) fn waiting_time(self, sentence: &Template<1>) -> Option<String> {
        waiting_time_text(&self.page.site(), self.page.messages()).map(|time| sentence.fill([&time]))
    }

    /// A sentence with the service desk's name and phone number.
    pub(super) fn call(self, sentence: &Template<2>) -> String {
        let site = self.page.site();
        let desk = &site.organisation.service_desk;
        sentence.fill([&desk.name, &desk.phone])
    }

    /// The server's time at `now`, a time by the device's clock; both in milliseconds since 1970.
    pub(super) fn server_time(self, now: f64) -> Option<f64> {
        self.clock_deviation.get_value().map(|deviation| now + deviation)
    }

    /// Synchronizes title and focus with the screen.
    pub(super) fn synchronize_document(self) {
        lifecycle::synchronize_document(self.page, move || self.screen.get(), move || self.title());
    }

    /// The page's name and the screen's heading.
    fn title(self) -> (String, Option<&'static str>) {
        let (messages, texts) = (self.page.messages(), self.enrollment_messages());
        let heading = match self.screen.get() {
            Screen::SignIn => None,
            Screen::Code => Some(messages.code_heading),
            Screen::Overview => Some(texts.ready_heading),
            Screen::Birthdate if self.is_checking.get() => Some(texts.birthdate_check),
            Screen::Birthdate => Some(texts.birthdate_heading),
            Screen::Mobile if self.is_checking.get() => Some(texts.mobile_check),
            Screen::Mobile => Some(texts.mobile_heading),
            Screen::Confirm => Some(texts.confirm_heading),
            Screen::Activation => Some(texts.app_link),
            Screen::Linked => Some(texts.linked_heading),
        };
        (texts.title.to_owned(), heading)
    }

    /// The explanation of the problem on screen; tracked.
    pub(super) fn explanation(self) -> Option<Explanation> {
        let problem = self.page.problem.get()?.problem;
        let language = self.page.language.get();
        let (messages, texts) = (language.messages(), language.enrollment());
        let site = self.page.site();
        let desk = &site.organisation.service_desk;
        Some(match &problem {
            Problem::Refused(refusal) => {
                explain_enrollment(refusal, self.refusal_context.get_value(), (messages, texts), desk)
            }
            Problem::StaleCode if self.stage.get_untracked() == Stage::SignIn => {
                Explanation::stale_sign_in(messages, texts, desk)
            }
            Problem::StaleCode => Explanation::stale_code(messages, desk),
            Problem::PasswordMismatch => Explanation::password_mismatch(messages),
            Problem::NotLocked => Explanation::not_locked(messages, desk),
            Problem::StepNotCompleted => Explanation::step_not_completed(messages, desk),
            Problem::NoCookies => Explanation::no_cookies(messages, desk),
            Problem::SessionNotKept => {
                Explanation::session_not_kept((texts.session_over, texts.session_over_todo), messages, desk)
            }
        })
    }

    /// The context of the current screen, which determines how a refusal is explained.
    pub(super) fn current_context(self) -> RefusalContext {
        match self.screen.get_untracked() {
            Screen::SignIn => RefusalContext::SignIn,
            Screen::Code => RefusalContext::Code,
            Screen::Birthdate | Screen::Mobile => RefusalContext::Value,
            Screen::Confirm => RefusalContext::Confirmation,
            Screen::Overview | Screen::Activation | Screen::Linked => RefusalContext::Other,
        }
    }

    /// Shows a refusal that the browser can determine, with the same text as the server's.
    pub(super) fn refuse(self, refusal: Refusal) {
        self.refusal_context.set_value(self.current_context());
        self.page.refuse(refusal);
    }

    /// Applies the state that the server reported, including its times.
    pub(super) fn show(self, registration: Registration) {
        let now = browser::now();
        self.phone.set_value(browser::phone());
        let expires_at = registration.expires_in.map(|seconds| browser::seconds_after(now, seconds));
        self.page.expires_at.set_value(expires_at);
        lifecycle::tick(self);
        self.apply(registration, now);
    }

    /// Applies the state that the server reported at the time `now`, in milliseconds since 1970.
    pub(super) fn apply(self, registration: Registration, now: f64) {
        let Registration { step, username, expires_in: _, overview } = registration;
        if let Some(username) = username {
            set_if_changed(self.username, RawInput::new(username));
        }
        if step == Stage::SignIn {
            set_if_changed(self.page.cannot_extend, false);
        } else {
            set_if_changed(self.signed_out, false);
            set_if_changed(self.password, RawInput::default());
        }
        if step != Stage::Overview {
            set_if_changed(self.saved, None);
            // The next user of this device must not see the activation link of this user.
            set_if_changed(self.activation, None);
            set_if_changed(self.app, App::Unknown);
            self.close_section();
        }
        let overview = overview.map(|overview| self.extract_polled_values(overview, now));
        set_if_changed(self.overview, overview);
        if self.stage.get_untracked() != step {
            set_if_changed(self.code, RawInput::default());
            self.stage.set(step);
        }
    }

    /// Moves the polled values into their signals, so that polling the app does not rebuild the rest of the overview.
    fn extract_polled_values(self, mut overview: Overview, now: f64) -> Overview {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay far below 2^52")]
        let server_time = std::mem::take(&mut overview.time) as f64 * 1000.0;
        self.clock_deviation.set_value(Some(server_time - now));
        set_if_changed(self.clock_agrees, (server_time - now).abs() <= CLOCK_TOLERANCE_MS);
        set_if_changed(self.app, std::mem::replace(&mut overview.app, App::Unknown));
        set_if_changed(self.activation, overview.activation.take());
        overview.birthdate = overview.birthdate.map(with_rounded_wait);
        overview.mobile = overview.mobile.map(with_rounded_wait);
        overview
    }
}

/// A registered value with its waiting time rounded up as it is displayed, so that the overview is not rebuilt every
/// second.
pub(super) fn with_rounded_wait(known: Known) -> Known {
    Known { usable_in: round_up_wait(known.usable_in), ..known }
}

fn round_up_wait(seconds: u64) -> u64 {
    let step = if seconds > 3600 { 3600 } else { 60 };
    seconds.div_ceil(step) * step
}
