//! The registration as this browser sees it: where it stands, what is typed, and its calls. Not the truth
//! about it: that is the server's.

mod talk;

use crate::api::client;
use crate::pages::browser::{self, Phone};
use crate::pages::page::Page;
use crate::pages::talk::Talk as _;
use crate::pages::timing::tick;
use crate::refusal::Refusal;
use crate::registration::{Activation, App, Overview, Registration, Stage};
use crate::site::{Language, Site};
use crate::text::{Asked, Holes, RegistrationWords, waiting};
use crate::typed::Typed;
use crate::ui::{Held, Signal};

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
    pub(crate) stage: Signal<Stage>,
    pub(crate) place: Signal<Place>,
    /// Without its times, its app and its activation: what those change is drawn by itself.
    pub(crate) overview: Signal<Option<Overview>>,
    pub(crate) app: Signal<App>,
    pub(crate) activation: Signal<Option<Activation>>,
    /// Whether the clock of this device agrees with the server's.
    pub(crate) clock: Signal<bool>,
    pub(crate) saved: Signal<Option<Saved>>,
    pub(crate) username: Signal<Typed>,
    /// The current password: until its call has come to an answer, and no longer.
    pub(crate) password: Signal<Typed>,
    pub(crate) code: Signal<Typed>,
    pub(crate) birthdate: Signal<Typed>,
    pub(crate) mobile: Signal<Typed>,
    /// What was asked when the last refusal came.
    asked: Held<Asked>,
    /// Not before this moment is the app looked at again.
    look_at: Held<f64>,
    /// What this device is; see [`browser::phone`].
    pub(crate) phone: Held<Option<Phone>>,
    waiting: Held<Option<(Call, f64)>>,
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
            stage: Signal::new(Stage::SignIn),
            place: Signal::new(Place::Overview),
            overview: Signal::new(None),
            app: Signal::new(App::Unknown),
            activation: Signal::new(None),
            clock: Signal::new(true),
            saved: Signal::new(None),
            username: Signal::default(),
            password: Signal::default(),
            code: Signal::default(),
            birthdate: Signal::default(),
            mobile: Signal::default(),
            asked: Held::new(Asked::SignIn),
            look_at: Held::new(0.0),
            phone: Held::new(None),
            waiting: Held::new(None),
        })))
    }

    /// The registration's own words, as [`Page::words`].
    pub(crate) fn own(self) -> &'static RegistrationWords {
        self.language.get_untracked().registration()
    }

    /// A sentence on how long what is changed does not count; none where it counts at once.
    pub(crate) fn waiting(self, sentence: &Holes<1>) -> Option<String> {
        waiting(self.site(), self.words()).map(|time| sentence.fill([&time]))
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
        self.look_at.set(browser::now() + LOOK);
        browser::push_step(OPENED);
        self.place.set(place);
    }

    /// Whether the app works and nothing more is being linked; an earlier app is active all the while that
    /// another phone is being linked.
    pub(crate) fn is_linked(self) -> bool {
        self.app.get() == App::Active && self.activation.with(Option::is_none)
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
        // What was pressed is gone.
        browser::focus_soon("heading");
        let own = self.own();
        self.say(saved.says(own).to_owned());
    }

    /// Refuses in the browser what the server would refuse in the same words.
    pub(crate) fn refuse_here(self, refusal: Refusal) {
        self.asked.set(self.asks());
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
        self.phone.set(browser::phone());
        self.expires_at.set(registration.expires_in.map(|seconds| browser::after(now, seconds)));
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
            // Whoever comes after must not find the link that another one's app is linked by.
            self.activation.set(None);
            self.app.set(App::Unknown);
            self.overview_is_shown();
        }
        let overview = overview.map(|overview| self.without_what_moves(overview, now));
        self.overview.set(overview);
        if self.stage.get_untracked() != step {
            self.code.set(Typed::default());
            self.stage.set(step);
        }
    }

    /// Takes out what is drawn by itself, so that a look at the app draws nothing else anew.
    fn without_what_moves(self, mut overview: Overview, now: f64) -> Overview {
        #[expect(clippy::cast_precision_loss, reason = "a time of our days is far below 2^52")]
        let theirs = std::mem::take(&mut overview.time) as f64 * 1000.0;
        self.clock.set((theirs - now).abs() <= CLOCK);
        self.app.set(std::mem::replace(&mut overview.app, App::Unknown));
        self.activation.set(overview.activation.take());
        for known in [&mut overview.birthdate, &mut overview.mobile].into_iter().flatten() {
            known.usable_in = coarse(known.usable_in);
        }
        overview
    }

    fn look_at_app(self) {
        self.look_at.set(f64::INFINITY);
        let question = self.question.get();
        leptos::task::spawn_local(async move {
            let answer = client::send(client::post("registration/app", [])).await;
            let mut pause = LOOK;
            // Something was sent meanwhile: this answer is old.
            let old = self.busy.get_untracked() || question != self.question.get();
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
            self.look_at.set(browser::now() + pause);
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

/// A waiting time in the steps in which it is shown, so that the page is not drawn anew every second.
fn coarse(seconds: u64) -> u64 {
    let step = if seconds > 3600 { 3600 } else { 60 };
    seconds.div_ceil(step) * step
}
