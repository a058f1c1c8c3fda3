//! The wizard's requests, and what their answers do to its state.

use super::screen::Place;
use super::state::WizardState;
use crate::api;
use crate::api::refusal::Refusal;
use crate::api::step::{OtpMethod, Step};
use crate::client::requests::{CODE_KEEPS_MS, Kind, Position};
use crate::client::{Flow, PageState, Problem, lifecycle};
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;

/// A request of the wizard.
#[derive(Clone)]
pub(crate) enum Request {
    Identify(RawInput),
    Birthdate(RawInput),
    Code(RawInput),
    /// Another code by the same way, or by another one.
    Resend(Option<OtpMethod>),
    Password(RawInput),
    Unlock,
    Extend,
    Cancel,
}

impl Flow for WizardState {
    type Request = Request;
    type Response = Step;

    fn page(self) -> PageState {
        self.page
    }

    fn position(self) -> Position {
        match self.server_place() {
            Place::Identify => Position::Start,
            Place::Birthdate | Place::Code | Place::Password => Position::Underway,
            Place::Done => Position::Finished,
        }
    }

    fn kind(request: &Request) -> Kind {
        match request {
            Request::Code(_) => Kind::Perishable(CODE_KEEPS_MS),
            Request::Cancel => Kind::Cancel,
            Request::Identify(_)
            | Request::Birthdate(_)
            | Request::Resend(_)
            | Request::Password(_)
            | Request::Unlock
            | Request::Extend => Kind::Ordinary,
        }
    }

    async fn send(request: Request) -> Result<Step, Refusal> {
        match request {
            Request::Identify(username) => api::identify(username).await,
            Request::Birthdate(birthdate) => api::birthdate(birthdate).await,
            Request::Code(code) => api::code(code).await,
            Request::Resend(way) => api::resend(way.map(|way| RawInput::new(way.name()))).await,
            Request::Password(password) => api::password(password).await,
            Request::Unlock => match api::unlock().await {
                // Unlocked meanwhile, or ended: the server knows which.
                Err(Refusal::StartAgain) => api::current().await,
                answer => answer,
            },
            Request::Extend => api::extend().await,
            Request::Cancel => api::cancel().await,
        }
    }

    async fn current() -> Result<Step, Refusal> {
        api::current().await
    }

    fn answered(self, request: Request, step: Step) {
        let at = Place::of(&step);
        // Extending changes nothing about the screen that the user went back to.
        let looking_back = match &request {
            Request::Extend => self.looking_back.get_untracked(),
            Request::Cancel => {
                // Where the screen was cleared before there was an answer, another name may be typed by now.
                if self.server_place() != Place::Identify {
                    self.username.set(RawInput::default());
                }
                None
            }
            Request::Identify(_)
            | Request::Birthdate(_)
            | Request::Code(_)
            | Request::Resend(_)
            | Request::Password(_)
            | Request::Unlock => None,
        };
        self.page.announce(match &request {
            Request::Resend(None | Some(OtpMethod::Otp)) => self.page.words().code_resent,
            Request::Resend(Some(OtpMethod::Token))
            | Request::Extend
            | Request::Identify(_)
            | Request::Birthdate(_)
            | Request::Code(_)
            | Request::Password(_)
            | Request::Unlock
            | Request::Cancel => "",
        });
        self.show(step, looking_back);
        match (&request, at) {
            (Request::Unlock, Place::Password) => self.page.report(Problem::NotLocked),
            (Request::Unlock, Place::Identify | Place::Birthdate | Place::Code) => {
                self.page.refuse(Refusal::StartAgain);
            }
            (Request::Extend, _) => self.page.announce(lifecycle::extension_outcome(self.page)),
            (Request::Unlock, Place::Done)
            | (
                Request::Identify(_)
                | Request::Birthdate(_)
                | Request::Code(_)
                | Request::Resend(_)
                | Request::Password(_)
                | Request::Cancel,
                _,
            ) => {}
        }
    }

    fn resumed(self, step: Step) {
        let (before, now) = (self.server_place(), Place::of(&step));
        // The last screen stays while the user still reads it; its session has ended.
        if before == Place::Done && now != Place::Done {
            return;
        }
        let ended = now == Place::Identify && before != Place::Identify;
        let looking_back = if before == now { self.looking_back.get_untracked() } else { None };
        self.show(step, looking_back);
        if ended {
            self.page.refuse(Refusal::StartAgain);
        } else if before != now {
            self.page.clear_problem();
        }
    }

    fn refused(self, refusal: Refusal) {
        self.refused_before_code.set_value(self.server_place() == Place::Birthdate);
        match &refusal {
            Refusal::StartAgain | Refusal::NotVerified { attempts_left: 0, .. } => {
                self.show(Step::Identify {}, None);
            }
            // The code is used up or expired; a new one takes its place.
            Refusal::NotVerified { .. } => self.code.set(RawInput::default()),
            Refusal::WeakPassword { .. } => self.is_rejected.set(true),
            Refusal::Invalid { .. }
            | Refusal::TooMany { .. }
            | Refusal::InProgress
            | Refusal::Unavailable { .. }
            | Refusal::OutcomeUnknown { .. }
            | Refusal::CrossOrigin
            | Refusal::Fault { .. }
            | Refusal::NoConnection => {}
        }
        self.page.refuse(refusal);
    }

    fn is_progress(self, step: &Step) -> bool {
        Place::of(step) != self.server_place()
    }

    fn cancelled(self) {
        self.username.set(RawInput::default());
        self.show(Step::Identify {}, None);
    }

    fn tick(self, now: f64) {
        self.count_down(now);
        self.ask_about_replication(now);
    }
}

impl WizardState {
    /// Whether a press may act: not while a request is under way.
    pub(super) fn is_idle(self) -> bool {
        !self.page.busy.get_untracked()
    }
}
