//! The registration as this browser sees it: where it stands, what is typed, and its calls. Not the truth
//! about it: that is the server's.

use super::{activation, code, edit, overview, sign_in};
use crate::api::registration as api;
use crate::pages::browser;
use crate::pages::calls::Calls as _;
use crate::pages::page::{Page, Trouble};
use crate::pages::talk::Talk;
use crate::pages::timing::tick;
use crate::refusal::Refusal;
use crate::registration::{Activation, App, Overview, Registration, Stage};
use crate::site::{Language, Site};
use crate::text::{Asked, Explanation, RegistrationWords, explain_registration};
use crate::typed::Typed;
use crate::ui::prose::all;
use leptos::prelude::*;

/// Where the practice run goes on.
const WIZARD: &str = "/wachtwoordreset";
/// How often to look whether the app is active.
const LOOK: f64 = 5_000.0;
/// How far a clock may be off; the codes of the app change every 30 seconds.
const CLOCK: f64 = 60_000.0;
/// The overview, in the history.
const OVERVIEW: u8 = 3;
/// Any screen that is opened from the overview, in the history.
const OPENED: u8 = 4;

/// Where somebody is on the overview and the screens that are opened from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// «Ben ik er klaar voor?».
    Overview,
    /// The birthdate is entered.
    Birthdate,
    /// The number is entered.
    Mobile,
    /// The code that was sent to the new number is entered.
    Confirm,
    /// The app is linked.
    Activation,
}

/// What was just done, to be said on the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saved {
    Birthdate,
    Mobile,
    Answer,
}

/// A request that a person made by pressing something.
#[derive(Clone)]
pub(crate) enum Call {
    SignIn(Typed, Typed),
    Code(Typed),
    Birthdate(Typed),
    Mobile(Typed),
    Confirm(Typed),
    Proposal(&'static str, bool),
    Activate,
    Practice,
    Extend,
    Cancel,
}

/// The session; copied freely, as [`Page`] is.
#[derive(Clone, Copy)]
pub(crate) struct Session(&'static State);

impl std::ops::Deref for Session {
    type Target = State;
    fn deref(&self) -> &State {
        self.0
    }
}

/// Everything that the screens of the registration share.
pub(crate) struct State {
    page: Page,
    pub(crate) stage: RwSignal<Stage>,
    pub(crate) place: RwSignal<Place>,
    /// Without its times, its app and its activation: what those change is drawn by itself.
    pub(crate) overview: RwSignal<Option<Overview>>,
    pub(crate) app: RwSignal<App>,
    pub(crate) activation: RwSignal<Option<Activation>>,
    /// Whether the clock of this device agrees with the server's.
    pub(crate) clock: RwSignal<bool>,
    pub(crate) saved: RwSignal<Option<Saved>>,
    pub(crate) username: RwSignal<Typed>,
    /// The current password: until its call has come to an answer, and no longer.
    pub(crate) password: RwSignal<Typed>,
    pub(crate) code: RwSignal<Typed>,
    pub(crate) birthdate: RwSignal<Typed>,
    pub(crate) mobile: RwSignal<Typed>,
    /// What was asked when the last refusal came.
    asked: StoredValue<Asked>,
    /// Not before this moment is the app looked at again.
    look_at: StoredValue<f64>,
    /// Whether this is a device for fingers, which cannot scan its own screen.
    pub(crate) phone: StoredValue<bool>,
    waiting: StoredValue<Option<(Call, f64)>>,
}

// So that the screens say `session.busy` and `session.words()`.
impl std::ops::Deref for State {
    type Target = Page;
    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Session {
    pub(crate) fn new(site: Site, language: Language) -> Self {
        Self(Box::leak(Box::new(State {
            page: Page::new(site, language),
            stage: RwSignal::new(Stage::SignIn),
            place: RwSignal::new(Place::Overview),
            overview: RwSignal::new(None),
            app: RwSignal::new(App::Unknown),
            activation: RwSignal::new(None),
            clock: RwSignal::new(true),
            saved: RwSignal::new(None),
            username: RwSignal::default(),
            password: RwSignal::default(),
            code: RwSignal::default(),
            birthdate: RwSignal::default(),
            mobile: RwSignal::default(),
            asked: StoredValue::new(Asked::SignIn),
            look_at: StoredValue::new(0.0),
            phone: StoredValue::new(false),
            waiting: StoredValue::new(None),
        })))
    }

    /// The registration's own words, as [`Page::words`].
    pub(crate) fn own(self) -> &'static RegistrationWords {
        self.language.get_untracked().registration()
    }

    /// Opens a screen from the overview; Back leads to the overview again.
    pub(crate) fn open(self, place: Place) {
        if !self.busy.get_untracked() {
            self.enter(place);
        }
    }

    fn enter(self, place: Place) {
        self.trouble.set(None);
        self.saved.set(None);
        self.look_at.set_value(browser::now() + LOOK);
        browser::push_step(OPENED);
        self.place.set(place);
    }

    /// Goes to the overview, and takes the opened screen out of the history.
    pub(crate) fn leave(self) {
        self.trouble.set(None);
        self.overview_is_shown();
        browser::pop_step(OPENED);
    }

    fn overview_is_shown(self) {
        self.place.set(Place::Overview);
        // What was typed on a screen that was left is not kept.
        for typed in [self.birthdate, self.mobile, self.code] {
            typed.set(Typed::default());
        }
    }

    fn done(self, saved: Saved) {
        self.leave();
        self.saved.set(Some(saved));
        let own = self.own();
        self.say(saved.says(own).to_owned());
    }

    /// Refuses in the browser what the server would refuse in the same words.
    pub(crate) fn refuse_here(self, refusal: Refusal) {
        self.asked.set_value(self.asks());
        self.refuse(refusal);
    }

    fn asks(self) -> Asked {
        match (self.stage.get_untracked(), self.place.get_untracked()) {
            (Stage::SignIn, _) => Asked::SignIn,
            (Stage::Code, _) => Asked::Code,
            (Stage::Overview, Place::Birthdate | Place::Mobile) => Asked::Value,
            (Stage::Overview, Place::Confirm) => Asked::Confirmation,
            (Stage::Overview, Place::Overview | Place::Activation) => Asked::Other,
        }
    }

    /// Takes over what the server says, with the times that belong to it.
    fn arrive(self, registration: Registration) {
        let now = browser::now();
        self.phone.set_value(browser::is_phone());
        self.expires_at.set_value(registration.expires_in.map(|seconds| browser::after(now, seconds)));
        tick(self);
        self.take(registration, now);
    }

    /// Takes over what the server says, at the moment `now`.
    pub(crate) fn take(self, registration: Registration, now: f64) {
        let Registration { step, username, expires_in: _, overview } = registration;
        if let Some(username) = username {
            self.username.set(Typed::new(username));
        }
        if step != Stage::SignIn {
            self.password.set(Typed::default());
        }
        if step != Stage::Overview {
            self.saved.set(None);
            self.overview_is_shown();
        }
        let overview = overview.map(|overview| self.without_what_moves(overview, now));
        set_if_new(self.overview, overview);
        if self.stage.get_untracked() != step {
            self.code.set(Typed::default());
            self.stage.set(step);
        }
    }

    /// Takes out what is drawn by itself, so that a look at the app draws nothing else anew.
    fn without_what_moves(self, mut overview: Overview, now: f64) -> Overview {
        #[expect(clippy::cast_precision_loss, reason = "a time of our days is far below 2^52")]
        let theirs = std::mem::take(&mut overview.time) as f64 * 1000.0;
        set_if_new(self.clock, (theirs - now).abs() <= CLOCK);
        set_if_new(self.app, std::mem::replace(&mut overview.app, App::Unknown));
        set_if_new(self.activation, overview.activation.take());
        for known in [&mut overview.birthdate, &mut overview.mobile].into_iter().flatten() {
            known.usable_in = coarse(known.usable_in);
        }
        overview
    }

    fn look_at_app(self) {
        self.look_at.set_value(f64::INFINITY);
        let question = self.question.get_value();
        leptos::task::spawn_local(async move {
            let answer = api::registration_app().await;
            let mut pause = LOOK;
            // Something was sent meanwhile: this answer is old.
            let old = self.busy.get_untracked() || question != self.question.get_value();
            match answer {
                _ if old => {}
                Ok(registration) => self.resume(registration),
                Err(refusal @ Refusal::StartAgain) => self.refused(refusal),
                Err(Refusal::TooMany { retry_after } | Refusal::Unavailable { retry_after, .. }) => {
                    pause = browser::after(0.0, retry_after);
                }
                // The next look may do better; nothing was lost.
                Err(_) => {}
            }
            self.look_at.set_value(browser::now() + pause);
        });
    }
}

impl Saved {
    pub(crate) const fn says(self, own: &'static RegistrationWords) -> &'static str {
        match self {
            Self::Birthdate => own.saved_birthdate,
            Self::Mobile => own.saved_mobile,
            Self::Answer => own.saved_answer,
        }
    }
}

fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

/// A waiting time in the steps in which it is shown, so that the page is not drawn anew every second.
fn coarse(seconds: u64) -> u64 {
    let step = if seconds > 3600 { 3600 } else { 60 };
    seconds.div_ceil(step) * step
}

impl Talk for Session {
    type Call = Call;
    type Answer = Registration;
    const OPENED: &'static str = "privacy";

    fn page(self) -> Page {
        self.0.page
    }

    fn waiting(self) -> StoredValue<Option<(Call, f64)>> {
        self.0.waiting
    }

    fn first_fields(self) -> Vec<(&'static str, RwSignal<Typed>)> {
        vec![("username", self.username), ("password", self.password)]
    }

    async fn make(call: Call) -> Result<Registration, Refusal> {
        match call {
            Call::SignIn(username, password) => api::registration_sign_in(username, password).await,
            Call::Code(code) => api::registration_code(code).await,
            Call::Birthdate(birthdate) => api::registration_birthdate(birthdate).await,
            Call::Mobile(mobile) => api::registration_mobile(mobile).await,
            Call::Confirm(code) => api::registration_confirm(code).await,
            Call::Proposal(what, yes) => {
                let answer = if yes { "yes" } else { "no" };
                api::registration_proposal(Typed::new(what), Typed::new(answer)).await
            }
            Call::Activate => api::registration_activate().await,
            Call::Practice => api::registration_practice().await,
            Call::Extend => api::registration_extend().await,
            Call::Cancel => api::registration_cancel().await,
        }
    }

    async fn look() -> Result<Registration, Refusal> {
        api::registration_current().await
    }

    /// A code that waited longer than the app shows it costs an attempt for nothing.
    fn is_stale(call: &Call, since: f64) -> bool {
        matches!(call, Call::Code(_)) && browser::now() - since > 25_000.0
    }

    fn extension(self) -> Option<Call> {
        Some(Call::Extend)
    }

    fn at(self) -> u8 {
        match self.stage.get_untracked() {
            Stage::SignIn => 1,
            Stage::Code => 2,
            Stage::Overview => OVERVIEW,
        }
    }

    fn is_news(self, registration: &Registration) -> bool {
        let known = |known: &Overview| (known.birthdate.clone(), known.mobile.clone(), known.confirming);
        let values = |overview: Option<&Overview>| overview.map(known);
        registration.step != self.stage.get_untracked()
            || self
                .overview
                .with_untracked(|old| values(old.as_ref()) != values(registration.overview.as_ref()))
    }

    fn answered(self, call: &Call, registration: Registration) {
        self.say(String::new());
        let (confirming, activating) = registration
            .overview
            .as_ref()
            .map_or((false, false), |overview| (overview.confirming, overview.activation.is_some()));
        self.arrive(registration);
        match call {
            Call::SignIn(..) | Call::Code(_) => {}
            Call::Birthdate(_) => self.done(Saved::Birthdate),
            Call::Mobile(_) if confirming => self.enter(Place::Confirm),
            Call::Mobile(_) | Call::Confirm(_) => self.done(Saved::Mobile),
            Call::Proposal(..) => self.done(Saved::Answer),
            Call::Activate if activating => self.enter(Place::Activation),
            Call::Activate => {}
            Call::Practice => browser::go(WIZARD),
            Call::Extend => self.say(self.words().expiring_extended.to_owned()),
            Call::Cancel => {
                self.username.set(Typed::default());
                self.password.set(Typed::default());
            }
        }
    }

    fn resume(self, registration: Registration) {
        let ended = registration.step == Stage::SignIn && self.at() > 1;
        self.arrive(registration);
        if ended {
            self.refuse_here(Refusal::StartAgain);
        }
    }

    fn refused(self, refusal: Refusal) {
        self.asked.set_value(self.asks());
        self.password.set(Typed::default());
        match (&refusal, self.asks()) {
            (Refusal::StartAgain, _) | (Refusal::NotVerified { attempts_left: 0, .. }, Asked::Code) => {
                self.arrive(Registration::sign_in());
            }
            (Refusal::NotVerified { attempts_left: 0, .. }, Asked::Confirmation) => {
                self.leave();
                self.ask();
            }
            (Refusal::NotVerified { .. }, _) => self.code.set(Typed::default()),
            _ => {}
        }
        self.refuse(refusal);
    }

    fn shown(self) -> u8 {
        match (self.stage.get(), self.place.get()) {
            (Stage::SignIn, _) => 1,
            (Stage::Code, _) => 2,
            (Stage::Overview, Place::Overview) => OVERVIEW,
            (Stage::Overview, Place::Birthdate) => 4,
            (Stage::Overview, Place::Mobile) => 5,
            (Stage::Overview, Place::Confirm) => 6,
            (Stage::Overview, Place::Activation) if self.app.get() == App::Active => 8,
            (Stage::Overview, Place::Activation) => 7,
        }
    }

    fn back(self, at: Option<u8>) {
        if at.is_none_or(|at| at < OPENED) {
            self.trouble.set(None);
            self.overview_is_shown();
        }
    }

    fn showing(self, _shown: u8) {}

    fn second(self, now: f64) {
        let waits = self.place.get_untracked() == Place::Activation
            && self.app.get_untracked() != App::Active
            && !self.busy.get_untracked();
        if waits && now >= self.look_at.get_value() && browser::is_visible() {
            self.look_at_app();
        }
    }

    fn progress(self) -> AnyView {
        all(vec![])
    }

    fn screen(self) -> AnyView {
        match (self.stage.get(), self.place.get()) {
            (Stage::SignIn, _) => sign_in::page(self),
            (Stage::Code, _) => code::page(self),
            (Stage::Overview, Place::Overview) => overview::page(self),
            (Stage::Overview, Place::Birthdate) => edit::birthdate(self),
            (Stage::Overview, Place::Mobile) => edit::mobile(self),
            (Stage::Overview, Place::Confirm) => edit::confirm(self),
            (Stage::Overview, Place::Activation) => activation::page(self),
        }
    }

    fn titles(self, shown: u8) -> (&'static str, Option<&'static str>) {
        let (words, own) = (self.words(), self.own());
        let heading = match shown {
            1 => None,
            2 => Some(words.code_heading),
            OVERVIEW => Some(own.ready_heading),
            4 => Some(own.birthdate_heading),
            5 => Some(own.mobile_heading),
            6 => Some(own.confirm_heading),
            7 => Some(own.app_link),
            _ => Some(own.linked_heading),
        };
        (own.title, heading)
    }

    fn explain(self, trouble: &Trouble) -> Explanation {
        let words = self.words();
        let desk = &self.site().organisation.service_desk;
        match trouble {
            Trouble::Refused(refusal) => {
                explain_registration(refusal, self.asked.get_value(), (words, self.own()), desk)
            }
            Trouble::NotRepeated => Explanation::at_repeat(words),
            Trouble::CodeWaited => Explanation::code_waited(words),
            Trouble::NotDone => Explanation::not_done(words),
        }
    }
}
