//! What the browser knows of an enrollment session, and what is typed. The server has the truth; `client::requests`
//! asks for it whenever it is in doubt.

use super::polling::POLL_MS;
use super::screen::{OPENED_ENTRY, Place, Screen};
use crate::api::enrollment_state::{Activation, App, Known, Overview, Registration, Stage};
use crate::api::refusal::Refusal;
use crate::client::browser::{self, Phone};
use crate::client::focus;
use crate::client::page_state::set_if_changed;
use crate::client::{PageState, Problem, lifecycle};
use crate::domain::raw_input::RawInput;
use crate::i18n::{Asked, EnrollmentMessages, Explanation, Template, explain_enrollment, waiting};
use leptos::prelude::*;

/// How far the device's clock may be off, in milliseconds: the codes of the app change every 30 seconds.
const CLOCK_TOLERANCE_MS: f64 = 60_000.0;

/// What was just saved, to be confirmed on the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saved {
    Birthdate,
    Mobile,
    /// An answer to HR's proposal.
    Answer,
}

impl Saved {
    pub(super) const fn message(self, own: &'static EnrollmentMessages) -> &'static str {
        match self {
            Self::Birthdate => own.saved_birthdate,
            Self::Mobile => own.saved_mobile,
            Self::Answer => own.saved_answer,
        }
    }
}

/// The state that the enrollment's screens share. Provided as context; `Copy`, as the signals in it are.
#[derive(Clone, Copy)]
pub(crate) struct EnrollmentState {
    pub(crate) page: PageState,
    pub(super) stage: RwSignal<Stage>,
    pub(super) place: RwSignal<Place>,
    pub(super) screen: Memo<Screen>,
    /// The server's overview without what polling changes: the time is in `clock_agrees`, the app in `app`, and its
    /// activation in `activation`.
    pub(super) overview: RwSignal<Option<Overview>>,
    pub(super) app: RwSignal<App>,
    pub(super) activation: RwSignal<Option<Activation>>,
    /// Whether the employee said that the app is on the phone: the first step of linking it.
    pub(super) is_app_installed: RwSignal<bool>,
    /// Whether the employee has just signed out.
    pub(super) signed_out: RwSignal<bool>,
    /// Whether the number that is typed is shown for confirmation before it is saved.
    pub(super) is_mobile_checked: RwSignal<bool>,
    /// Whether the device's clock agrees with the server's.
    pub(super) clock_agrees: RwSignal<bool>,
    pub(super) saved: RwSignal<Option<Saved>>,
    pub(super) username: RwSignal<RawInput>,
    /// The current password. Wiped as soon as the sign-in is answered.
    pub(super) password: RwSignal<RawInput>,
    pub(super) code: RwSignal<RawInput>,
    pub(super) birthdate: RwSignal<RawInput>,
    pub(super) mobile: RwSignal<RawInput>,
    /// What was asked when the last refusal came.
    pub(super) asked: StoredValue<Asked>,
    /// When the app may be polled again, in milliseconds since 1970 by the device's clock.
    pub(super) poll_app_at: StoredValue<f64>,
    pub(super) phone: StoredValue<Option<Phone>>,
}

impl EnrollmentState {
    pub(super) fn new(page: PageState) -> Self {
        let (stage, place) = (RwSignal::new(Stage::SignIn), RwSignal::new(Place::Overview));
        let (app, activation) = (RwSignal::new(App::Unknown), RwSignal::new(None::<Activation>));
        Self {
            page,
            stage,
            place,
            screen: Memo::new(move |_| {
                // An earlier app stays active while another phone is being linked.
                let is_linked = app.get() == App::Active && activation.with(Option::is_none);
                Screen::of(stage.get(), place.get(), is_linked)
            }),
            overview: RwSignal::new(None),
            app,
            activation,
            is_app_installed: RwSignal::new(false),
            signed_out: RwSignal::new(false),
            is_mobile_checked: RwSignal::new(false),
            clock_agrees: RwSignal::new(true),
            saved: RwSignal::new(None),
            username: RwSignal::default(),
            password: RwSignal::default(),
            code: RwSignal::default(),
            birthdate: RwSignal::default(),
            mobile: RwSignal::default(),
            asked: StoredValue::new(Asked::SignIn),
            poll_app_at: StoredValue::new(0.0),
            phone: StoredValue::new(None),
        }
    }

    /// The enrollment's own texts, as [`PageState::words`].
    pub(super) fn own_words(self) -> &'static EnrollmentMessages {
        self.page.language.get_untracked().enrollment()
    }

    /// A sentence with the time during which a change does not count; `None` where it counts at once.
    pub(super) fn waiting_time(self, sentence: &Template<1>) -> Option<String> {
        waiting(&self.page.site(), self.page.words()).map(|time| sentence.fill([&time]))
    }

    /// A sentence with the service desk's name and phone number.
    pub(super) fn call(self, sentence: &Template<2>) -> String {
        let site = self.page.site();
        let desk = &site.organisation.service_desk;
        sentence.fill([&desk.name, &desk.phone])
    }

    /// Keeps title and focus in step with the screen.
    pub(super) fn follow(self) {
        lifecycle::follow(self.page, move || self.screen.get(), move || self.title());
    }

    /// The page's name and the screen's heading.
    fn title(self) -> (String, Option<&'static str>) {
        let (words, own) = (self.page.words(), self.own_words());
        let heading = match self.screen.get() {
            Screen::SignIn => None,
            Screen::Code => Some(words.code_heading),
            Screen::Overview => Some(own.ready_heading),
            Screen::Birthdate => Some(own.birthdate_heading),
            Screen::Mobile if self.is_mobile_checked.get() => Some(own.mobile_check),
            Screen::Mobile => Some(own.mobile_heading),
            Screen::Confirm => Some(own.confirm_heading),
            Screen::Activation => Some(own.app_link),
            Screen::Linked => Some(own.linked_heading),
        };
        (own.title.to_owned(), heading)
    }

    /// The text for the problem on screen; tracked.
    pub(super) fn explanation(self) -> Option<Explanation> {
        let problem = self.page.problem.get()?.problem;
        let language = self.page.language.get();
        let (words, own) = (language.words(), language.enrollment());
        let site = self.page.site();
        let desk = &site.organisation.service_desk;
        Some(match &problem {
            Problem::Refused(refusal) => {
                explain_enrollment(refusal, self.asked.get_value(), (words, own), desk)
            }
            Problem::CodeWaited if self.stage.get_untracked() == Stage::SignIn => {
                Explanation::sign_in_waited(words, own, desk)
            }
            Problem::CodeWaited => Explanation::code_waited(words, desk),
            Problem::NotRepeated => Explanation::at_repeat(words),
            Problem::NotLocked => Explanation::not_locked(words, desk),
            Problem::NotDone => Explanation::not_done(words, desk),
            Problem::NoCookies => Explanation::no_cookies(words, desk),
        })
    }

    /// What the current screen asks, which decides how a refusal is explained.
    pub(super) fn asks(self) -> Asked {
        match self.screen.get_untracked() {
            Screen::SignIn => Asked::SignIn,
            Screen::Code => Asked::Code,
            Screen::Birthdate | Screen::Mobile => Asked::Value,
            Screen::Confirm => Asked::Confirmation,
            Screen::Overview | Screen::Activation | Screen::Linked => Asked::Other,
        }
    }

    /// Refuses in the browser what the server would refuse, with the same text.
    pub(super) fn refuse(self, refusal: Refusal) {
        self.asked.set_value(self.asks());
        self.page.refuse(refusal);
    }

    /// Opens a screen from the overview; Back leads to the overview again.
    pub(super) fn open(self, place: Place) {
        self.page.clear_problem();
        set_if_changed(self.saved, None);
        self.poll_app_at.set_value(browser::now() + POLL_MS);
        browser::push_history_entry(OPENED_ENTRY);
        set_if_changed(self.place, place);
    }

    /// Goes to the overview, and takes the opened screen out of the history.
    pub(super) fn leave(self) {
        self.page.clear_problem();
        self.close();
        browser::pop_history_entry(OPENED_ENTRY);
    }

    /// Back or Forward was pressed. Forward opens nothing: what the screen would show may be outdated.
    pub(super) fn history_moved(self) {
        let is_before = browser::history_entry().is_none_or(|entry| entry < OPENED_ENTRY);
        if is_before && self.place.get_untracked() != Place::Overview {
            self.page.clear_problem();
            self.close();
        }
    }

    /// Shows the overview, and wipes what was typed on the screen that is left.
    fn close(self) {
        set_if_changed(self.place, Place::Overview);
        set_if_changed(self.is_app_installed, false);
        set_if_changed(self.is_mobile_checked, false);
        for typed in [self.birthdate, self.mobile, self.code] {
            set_if_changed(typed, RawInput::default());
        }
    }

    /// Shows the overview with a confirmation of what was saved.
    pub(super) fn confirm_saved(self, saved: Saved) {
        self.leave();
        set_if_changed(self.saved, Some(saved));
        // The button that was pressed is gone.
        focus::set_once_rendered(focus::HEADING);
        self.page.announce(saved.message(self.own_words()));
    }

    /// Takes over what the server reported, with its times.
    pub(super) fn show(self, registration: Registration) {
        let now = browser::now();
        self.phone.set_value(browser::phone());
        let expires_at = registration.expires_in.map(|seconds| browser::seconds_after(now, seconds));
        self.page.expires_at.set_value(expires_at);
        lifecycle::tick(self);
        self.apply(registration, now);
    }

    /// Takes over what the server reported at the time `now`, in milliseconds since 1970.
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
            // The next user of this device must not find the link for this user's app.
            set_if_changed(self.activation, None);
            set_if_changed(self.app, App::Unknown);
            self.close();
        }
        let overview = overview.map(|overview| self.take_polled(overview, now));
        set_if_changed(self.overview, overview);
        if self.stage.get_untracked() != step {
            set_if_changed(self.code, RawInput::default());
            self.stage.set(step);
        }
    }

    /// Takes out what has signals of its own, so that polling the app does not rebuild the rest of the overview.
    fn take_polled(self, mut overview: Overview, now: f64) -> Overview {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay far below 2^52")]
        let server_time = std::mem::take(&mut overview.time) as f64 * 1000.0;
        set_if_changed(self.clock_agrees, (server_time - now).abs() <= CLOCK_TOLERANCE_MS);
        set_if_changed(self.app, std::mem::replace(&mut overview.app, App::Unknown));
        set_if_changed(self.activation, overview.activation.take());
        overview.birthdate = overview.birthdate.map(with_coarse_wait);
        overview.mobile = overview.mobile.map(with_coarse_wait);
        overview
    }
}

/// A registered value with its waiting time in the steps in which it is shown, so that the overview is not rebuilt every
/// second.
pub(super) fn with_coarse_wait(known: Known) -> Known {
    Known { usable_in: coarse(known.usable_in), ..known }
}

fn coarse(seconds: u64) -> u64 {
    let step = if seconds > 3600 { 3600 } else { 60 };
    seconds.div_ceil(step) * step
}
