//! The session's side of the talk with the server. What every page does alike is in `pages::calls`.

use super::{Call, OPENED, OVERVIEW, Place, Saved, Session};
use crate::api::client::{self, Request, post};
use crate::pages::page::{Page, Trouble};
use crate::pages::registration::{activation, code, edit, overview, sign_in};
use crate::pages::talk::Talk;
use crate::pages::timing::extended;
use crate::pages::{WIZARD, browser};
use crate::refusal::Refusal;
use crate::registration::{Overview, Registration, Stage};
use crate::text::{Asked, Explanation, explain_registration};
use crate::typed::Typed;
use crate::ui::prose::all;
use crate::ui::{Held, Signal, View};
use leptos::prelude::untrack;

/// A code that waited longer for the network is stale: sending it would cost an attempt for nothing.
const CODE_KEEPS: f64 = 25_000.0;

impl Talk for Session {
    type Call = Call;
    type Answer = Registration;
    const OPENED: &'static [&'static str] = &["privacy"];

    fn page(self) -> Page {
        self.0.page
    }

    fn waiting(self) -> Held<Option<(Call, f64)>> {
        self.0.waiting
    }

    fn first_fields(self) -> Vec<(&'static str, Signal<Typed>)> {
        vec![("username", self.username), ("password", self.password)]
    }

    async fn make(call: Call) -> Result<Registration, Refusal> {
        client::send(request(call)).await
    }

    async fn look() -> Result<Registration, Refusal> {
        client::send(client::get("registration/current")).await
    }

    fn is_stale(call: &Call, since: f64) -> bool {
        matches!(call, Call::Code(_) | Call::SignIn(..)) && browser::now() - since > CODE_KEEPS
    }

    fn came_too_late(self) {
        // Whoever typed it may be gone.
        self.password.set(Typed::default());
    }

    fn leaves(call: &Call) -> bool {
        matches!(call, Call::Cancel)
    }

    fn forget(self) {
        self.username.set(Typed::default());
        self.arrive(Registration::sign_in());
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

    fn is_over(self) -> bool {
        false
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
            Call::Birthdate(_) => self.done(Saved::Birthdate),
            Call::Mobile(_) if confirming => self.enter(Place::Confirm),
            Call::Mobile(_) | Call::Confirm(_) => self.done(Saved::Mobile),
            Call::Proposal(..) => self.done(Saved::Answer),
            Call::Activate if activating => self.enter(Place::Activation),
            Call::SignIn(..) | Call::Code(_) | Call::Activate => {}
            Call::Practice => browser::go(WIZARD),
            Call::Extend => self.say(extended(self.0.page).to_owned()),
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
        self.asked.set(self.asks());
        self.password.set(Typed::default());
        match (&refusal, self.asks()) {
            (Refusal::StartAgain, _)
            | (Refusal::NotVerified { attempts_left: 0, .. }, Asked::Code | Asked::Confirmation) => {
                self.arrive(Registration::sign_in());
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
            (Stage::Overview, Place::Activation) if self.is_linked() => 8,
            (Stage::Overview, Place::Activation) => 7,
        }
    }

    fn back(self, at: Option<u8>) {
        if at.is_none_or(|at| at < OPENED) && self.place.get_untracked() != Place::Overview {
            self.trouble.set(None);
            self.overview_is_shown();
        }
    }

    fn showing(self, _shown: u8) {}

    fn second(self, now: f64) {
        let waits = self.place.get_untracked() == Place::Activation
            && !untrack(|| self.is_linked())
            && !self.busy.get_untracked();
        if waits && now >= self.look_at.get() && browser::is_visible() {
            self.look_at_app();
        }
    }

    fn progress(self) -> View {
        all(vec![])
    }

    fn screen(self) -> View {
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
                explain_registration(refusal, self.asked.get(), (words, self.own()), desk)
            }
            Trouble::NotRepeated => Explanation::at_repeat(words),
            Trouble::CodeWaited if self.at() == 1 => Explanation::sign_in_waited(words, self.own(), desk),
            Trouble::CodeWaited => Explanation::code_waited(words, desk),
            Trouble::NotLocked => Explanation::not_locked(words, desk),
            Trouble::NotDone => Explanation::not_done(words, desk),
            Trouble::NoCookies => Explanation::no_cookies(words, desk),
        }
    }
}

fn request(call: Call) -> Request {
    match call {
        Call::SignIn(username, password) => {
            post("registration/sign_in", [("username", username), ("password", password)])
        }
        Call::Code(code) => post("registration/code", [("code", code)]),
        Call::Birthdate(birthdate) => post("registration/birthdate", [("birthdate", birthdate)]),
        Call::Mobile(mobile) => post("registration/mobile", [("mobile", mobile)]),
        Call::Confirm(code) => post("registration/confirm", [("code", code)]),
        Call::Proposal(what, yes) => {
            let answer = if yes { "yes" } else { "no" };
            post("registration/proposal", [("what", Typed::new(what)), ("answer", Typed::new(answer))])
        }
        Call::Activate => post("registration/activate", []),
        Call::Practice => post("registration/practice", []),
        Call::Extend => post("registration/extend", []),
        Call::Cancel => post("registration/cancel", []),
    }
}
