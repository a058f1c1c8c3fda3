//! The requests of the enrollment, and how their responses change its state.

use super::screen::{Screen, Section};
use super::state::{EnrollmentState, Saved, with_rounded_wait};
use crate::api::enrollment as api;
use crate::api::enrollment_state::{Known, Overview, Registration, Stage};
use crate::api::refusal::Refusal;
use crate::client::page_state::set_if_changed;
use crate::client::polling::{POLL_INTERVAL_MS, poll_when_due};
use crate::client::requests::{CODE_MAX_AGE_MS, Position, RequestKind};
use crate::client::{Flow, PageState, browser, lifecycle};
use crate::domain::raw_input::RawInput;
use crate::i18n::RefusalContext;
use crate::paths;
use leptos::prelude::*;

/// A value that HR proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proposal {
    Birthdate,
    Mobile,
}

impl Proposal {
    /// Its name in the API.
    const fn name(self) -> &'static str {
        match self {
            Self::Birthdate => "birthdate",
            Self::Mobile => "mobile",
        }
    }
}

/// A request of the enrollment.
#[derive(Clone)]
pub(crate) enum Request {
    /// The user name and the current password.
    SignIn(RawInput, RawInput),
    Code(RawInput),
    Birthdate(RawInput),
    Mobile(RawInput),
    /// The code that was sent to the new number.
    Confirm(RawInput),
    /// Accepts or rejects a value that HR proposes.
    Answer(Proposal, bool),
    Activate,
    Practice,
    Extend,
    Cancel,
}

impl Flow for EnrollmentState {
    type Request = Request;
    type Response = Registration;

    fn page(self) -> PageState {
        self.page
    }

    fn position(self) -> Position {
        match self.stage.get_untracked() {
            Stage::SignIn => Position::Start,
            Stage::Code | Stage::Overview => Position::InSession,
        }
    }

    fn kind(request: &Request) -> RequestKind {
        match request {
            Request::SignIn(..) | Request::Code(_) => RequestKind::Expiring(CODE_MAX_AGE_MS),
            Request::Cancel => RequestKind::Cancel,
            Request::Birthdate(_)
            | Request::Mobile(_)
            | Request::Confirm(_)
            | Request::Answer(..)
            | Request::Activate
            | Request::Practice
            | Request::Extend => RequestKind::Ordinary,
        }
    }

    fn starts_session(request: &Request) -> bool {
        matches!(request, Request::SignIn(..))
    }

    async fn send(request: Request) -> Result<Registration, Refusal> {
        match request {
            Request::SignIn(username, password) => api::registration_sign_in(username, password).await,
            Request::Code(code) => api::registration_code(code).await,
            Request::Birthdate(birthdate) => api::registration_birthdate(birthdate).await,
            Request::Mobile(mobile) => api::registration_mobile(mobile).await,
            Request::Confirm(code) => api::registration_confirm(code).await,
            Request::Answer(proposal, accepted) => {
                let answer = if accepted { "yes" } else { "no" };
                api::registration_proposal(RawInput::new(proposal.name()), RawInput::new(answer)).await
            }
            Request::Activate => api::registration_activate().await,
            Request::Practice => api::registration_practice().await,
            Request::Extend => api::registration_extend().await,
            Request::Cancel => api::registration_cancel().await,
        }
    }

    async fn current() -> Result<Registration, Refusal> {
        api::registration_current().await
    }

    fn on_response(self, request: Request, registration: Registration) {
        self.page.announce("");
        let (is_confirming, is_activating) = registration
            .overview
            .as_ref()
            .map_or((false, false), |overview| (overview.confirming, overview.activation.is_some()));
        let was_signed_in = self.stage.get_untracked() != Stage::SignIn;
        self.show(registration);
        match request {
            Request::Birthdate(_) => self.confirm_saved(Saved::Birthdate),
            Request::Mobile(_) if is_confirming => self.open(Section::Confirm),
            Request::Mobile(_) | Request::Confirm(_) => self.confirm_saved(Saved::Mobile),
            Request::Answer(..) => self.confirm_saved(Saved::Answer),
            Request::Activate if is_activating => self.open(Section::Activation),
            Request::SignIn(..) | Request::Code(_) | Request::Activate => {}
            Request::Practice => browser::navigate(paths::WIZARD),
            Request::Extend => self.page.announce(lifecycle::extension_outcome(self.page)),
            // If the screen was cleared before the response, the user may already be typing another name.
            Request::Cancel if !was_signed_in => {}
            Request::Cancel => {
                set_if_changed(self.signed_out, true);
                self.page.announce(self.enrollment_messages().signed_out);
                set_if_changed(self.username, RawInput::default());
                set_if_changed(self.password, RawInput::default());
            }
        }
    }

    fn on_session_state(self, registration: Registration) {
        let (previous, current) = (self.stage.get_untracked(), registration.step);
        self.show(registration);
        if current == Stage::SignIn && previous != Stage::SignIn {
            self.refuse(Refusal::StartAgain);
        } else if current != previous {
            self.page.clear_problem();
        }
    }

    fn on_refusal(self, refusal: Refusal) {
        let context = self.current_context();
        self.refusal_context.set_value(context);
        if matches!(refusal, Refusal::Invalid { .. }) {
            // An invalid value is corrected in its field.
            self.change_value();
        }
        set_if_changed(self.password, RawInput::default());
        match (&refusal, context) {
            // The session has ended.
            (Refusal::StartAgain, _)
            | (
                Refusal::NotVerified { attempts_left: 0, .. },
                RefusalContext::Code | RefusalContext::Confirmation,
            ) => {
                self.show(Registration::sign_in());
            }
            // The code is used or expired; the user enters a new one.
            (Refusal::NotVerified { .. }, _) => set_if_changed(self.code, RawInput::default()),
            (
                Refusal::Invalid { .. }
                | Refusal::WeakPassword { .. }
                | Refusal::TooMany { .. }
                | Refusal::InProgress
                | Refusal::Unavailable { .. }
                | Refusal::OutcomeUnknown { .. }
                | Refusal::CrossOrigin
                | Refusal::Fault { .. }
                | Refusal::NoConnection,
                _,
            ) => {}
        }
        self.page.refuse(refusal);
    }

    fn is_progress(self, registration: &Registration) -> bool {
        let rounded = |known: &Option<Known>| known.clone().map(with_rounded_wait);
        let values = |overview: &Overview| {
            (rounded(&overview.birthdate), rounded(&overview.mobile), overview.confirming)
        };
        let known = self.overview.with_untracked(|overview| overview.as_ref().map(values));
        registration.step != self.stage.get_untracked() || known != registration.overview.as_ref().map(values)
    }

    fn on_cancelled(self) {
        set_if_changed(self.username, RawInput::default());
        self.show(Registration::sign_in());
    }

    fn on_expired(self) {
        // The user may have left the device meanwhile, so the password is wiped.
        set_if_changed(self.password, RawInput::default());
    }

    fn tick(self, now: f64) {
        if self.screen.get_untracked() == Screen::Activation {
            poll_when_due(self, (self.poll_app_at, POLL_INTERVAL_MS), now, api::registration_app);
        }
    }
}
