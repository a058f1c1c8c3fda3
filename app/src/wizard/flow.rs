//! The requests of the wizard, and how their responses change its state.

use super::screen::StepKind;
use super::state::{WizardState, is_achieved};
use crate::api;
use crate::api::refusal::Refusal;
use crate::api::step::{OtpMethod, Purpose, Step};
use crate::client::page_state::set_if_changed;
use crate::client::polling::{POLL_INTERVAL_MS, poll_when_due};
use crate::client::requests::{CODE_MAX_AGE_MS, Position, RequestKind};
use crate::client::{Flow, PageState, Problem, focus, lifecycle};
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;

/// A request of the wizard.
#[derive(Clone)]
pub(crate) enum Request {
    /// The user name, and what the session is for.
    Identify(RawInput, Purpose),
    Birthdate(RawInput),
    Code(RawInput),
    /// Another code by the same method, or by the given one.
    Resend(Option<OtpMethod>),
    Password(RawInput),
    Unlock,
    /// Starts the activation of the app on another phone.
    Activate,
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
        match self.server_step() {
            StepKind::Identify => Position::Start,
            StepKind::Call | StepKind::NewApp if self.step.with_untracked(is_achieved) => Position::Finished,
            StepKind::Birthdate | StepKind::Code | StepKind::Password | StepKind::Call | StepKind::NewApp => {
                Position::InSession
            }
            StepKind::Waiting | StepKind::Done => Position::Finished,
        }
    }

    fn kind(request: &Request) -> RequestKind {
        match request {
            Request::Code(_) => RequestKind::Expiring(CODE_MAX_AGE_MS),
            Request::Cancel => RequestKind::Cancel,
            Request::Identify(..)
            | Request::Birthdate(_)
            | Request::Resend(_)
            | Request::Password(_)
            | Request::Unlock
            | Request::Activate
            | Request::Extend => RequestKind::Ordinary,
        }
    }

    fn starts_session(request: &Request) -> bool {
        matches!(request, Request::Identify(..))
    }

    async fn send(request: Request) -> Result<Step, Refusal> {
        match request {
            Request::Identify(username, purpose) => {
                api::identify(username, purpose.name().map(RawInput::new)).await
            }
            Request::Birthdate(birthdate) => api::birthdate(birthdate).await,
            Request::Code(code) => api::code(code).await,
            Request::Resend(method) => api::resend(method.map(|method| RawInput::new(method.name()))).await,
            Request::Password(password) => api::password(password).await,
            Request::Unlock => match api::unlock().await {
                // The account is no longer locked, or the session has ended; the current state shows which.
                Err(Refusal::StartAgain) => api::current().await,
                answer => answer,
            },
            Request::Activate => api::activate().await,
            Request::Extend => api::extend().await,
            Request::Cancel => api::cancel().await,
        }
    }

    async fn current() -> Result<Step, Refusal> {
        api::current().await
    }

    fn on_response(self, request: Request, step: Step) {
        let kind = StepKind::of(&step);
        // Extending the session does not leave the screen that the user went back to.
        let earlier_step = match &request {
            Request::Extend => self.earlier_step.get_untracked(),
            Request::Cancel => {
                // If the screen was cleared before the response, the user may already be typing another name.
                if self.server_step() != StepKind::Identify {
                    self.username.set(RawInput::default());
                    // The next user of this device may not be calling.
                    set_if_changed(self.purpose, Purpose::Reset);
                }
                None
            }
            Request::Identify(..)
            | Request::Birthdate(_)
            | Request::Code(_)
            | Request::Resend(_)
            | Request::Password(_)
            | Request::Unlock
            | Request::Activate => None,
        };
        self.page.announce(match &request {
            Request::Resend(None | Some(OtpMethod::Otp)) => self.page.messages().code_resent,
            Request::Resend(Some(OtpMethod::Token))
            | Request::Extend
            | Request::Identify(..)
            | Request::Birthdate(_)
            | Request::Code(_)
            | Request::Password(_)
            | Request::Unlock
            | Request::Activate
            | Request::Cancel => "",
        });
        self.show(step, earlier_step);
        match (&request, kind) {
            (Request::Unlock, StepKind::Password) => self.page.report(Problem::NotLocked),
            (Request::Unlock, StepKind::Identify | StepKind::Birthdate | StepKind::Code) => {
                self.page.refuse(Refusal::StartAgain);
            }
            (Request::Activate, StepKind::NewApp) => {
                self.is_app_installed.set(true);
                // The button that was pressed was removed.
                focus::set_once_rendered(focus::HEADING);
            }
            (Request::Extend, _) => self.page.announce(lifecycle::extension_outcome(self.page)),
            (Request::Unlock, StepKind::Waiting | StepKind::Call | StepKind::NewApp | StepKind::Done)
            | (
                Request::Identify(..)
                | Request::Birthdate(_)
                | Request::Code(_)
                | Request::Resend(_)
                | Request::Password(_)
                | Request::Activate
                | Request::Cancel,
                _,
            ) => {}
        }
    }

    fn on_session_state(self, step: Step) {
        let (previous, current) = (self.server_step(), StepKind::of(&step));
        // The last screen remains for reading although its session has ended.
        if self.position() == Position::Finished && current != previous {
            return;
        }
        let has_ended = current == StepKind::Identify && previous != StepKind::Identify;
        let earlier_step = if previous == current { self.earlier_step.get_untracked() } else { None };
        self.show(step, earlier_step);
        if has_ended {
            self.page.refuse(Refusal::StartAgain);
        } else if previous != current {
            self.page.clear_problem();
        }
    }

    fn on_refusal(self, refusal: Refusal) {
        self.refused_before_code.set_value(self.server_step() == StepKind::Birthdate);
        match &refusal {
            Refusal::StartAgain | Refusal::NotVerified { attempts_left: 0, .. } => {
                // The user starts again for the same purpose.
                set_if_changed(self.purpose, untrack(|| self.visible_purpose()));
                self.show(Step::Identify {}, None);
            }
            // The code is used or expired; the user enters a new one.
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
        let activation = |step: &Step| {
            let Step::NewApp { activation, linked, .. } = step else { return (false, false) };
            (activation.is_some(), *linked)
        };
        StepKind::of(step) != self.server_step() || activation(step) != self.step.with_untracked(activation)
    }

    fn on_cancelled(self) {
        self.username.set(RawInput::default());
        set_if_changed(self.purpose, Purpose::Reset);
        self.show(Step::Identify {}, None);
    }

    fn tick(self, now: f64) {
        self.count_down(now);
        self.poll_replication_when_due(now);
        let is_linking =
            |step: &Step| matches!(step, Step::NewApp { activation: Some(_), linked: false, .. });
        if self.step.with_untracked(is_linking) {
            poll_when_due(self, (self.poll_at, POLL_INTERVAL_MS), now, api::app);
        }
        // The code must not look valid after the service desk has used it.
        if self.step.with_untracked(|step| matches!(step, Step::Call { used: false, .. })) {
            poll_when_due(self, (self.poll_at, POLL_INTERVAL_MS), now, api::current);
        }
    }
}

impl WizardState {
    /// Whether no request is in progress, so that a button may act.
    pub(super) fn is_idle(self) -> bool {
        !self.page.busy.get_untracked()
    }
}
