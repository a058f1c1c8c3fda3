//! The requests of the service desk page, and how their responses change its state.

use super::start_codes::PART_HEADING;
use super::state::{DeskState, Ended, StartCodeDone, without_times};
use crate::api::refusal::{Reason, Refusal};
use crate::api::service_desk as api;
use crate::api::service_desk_state::{Caller, DeskAction, DeskStage, ServiceDesk};
use crate::client::page_state::set_if_changed;
use crate::client::requests::{CODE_MAX_AGE_MS, Position, RequestKind};
use crate::client::{Flow, PageState, focus, lifecycle, requests};
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;

/// A request of the service desk page.
#[derive(Clone)]
pub(crate) enum Request {
    /// The agent's user name and password.
    SignIn(RawInput, RawInput),
    Code(RawInput),
    /// The call code of a caller.
    Caller(RawInput),
    EndCall,
    /// Looks up a reference.
    Trail(RawInput),
    Act(DeskAction),
    /// Requests a start code for a user name.
    NewStartCode(RawInput),
    /// The user name and the id of a request, and whether a lead has seen an identity document.
    ApproveStartCode(String, String, bool),
    ShowStartCode(String),
    WithdrawStartCode(String),
    /// Queries the state, because a colleague may have approved a start code.
    Refresh,
    Extend,
    Cancel,
}

impl Flow for DeskState {
    type Request = Request;
    type Response = ServiceDesk;

    fn page(self) -> PageState {
        self.page
    }

    fn position(self) -> Position {
        match self.stage.get_untracked() {
            DeskStage::SignIn => Position::Start,
            DeskStage::Code | DeskStage::Desk => Position::InSession,
        }
    }

    fn kind(request: &Request) -> RequestKind {
        match request {
            // An action that waited for the network would be carried out after the call.
            Request::SignIn(..)
            | Request::Code(_)
            | Request::Caller(_)
            | Request::Act(_)
            | Request::NewStartCode(..)
            | Request::ApproveStartCode(..)
            | Request::ShowStartCode(_) => RequestKind::Expiring(CODE_MAX_AGE_MS),
            Request::Cancel => RequestKind::Cancel,
            Request::EndCall
            | Request::Trail(_)
            | Request::WithdrawStartCode(_)
            | Request::Refresh
            | Request::Extend => RequestKind::Ordinary,
        }
    }

    fn starts_session(request: &Request) -> bool {
        matches!(request, Request::SignIn(..))
    }

    async fn send(request: Request) -> Result<ServiceDesk, Refusal> {
        match request {
            Request::SignIn(username, password) => api::service_desk_sign_in(username, password).await,
            Request::Code(code) => api::service_desk_code(code).await,
            Request::Caller(call_code) => api::service_desk_caller(call_code).await,
            Request::EndCall => current_if_over(api::service_desk_end_call().await).await,
            Request::Trail(reference) => api::service_desk_trail(reference).await,
            Request::Act(action) => act(action).await,
            Request::NewStartCode(username) => api::service_desk_request_start_code(username).await,
            Request::ApproveStartCode(username, id, identity_seen) => {
                let (username, id) = (RawInput::new(username), RawInput::new(id));
                api::service_desk_approve_start_code(username, id, identity(identity_seen)).await
            }
            Request::ShowStartCode(username) => {
                api::service_desk_show_start_code(RawInput::new(username)).await
            }
            Request::WithdrawStartCode(username) => {
                api::service_desk_withdraw_start_code(RawInput::new(username)).await
            }
            Request::Refresh => api::service_desk_current().await,
            Request::Extend => api::service_desk_extend().await,
            Request::Cancel => api::service_desk_cancel().await,
        }
    }

    async fn current() -> Result<ServiceDesk, Refusal> {
        api::service_desk_current().await
    }

    fn on_response(self, request: Request, desk: ServiceDesk) {
        self.page.announce("");
        set_if_changed(self.start_code_done, None);
        let was_signed_in = self.stage.get_untracked() != DeskStage::SignIn;
        let has_lost_caller = self.has_lost_caller(&desk);
        let is_over = desk.step == DeskStage::SignIn;
        let is_done = desk.caller.as_ref().is_some_and(|caller| caller.done.is_some());
        let known_codes = self.start_codes.get_untracked();
        self.show(desk);
        let texts = self.texts();
        match request {
            // If the screen was cleared before the response, the user may already be typing another name.
            Request::Cancel if !was_signed_in => {}
            Request::Cancel => {
                self.forget_agent();
                self.end(Ended::Session);
            }
            _ if is_over && was_signed_in => self.refuse(Refusal::StartAgain),
            Request::EndCall => self.end(Ended::Call),
            // The proof has expired, or another window has ended the call.
            _ if has_lost_caller => self.end(Ended::Proof),
            Request::Act(_) if is_done => self.confirm_action(),
            Request::Act(_) => {
                set_if_changed(self.done, None);
                self.refuse(Refusal::invalid("action", Reason::NotOffered));
            }
            // The form stays, and so does the focus on its button.
            Request::Trail(_) => self.announce_trail(),
            Request::NewStartCode(..) => {
                self.clear_start_code_form();
                self.confirm_start_code(StartCodeDone::Requested);
            }
            Request::ApproveStartCode(..) => self.confirm_start_code(StartCodeDone::Approved),
            Request::WithdrawStartCode(_) => self.confirm_start_code(StartCodeDone::Withdrawn),
            Request::ShowStartCode(_) => focus::set_once_rendered(PART_HEADING),
            // Otherwise the focus stays on the button.
            Request::Refresh if self.start_codes.with_untracked(|codes| *codes != known_codes) => {
                self.page.announce(texts.start_changed);
                focus::set_once_rendered(PART_HEADING);
            }
            Request::Refresh => self.page.announce(texts.start_unchanged),
            Request::Extend => self.page.announce(lifecycle::extension_outcome(self.page)),
            Request::SignIn(..) | Request::Code(_) | Request::Caller(_) => {}
        }
    }

    fn on_session_state(self, desk: ServiceDesk) {
        let (previous, current) = (self.stage.get_untracked(), desk.step);
        let has_lost_caller = self.has_lost_caller(&desk);
        let known_codes = self.start_codes.get_untracked();
        self.show(desk);
        if current == DeskStage::SignIn && previous != DeskStage::SignIn {
            self.refuse(Refusal::StartAgain);
        } else if current != previous {
            self.page.clear_problem();
        } else if has_lost_caller {
            // It was about this caller.
            self.page.clear_problem();
            self.end(Ended::Proof);
        } else if self.start_codes.with_untracked(|codes| *codes != known_codes) {
            self.page.announce(self.texts().start_changed);
        }
    }

    fn on_refusal(self, refusal: Refusal) {
        set_if_changed(self.password, RawInput::default());
        let is_desk = self.stage.get_untracked() == DeskStage::Desk;
        // Explained by what was refused, also if the next screen is another one.
        self.refuse(refusal.clone());
        match &refusal {
            Refusal::StartAgain => self.show(ServiceDesk::sign_in()),
            Refusal::NotVerified { attempts_left: 0, .. } if !is_desk => self.show(ServiceDesk::sign_in()),
            // The code is used, wrong or expired; the agent enters another one.
            Refusal::NotVerified { .. } => {
                set_if_changed(self.code, RawInput::default());
                set_if_changed(self.call_code, RawInput::default());
            }
            // The request was withdrawn, used or approved meanwhile.
            Refusal::Invalid { field: Some(field), .. } if field == "request" => requests::refresh(self),
            Refusal::Invalid { .. }
            | Refusal::WeakPassword { .. }
            | Refusal::TooMany { .. }
            | Refusal::InProgress
            | Refusal::Unavailable { .. }
            | Refusal::OutcomeUnknown { .. }
            | Refusal::CrossOrigin
            | Refusal::Fault { .. }
            | Refusal::NoConnection => {}
        }
    }

    fn is_progress(self, desk: &ServiceDesk) -> bool {
        let lasting = |caller: &Caller| Caller { expires_in: 0, done: None, ..caller.clone() };
        desk.step != self.stage.get_untracked()
            || self.caller.with_untracked(|known| *known != desk.caller.as_ref().map(lasting))
            || self.start_codes.with_untracked(|known| *known != without_times(desk.start_codes.clone()))
    }

    fn on_cancelled(self) {
        self.forget_agent();
        self.show(ServiceDesk::sign_in());
    }

    fn on_expired(self) {
        // The agent may have left the device meanwhile, so the password is wiped.
        set_if_changed(self.password, RawInput::default());
    }

    fn tick(self, now: f64) {
        self.check_expiry(now);
        self.poll_colleagues_when_due(now);
    }
}

impl DeskState {
    fn forget_agent(self) {
        set_if_changed(self.username, RawInput::default());
        set_if_changed(self.password, RawInput::default());
    }

    /// Whether the state on screen has a caller and this one has none.
    fn has_lost_caller(self, desk: &ServiceDesk) -> bool {
        desk.caller.is_none() && self.caller.with_untracked(Option::is_some)
    }

    /// Shows the confirmation of the action, and announces it.
    fn confirm_action(self) {
        let Some(done) = self.done.get_untracked() else { return };
        self.page.announce(super::actions::done_text(done, self.texts()));
        // The button that was pressed may have been removed.
        focus::set_once_rendered(focus::HEADING);
    }

    /// Shows what was done about a start code, and announces it. The button that was pressed may have been removed.
    fn confirm_start_code(self, done: StartCodeDone) {
        self.start_code_done.set(Some(done));
        self.page.announce(done.message(self.texts()));
        focus::set_once_rendered(PART_HEADING);
    }

    fn announce_trail(self) {
        let texts = self.texts();
        let text = self.trail.with_untracked(|trail| match trail {
            Some(trail) if trail.events.is_empty() => texts.no_trail.to_owned(),
            Some(trail) => texts.trail.fill([&trail.reference]),
            None => String::new(),
        });
        self.page.announce(text);
    }
}

/// Whether an identity document was seen, in the form of the API.
fn identity(seen: bool) -> Option<RawInput> {
    seen.then(|| RawInput::new("seen"))
}

/// Carries out an action. If it is refused because the call has ended, or because something about the account has changed, the
/// answer is the state of the session without a confirmation.
async fn act(action: DeskAction) -> Result<ServiceDesk, Refusal> {
    match api::service_desk_act(RawInput::new(action.name())).await {
        Err(Refusal::StartAgain | Refusal::Invalid { .. }) => {
            let mut desk = api::service_desk_current().await?;
            if let Some(caller) = &mut desk.caller {
                caller.done = None;
            }
            Ok(desk)
        }
        answer => answer,
    }
}

/// The state of the session instead of «start again»: the caller is no longer verified, or the session has ended. The
/// current state shows which.
async fn current_if_over(answer: Result<ServiceDesk, Refusal>) -> Result<ServiceDesk, Refusal> {
    match answer {
        Err(Refusal::StartAgain) => api::service_desk_current().await,
        answer => answer,
    }
}
