//! The browser's state of a service desk session, and the typed text. The server's state is authoritative;
//! `client::requests` queries it when this one may be outdated.

use super::screen::Screen;
use crate::api::refusal::Refusal;
use crate::api::service_desk::service_desk_current;
use crate::api::service_desk_state::{Caller, DeskAction, DeskStage, ServiceDesk, StartCodeState, Trail};
use crate::client::page_state::set_if_changed;
use crate::client::polling::poll_when_due;
use crate::client::{PageState, Problem, browser, lifecycle, requests};
use crate::domain::raw_input::RawInput;
use crate::i18n::{DeskContext, Explanation, ServiceDeskMessages, explain_service_desk};
use leptos::prelude::*;

/// What has just ended, for a notice on the screen that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The agent has signed out.
    Session,
    /// The agent has ended the call.
    Call,
    /// The proof of the caller has expired, or another window has ended the call.
    Proof,
}

impl Ended {
    pub(super) const fn message(self, texts: &'static ServiceDeskMessages) -> &'static str {
        match self {
            Self::Session => texts.signed_out,
            Self::Call => texts.ended,
            Self::Proof => texts.expired,
        }
    }
}

/// What was just done about a start code, for a notice above the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartCodeDone {
    Requested,
    Approved,
    Withdrawn,
}

impl StartCodeDone {
    pub(super) const fn message(self, texts: &'static ServiceDeskMessages) -> &'static str {
        match self {
            Self::Requested => texts.start_requested_done,
            Self::Approved => texts.start_approved_done,
            Self::Withdrawn => texts.start_withdrawn,
        }
    }
}

/// How often a visible page queries what colleagues have changed, in milliseconds. The server allows a session a query in ten
/// seconds.
const POLL_INTERVAL_MS: f64 = 15_000.0;

/// The state that the screens share. Provided as context; `Copy`, because its signals are.
#[derive(Clone, Copy)]
pub(crate) struct DeskState {
    pub(crate) page: PageState,
    pub(super) stage: RwSignal<DeskStage>,
    pub(super) screen: Memo<Screen>,
    /// Whether the agent is a lead.
    pub(super) is_lead: RwSignal<bool>,
    /// The server's caller without the values that change over time: the time of the proof is in `caller_expires_at`, and
    /// the action that was just carried out in `done`.
    pub(super) caller: RwSignal<Option<Caller>>,
    /// When the proof of the caller expires, in milliseconds since 1970 by the device's clock.
    caller_expires_at: StoredValue<Option<f64>>,
    pub(super) done: RwSignal<Option<DeskAction>>,
    /// Whether the agent has chosen to freeze the account and has not confirmed it yet.
    pub(super) is_freezing: RwSignal<bool>,
    pub(super) trail: RwSignal<Option<Trail>>,
    /// The server's start codes without the time that is left, which is in `start_codes_expire_at`.
    pub(super) start_codes: RwSignal<Vec<StartCodeState>>,
    /// Whether start codes can be requested.
    pub(super) offers_start_codes: RwSignal<bool>,
    /// When the first of them is void, in milliseconds since 1970 by the device's clock.
    start_codes_expire_at: StoredValue<Option<f64>>,
    /// What was just done about a start code.
    pub(super) start_code_done: RwSignal<Option<StartCodeDone>>,
    /// When the server may be queried again, in milliseconds since 1970 by the device's clock.
    poll_at: StoredValue<f64>,
    pub(super) ended: RwSignal<Option<Ended>>,
    pub(super) username: RwSignal<RawInput>,
    /// The agent's password. Wiped when the sign-in has a response.
    pub(super) password: RwSignal<RawInput>,
    pub(super) code: RwSignal<RawInput>,
    pub(super) call_code: RwSignal<RawInput>,
    pub(super) reference: RwSignal<RawInput>,
    /// The user name of an employee who needs a start code.
    pub(super) employee: RwSignal<RawInput>,
    /// Where the last refusal occurred.
    context: StoredValue<DeskContext>,
}

impl DeskState {
    pub(super) fn new(page: PageState) -> Self {
        let (stage, caller) = (RwSignal::new(DeskStage::SignIn), RwSignal::new(None::<Caller>));
        Self {
            page,
            stage,
            screen: Memo::new(move |_| Screen::of(stage.get(), caller.with(Option::is_some))),
            is_lead: RwSignal::new(false),
            caller,
            caller_expires_at: StoredValue::new(None),
            done: RwSignal::new(None),
            is_freezing: RwSignal::new(false),
            trail: RwSignal::new(None),
            start_codes: RwSignal::new(Vec::new()),
            offers_start_codes: RwSignal::new(false),
            start_codes_expire_at: StoredValue::new(None),
            start_code_done: RwSignal::new(None),
            poll_at: StoredValue::new(0.0),
            ended: RwSignal::new(None),
            username: RwSignal::default(),
            password: RwSignal::default(),
            code: RwSignal::default(),
            call_code: RwSignal::default(),
            reference: RwSignal::default(),
            employee: RwSignal::default(),
            context: StoredValue::new(DeskContext::Password),
        }
    }

    /// The messages of this page, like [`PageState::messages`].
    pub(super) fn texts(self) -> &'static ServiceDeskMessages {
        self.page.language.get_untracked().service_desk()
    }

    /// Synchronizes title and focus with the screen.
    pub(super) fn synchronize_document(self) {
        lifecycle::synchronize_document(self.page, move || self.screen.get(), move || self.title());
    }

    /// The page's name and the screen's heading. Without the name of a caller, which the browser's history would keep.
    fn title(self) -> (String, Option<&'static str>) {
        let (messages, texts) = (self.page.messages(), self.texts());
        let heading = match self.screen.get() {
            Screen::SignIn => None,
            Screen::Code => Some(messages.code_heading),
            Screen::Desk => Some(texts.desk_heading),
            Screen::Caller => Some(texts.verified_title),
        };
        (texts.title.to_owned(), heading)
    }

    /// The explanation of the problem on screen; tracked.
    pub(super) fn explanation(self) -> Option<Explanation> {
        let problem = self.page.problem.get()?.problem;
        let language = self.page.language.get();
        let (messages, texts) = (language.messages(), language.service_desk());
        let site = self.page.site();
        let desk = &site.organisation.service_desk;
        let explanation = match &problem {
            Problem::Refused(refusal) => {
                return Some(explain_service_desk(
                    refusal,
                    self.context.get_value(),
                    (messages, texts),
                    desk,
                ));
            }
            Problem::StaleCode => Explanation::desk_request_not_sent(messages, texts),
            Problem::PasswordMismatch => Explanation::password_mismatch(messages),
            Problem::NotLocked => Explanation::not_locked(messages, desk),
            Problem::StepNotCompleted => Explanation::step_not_completed(messages, desk),
            Problem::NoCookies => Explanation::no_cookies(messages, desk),
            Problem::SessionNotKept => {
                Explanation::session_not_kept((texts.session_over, texts.session_over_todo), messages, desk)
            }
        };
        Some(explanation.for_service_desk(texts))
    }

    /// Shows a refusal, of the server or one that the browser can determine.
    pub(super) fn refuse(self, refusal: Refusal) {
        self.context.set_value(match self.screen.get_untracked() {
            Screen::SignIn => DeskContext::Password,
            Screen::Code => DeskContext::Code,
            Screen::Desk => DeskContext::Desk,
            Screen::Caller => DeskContext::Caller,
        });
        self.page.refuse(refusal);
    }

    /// Shows that something has ended, and announces it.
    pub(super) fn end(self, ended: Ended) {
        set_if_changed(self.ended, Some(ended));
        self.page.announce(ended.message(self.texts()));
    }

    /// Applies the state that the server reported, including its times.
    pub(super) fn show(self, desk: ServiceDesk) {
        let now = browser::now();
        let expiry = |seconds: Option<u64>| seconds.map(|seconds| browser::seconds_after(now, seconds));
        self.page.expires_at.set_value(expiry(desk.expires_in));
        let caller_expires_at = expiry(desk.caller.as_ref().map(|caller| caller.expires_in));
        let start_codes_expire_at = expiry(desk.start_codes.iter().map(|code| code.expires_in).min());
        self.apply(desk);
        self.poll_at.set_value(now + POLL_INTERVAL_MS);
        lifecycle::tick(self);
        // After the tick: at the end of the time the server is queried once a second, not in a loop.
        self.caller_expires_at.set_value(caller_expires_at);
        self.start_codes_expire_at.set_value(start_codes_expire_at);
    }

    /// Applies the state that the server reported.
    pub(super) fn apply(self, desk: ServiceDesk) {
        let ServiceDesk {
            step,
            username,
            expires_in: _,
            lead,
            caller,
            trail,
            start_codes,
            offers_start_codes,
        } = desk;
        if let Some(username) = username {
            set_if_changed(self.username, RawInput::new(username));
        }
        if step == DeskStage::SignIn {
            set_if_changed(self.page.cannot_extend, false);
        } else {
            set_if_changed(self.password, RawInput::default());
        }
        if step != DeskStage::Desk {
            // The next user of this device must not see what was typed about a caller.
            set_if_changed(self.call_code, RawInput::default());
            set_if_changed(self.reference, RawInput::default());
        }
        if step != DeskStage::Desk || caller.is_some() {
            self.clear_start_code_form();
        }
        if caller.is_some() || step == DeskStage::Code {
            set_if_changed(self.ended, None);
        }
        if caller.is_some() {
            set_if_changed(self.call_code, RawInput::default());
        } else {
            set_if_changed(self.done, None);
        }
        if caller.as_ref().is_none_or(|caller| caller.frozen_since.is_some()) {
            set_if_changed(self.is_freezing, false);
        }
        if step != DeskStage::Desk {
            set_if_changed(self.start_code_done, None);
        }
        set_if_changed(self.is_lead, lead);
        set_if_changed(self.caller, caller.map(|caller| self.without_passing_values(caller)));
        set_if_changed(self.trail, trail);
        set_if_changed(self.start_codes, without_times(start_codes));
        set_if_changed(self.offers_start_codes, offers_start_codes);
        if self.stage.get_untracked() != step {
            set_if_changed(self.code, RawInput::default());
            self.stage.set(step);
        }
    }

    /// Moves the action that was just carried out into its signal. A later query does not repeat it, and must not remove
    /// its confirmation either.
    fn without_passing_values(self, mut caller: Caller) -> Caller {
        caller.expires_in = 0;
        if let Some(done) = caller.done.take() {
            set_if_changed(self.done, Some(done));
        }
        caller
    }

    /// Wipes what was typed to request a start code.
    pub(super) fn clear_start_code_form(self) {
        set_if_changed(self.employee, RawInput::default());
    }

    /// Queries what colleagues have changed if it is time and the page is visible: a lead must see a request without a reload.
    pub(super) fn poll_colleagues_when_due(self, now: f64) {
        if self.stage.get_untracked() == DeskStage::Desk {
            poll_when_due(self, (self.poll_at, POLL_INTERVAL_MS), now, service_desk_current);
        }
    }

    /// Queries the server when the proof of the caller or a start code has expired by the device's clock, which may be
    /// wrong.
    pub(super) fn check_expiry(self, now: f64) {
        for expires_at in [self.caller_expires_at, self.start_codes_expire_at] {
            if expires_at.get_value().is_some_and(|at| at <= now) {
                expires_at.set_value(None);
                requests::refresh(self);
            }
        }
    }
}

/// The start codes without the time that is left, so that the list is not rebuilt every second.
pub(super) fn without_times(start_codes: Vec<StartCodeState>) -> Vec<StartCodeState> {
    start_codes.into_iter().map(|code| StartCodeState { expires_in: 0, ..code }).collect()
}
