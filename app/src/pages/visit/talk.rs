//! The wizard's side of the talk with the server. What every page does alike is in `calls`.

use super::{Call, Visit, number};
use crate::api::client::{self, Request, post};
use crate::pages::page::{Page, Trouble};
use crate::pages::talk::Talk;
use crate::pages::timing::extended;
use crate::pages::{birthdate, browser, code, done, identify, password, practice};
use crate::refusal::Refusal;
use crate::step::{Step, Way};
use crate::text::{Explanation, explain};
use crate::typed::Typed;
use crate::ui::prose::all;
use crate::ui::{Held, Signal, View, progress};

/// A code that waited longer for the network is stale: sending it would cost an attempt for nothing.
/// The server honours a repeat of the right one for 30 seconds.
const CODE_KEEPS: f64 = 25_000.0;
/// The screens that a visit goes through.
const STEPS: u8 = 5;

impl Talk for Visit {
    type Call = Call;
    type Answer = Step;
    const OPENED: &'static [&'static str] = &["unknown", "rules"];

    fn page(self) -> Page {
        self.0.page
    }

    fn waiting(self) -> Held<Option<(Call, f64)>> {
        self.0.waiting
    }

    fn first_fields(self) -> Vec<(&'static str, Signal<Typed>)> {
        vec![("username", self.username)]
    }

    async fn make(call: Call) -> Result<Step, Refusal> {
        let unlocks = matches!(call, Call::Unlock);
        match client::send(request(call)).await {
            // Unlocked meanwhile, or ended: the server knows which.
            Err(Refusal::StartAgain) if unlocks => Self::look().await,
            answer => answer,
        }
    }

    async fn look() -> Result<Step, Refusal> {
        client::send(client::get("reset/current")).await
    }

    fn is_stale(call: &Call, since: f64) -> bool {
        matches!(call, Call::Code(_)) && browser::now() - since > CODE_KEEPS
    }

    fn came_too_late(self) {}

    fn leaves(call: &Call) -> bool {
        matches!(call, Call::Cancel)
    }

    fn forget(self) {
        self.username.set(Typed::default());
        self.arrive(Step::Identify {}, None);
    }

    fn extension(self) -> Option<Call> {
        let fixed = self.step.with_untracked(|step| matches!(step, Step::Password { .. }));
        (!fixed).then_some(Call::Extend)
    }

    fn at(self) -> u8 {
        self.step.with_untracked(number)
    }

    fn is_over(self) -> bool {
        self.at() == STEPS
    }

    fn is_news(self, step: &Step) -> bool {
        number(step) != self.at()
    }

    fn answered(self, call: &Call, step: Step) {
        if matches!(call, Call::Cancel) {
            self.username.set(Typed::default());
        }
        let said = match call {
            Call::Resend(None | Some(Way::Otp)) => self.words().code_resent,
            Call::Resend(Some(Way::Token))
            | Call::Extend
            | Call::Identify(_)
            | Call::Birthdate(_)
            | Call::Code(_)
            | Call::Password(_)
            | Call::Unlock
            | Call::Cancel => "",
        };
        self.say(said.to_owned());
        let not_unlocked = matches!(call, Call::Unlock) && number(&step) < 5;
        // Extending says nothing about the screen that somebody went back to.
        let back = if matches!(call, Call::Extend) { self.looking_back.get_untracked() } else { None };
        self.arrive(step, back);
        if matches!(call, Call::Resend(Some(_))) {
            // The way is another one from its first sentence on.
            browser::focus_soon("heading");
        }
        if matches!(call, Call::Extend) {
            self.say(extended(self.0.page).to_owned());
        }
        match (not_unlocked, self.at()) {
            (true, 4) => self.tell(Trouble::NotLocked),
            (true, _) => self.refuse(Refusal::StartAgain),
            (false, _) => {}
        }
    }

    fn resume(self, step: Step) {
        let (was, is) = (self.at(), number(&step));
        // The last screen stays for whoever still reads it; the visit behind it is long gone.
        if was == STEPS && is != STEPS {
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

    fn refused(self, refusal: Refusal) {
        self.before_the_code.set(self.at() == 2);
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

    fn shown(self) -> u8 {
        let at = self.step.with(number);
        match self.looking_back.get() {
            // After the proof there is no way back: the visit would have to start again.
            Some(back) if back < at && at <= 3 => back,
            Some(_) | None => at,
        }
    }

    fn back(self, at: Option<u8>) {
        // A notice is of the screen on which it came.
        self.trouble.set(None);
        self.looking_back.set(at);
    }

    fn showing(self, shown: u8) {
        // A screen early, so that the estimator is there when the password is typed.
        if shown == 3 || shown == 4 {
            self.strength.start();
        }
    }

    fn second(self, now: f64) {
        let left = self.resend_at.get().map(|until| (until - now) / 1000.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, far below 2^63"
        )]
        let resend_in = left.unwrap_or_default().max(0.0).ceil() as u64;
        self.resend_in.set(resend_in);
        self.look_whether_spread(now);
    }

    fn progress(self) -> View {
        let words = self.words();
        let at = self.shown();
        let says = match at {
            STEPS => words.step_done.to_owned(),
            _ => words.step_of.fill([&at.to_string(), &STEPS.to_string()]),
        };
        all(vec![progress(at, STEPS, says), practice::banner(self)])
    }

    fn screen(self) -> View {
        // The number may be of an earlier screen than the step's, so the step only gives what it knows.
        match (self.step.get(), self.shown()) {
            (_, 1) | (Step::Identify {}, _) => identify::page(self),
            (Step::Birthdate { .. }, _) | (Step::Code { .. }, 2) => birthdate::page(self),
            (Step::Code { ways, way, .. }, _) => code::page(self, &ways, way),
            (Step::Password { username, rules, personal, unlock, practice, .. }, _) => {
                password::page(self, username, &rules, personal, unlock && !practice)
            }
            (Step::Done { practice: true, .. }, _) => practice::page(self),
            (Step::Done { unlocked: true, .. }, _) => done::unlocked(self),
            (Step::Done { applications, .. }, _) => done::page(self, &applications),
        }
    }

    fn titles(self, shown: u8) -> (&'static str, Option<&'static str>) {
        let language = self.language.get_untracked();
        let words = language.words();
        let heading = match shown {
            1 => None,
            2 => Some(words.birthdate_heading.trim_end_matches('.')),
            3 => Some(words.code_heading),
            4 => Some(words.password_heading),
            _ if self.step.with_untracked(practice::is_practice) => Some(words.practice_heading),
            _ if self.step.with_untracked(done::is_unlocked) => Some(words.unlocked_heading),
            _ => Some(words.done_heading),
        };
        (self.site().organisation.title.in_language(language), heading)
    }

    fn explain(self, trouble: &Trouble) -> Explanation {
        let words = self.words();
        let desk = &self.site().organisation.service_desk;
        match trouble {
            Trouble::Refused(refusal @ Refusal::NotVerified { .. }) if self.before_the_code.get() => {
                explain(refusal, words, desk).before_the_code(words)
            }
            Trouble::Refused(refusal) => explain(refusal, words, desk),
            Trouble::NotRepeated => Explanation::at_repeat(words),
            Trouble::NotLocked => Explanation::not_locked(words, desk),
            Trouble::CodeWaited => Explanation::code_waited(words, desk),
            Trouble::NotDone => Explanation::not_done(words, desk),
            Trouble::NoCookies => Explanation::no_cookies(words, desk),
        }
    }
}

fn request(call: Call) -> Request {
    match call {
        Call::Identify(username) => post("reset/identify", [("username", username)]),
        Call::Birthdate(birthdate) => post("reset/birthdate", [("birthdate", birthdate)]),
        Call::Code(code) => post("reset/code", [("code", code)]),
        Call::Resend(None) => post("reset/resend", []),
        Call::Resend(Some(way)) => post("reset/resend", [("way", Typed::new(way.name()))]),
        Call::Password(password) => post("reset/password", [("password", password)]),
        Call::Unlock => post("reset/unlock", []),
        Call::Extend => post("reset/extend", []),
        Call::Cancel => post("reset/cancel", []),
    }
}
