//! Sends the requests of a page: retries until there is a response, polls while another request processes the same
//! step, does not repeat stale requests, and applies the state that the server reports.
//!
//! A page dispatches its requests through an `Action` around [`perform`].

use super::PageState;
use super::browser;
use super::page_state::{Problem, sleep};
use crate::api::refusal::Refusal;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Delay before a request without a response is sent again.
const RETRY_DELAY: Duration = Duration::from_secs(3);
/// Interval at which to check whether another request has finished the step.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum number of polls. An abandoned claim ends after 30 seconds (contract), so waiting much longer is useless.
const MAX_POLLS: u8 = 40;

/// The position of a page in its session, as far as requests are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// The first screen: an earlier session may continue that this page does not know yet.
    Start,
    /// In a session.
    InSession,
    /// The last screen, which remains although its session has ended.
    Finished,
}

/// Maximum age of a one-time code that waits for the network. An older one may have expired, and sending it would waste
/// an attempt. The server accepts a repeated correct code for 30 seconds.
pub(crate) const CODE_MAX_AGE_MS: f64 = 25_000.0;

/// How to treat a request while the network is unavailable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RequestKind {
    /// May be sent at any time later.
    Ordinary,
    /// «Annuleren»: also allowed while another request waits for the network.
    Cancel,
    /// Must not be sent after this many milliseconds: it could waste an attempt.
    Expiring(f64),
}

/// The requests of a page, and how their responses change its state.
pub(crate) trait Flow: Copy + 'static {
    /// A request that results from a user action.
    type Request: Clone + 'static;
    /// The server's response to every request.
    type Response: 'static;

    fn page(self) -> PageState;
    fn position(self) -> Position;
    fn kind(request: &Self::Request) -> RequestKind;
    /// Whether a request starts a session, and so needs none.
    fn starts_session(request: &Self::Request) -> bool;

    /// Sends a request without retry.
    async fn send(request: Self::Request) -> Result<Self::Response, Refusal>;
    /// Queries the state of the session; changes nothing.
    async fn current() -> Result<Self::Response, Refusal>;

    /// Called when a request has succeeded.
    fn on_response(self, request: Self::Request, response: Self::Response);
    /// Called when a query has returned the state of the session, which may be unchanged.
    fn on_session_state(self, response: Self::Response);
    /// Called when a request was refused.
    fn on_refusal(self, refusal: Refusal);
    /// Whether a response contains another step than the one on screen.
    fn is_progress(self, response: &Self::Response) -> bool;

    /// Called to clear the screen before the server has received the cancellation.
    fn on_cancelled(self);
    /// Called when an expiring request is not sent any more.
    fn on_expired(self) {}
    /// Called every second.
    fn tick(self, now: f64);
}

/// The delay before the next attempt.
#[derive(Clone, Copy)]
enum Delay {
    /// A fixed time: that of the server's `retry_after`, or the poll interval.
    Fixed(Duration),
    /// [`RETRY_DELAY`], or until the browser reports that it is online.
    UntilOnline,
}

async fn wait(page: PageState, delay: Delay) {
    match delay {
        Delay::Fixed(delay) => sleep(delay).await,
        Delay::UntilOnline => page.wait_for_connection(RETRY_DELAY).await,
    }
}

/// The origin of the request whose outcome is polled.
#[derive(Clone, Copy)]
enum Origin {
    /// This page: the user expects a result.
    Here,
    /// This page before a reload, or another window.
    Elsewhere,
    /// Not known whether there is a request: the server could not be queried yet.
    Unknown,
}

/// Sends a request until there is a response. Does nothing while another request is in progress.
pub(crate) async fn perform<F: Flow>(flow: F, request: F::Request) {
    let page = flow.page();
    if page.resuming.get_value() {
        let may_proceed = page.wait_until_resumed().await;
        if !may_proceed || flow.position() != Position::Start {
            return;
        }
    }
    let is_allowed_cancel = F::kind(&request) == RequestKind::Cancel && page.waiting_for_network.get_value();
    if page.busy.get_untracked() && !is_allowed_cancel {
        return;
    }
    page.waiting_for_network.set_value(false);
    page.clear_problem();
    page.busy.set(true);
    page.sending.set(true);
    // Cleared first, because setting the same text again would not announce it.
    page.announcement.set(String::new());
    page.announce(page.messages().busy);
    let number = page.next_request_number();
    let started_at = browser::now();
    let mut is_first_attempt = true;
    loop {
        match F::send(request.clone()).await {
            Err(Refusal::NoConnection) => {
                // Only at the first attempt: later, the user may already be typing another name.
                if F::kind(&request) == RequestKind::Cancel && is_first_attempt {
                    flow.on_cancelled();
                    page.sending.set(false);
                }
                is_first_attempt = false;
                if !wait_to_retry(page, number).await {
                    return;
                }
                let age = browser::now() - started_at;
                if matches!(F::kind(&request), RequestKind::Expiring(limit) if age > limit) {
                    return query_instead(flow, number).await;
                }
            }
            Err(Refusal::InProgress) => {
                // In a separate task: this one keeps the request in memory, which may contain a password.
                return spawn_local(poll(flow, Origin::Here));
            }
            Ok(response) => {
                finish_request(page);
                let starts_session = F::starts_session(&request);
                flow.on_response(request, response);
                if starts_session {
                    page.session_started();
                } else {
                    page.session_recognized();
                }
                return;
            }
            Err(refusal) => {
                finish_request(page);
                page.announce("");
                return flow.on_refusal(refusal);
            }
        }
    }
}

/// Abandons a request that waits for the network, and queries its outcome. Returns whether no request is in progress.
pub(crate) fn abandon_request<F: Flow>(flow: F) -> bool {
    let page = flow.page();
    if page.waiting_for_network.get_value() {
        page.waiting_for_network.set_value(false);
        finish_request(page);
        refresh(flow);
    }
    !page.busy.get_untracked()
}

/// Queries the state of the session for the first time. If this tab had a session, requests wait for the response,
/// because a user name would end the session.
pub(crate) fn refresh_on_start<F: Flow>(flow: F) {
    flow.page().resuming.set_value(browser::was_in_session());
    refresh(flow);
}

/// Queries the state of the session: after a reload, and when the user returns to the page. Typed text is preserved if
/// the step is the same. On the first screen, requests wait for the response, because a user name would end a session
/// that still continues.
pub(crate) fn refresh<F: Flow>(flow: F) {
    let page = flow.page();
    if page.busy.get_untracked() {
        return;
    }
    let number = page.next_request_number();
    spawn_local(async move {
        loop {
            let result = F::current().await;
            // There was a newer request or query meanwhile: this response is outdated.
            if page.busy.get_untracked() || !page.is_latest(number) {
                return;
            }
            let is_start = flow.position() == Position::Start;
            // Without an answer a request of the user waits on: it must neither end a session that continues, nor be lost.
            let is_unknown = matches!(result, Err(Refusal::NoConnection | Refusal::Unavailable { .. }));
            if is_start && is_unknown {
                page.resuming.set_value(true);
            } else {
                page.mark_resumed();
            }
            let delay = match result {
                Ok(response) => return apply_session_state(flow, response),
                Err(_) if flow.position() == Position::Finished => return,
                Err(Refusal::InProgress) => {
                    page.processing.set(true);
                    page.announce(page.messages().still_busy);
                    return poll_after(flow, Delay::Fixed(POLL_INTERVAL), Origin::Elsewhere).await;
                }
                Err(Refusal::NoConnection) => {
                    if is_start {
                        page.set_offline();
                    }
                    Delay::UntilOnline
                }
                Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                    report_once(page, refusal);
                    Delay::Fixed(Duration::from_secs(retry_after))
                }
                Err(_) => return,
            };
            if is_start {
                return poll_after(flow, delay, Origin::Unknown).await;
            }
            wait(page, delay).await;
            if page.busy.get_untracked() || !page.is_latest(number) {
                return;
            }
        }
    });
}

fn finish_request(page: PageState) {
    page.waiting_for_network.set_value(false);
    for signal in [page.offline, page.processing, page.sending, page.busy] {
        if signal.get_untracked() {
            signal.set(false);
        }
    }
}

/// Waits until the connection may be restored. Returns `false` if the request was abandoned meanwhile.
async fn wait_to_retry(page: PageState, number: u32) -> bool {
    page.set_offline();
    page.waiting_for_network.set_value(true);
    page.wait_for_connection(RETRY_DELAY).await;
    let may_proceed = page.is_latest(number) && page.waiting_for_network.get_value();
    if may_proceed {
        page.waiting_for_network.set_value(false);
    }
    may_proceed
}

/// Queries the state of the session instead of sending a request that waited too long.
async fn query_instead<F: Flow>(flow: F, number: u32) {
    let page = flow.page();
    loop {
        match F::current().await {
            Err(Refusal::NoConnection) => {
                if !wait_to_retry(page, number).await {
                    return;
                }
            }
            Ok(response) => {
                finish_request(page);
                flow.on_expired();
                let progress = flow.is_progress(&response);
                apply_session_state(flow, response);
                if !progress {
                    page.report(Problem::StaleCode);
                }
                return;
            }
            Err(refusal) => {
                finish_request(page);
                return flow.on_refusal(refusal);
            }
        }
    }
}

async fn poll_after<F: Flow>(flow: F, delay: Delay, origin: Origin) {
    let page = flow.page();
    page.busy.set(true);
    wait(page, delay).await;
    poll(flow, origin).await;
}

/// Polls every second until another request has finished. Counts only «in progress» responses: an outage says nothing
/// about the other request, so it does not count.
async fn poll<F: Flow>(flow: F, mut origin: Origin) {
    let page = flow.page();
    page.busy.set(true);
    let mut polls_left = MAX_POLLS;
    let outcome = loop {
        let result = F::current().await;
        page.processing.set(matches!(result, Err(Refusal::InProgress)));
        if matches!(result, Err(Refusal::NoConnection)) {
            page.set_offline();
        } else {
            page.offline.set(false);
        }
        let delay = match result {
            Err(Refusal::InProgress) if polls_left > 0 => {
                polls_left -= 1;
                if matches!(origin, Origin::Unknown) {
                    origin = Origin::Elsewhere;
                }
                Delay::Fixed(POLL_INTERVAL)
            }
            Err(Refusal::NoConnection) => Delay::UntilOnline,
            Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                report_once(page, refusal);
                Delay::Fixed(Duration::from_secs(retry_after))
            }
            Ok(_) | Err(_) => break result,
        };
        wait(page, delay).await;
    };
    finish_request(page);
    page.announce("");
    match outcome {
        Ok(response) => apply_poll_result(flow, response, origin),
        Err(refusal) => flow.on_refusal(refusal),
    }
    page.mark_resumed();
}

fn apply_poll_result<F: Flow>(flow: F, response: F::Response, origin: Origin) {
    let page = flow.page();
    // An outage that was reported meanwhile has ended.
    page.clear_problem();
    let progress = flow.is_progress(&response);
    apply_session_state(flow, response);
    if !progress {
        match origin {
            Origin::Here => page.report(Problem::StepNotCompleted),
            // The other request has ended the session.
            Origin::Elsewhere if flow.position() == Position::Start => page.refuse(Refusal::StartAgain),
            Origin::Elsewhere | Origin::Unknown => {}
        }
    }
}

fn apply_session_state<F: Flow>(flow: F, response: F::Response) {
    flow.on_session_state(response);
    if flow.position() != Position::Start {
        flow.page().session_recognized();
    }
}

/// Reports an outage once instead of at every poll, because the summary receives the focus.
fn report_once(page: PageState, refusal: Refusal) {
    let reported = page.problem.with_untracked(|reported| {
        reported
            .as_ref()
            .is_some_and(|reported| matches!(reported.problem, Problem::Refused(Refusal::Unavailable { .. })))
    });
    if !reported {
        page.refuse(refusal);
    }
}
