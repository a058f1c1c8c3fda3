//! The requests of a page, in one place: retried until there is an answer, polled while another request performs the
//! same step, not repeated once they are stale, and followed by the state that the server reports.
//!
//! A page dispatches its requests through an `Action` around [`perform`].

use super::PageState;
use super::browser;
use super::page_state::{Problem, sleep};
use crate::api::refusal::Refusal;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// The pause before a request that got no answer is sent again.
const RETRY: Duration = Duration::from_secs(3);
/// The pause between two looks whether another request has finished this step.
const POLL: Duration = Duration::from_secs(1);
/// A claim that a crash left behind ends after 30 seconds (contract); soon after that there is nothing to wait for.
const POLLS: u8 = 40;

/// Where a page stands, as far as its requests are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// The first screen: a session may go on that this page does not know of yet.
    Start,
    /// In a session.
    Underway,
    /// The last screen, which stays although its session is gone.
    Finished,
}

/// A one-time code that waited longer than this for the network may have expired: sending it would cost an attempt for
/// nothing. The server accepts a repeated right code for 30 seconds.
pub(crate) const CODE_KEEPS_MS: f64 = 25_000.0;

/// The two kinds of request that need care while the network is away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// May be sent at any later time.
    Ordinary,
    /// «Annuleren»: allowed while another request waits for the network.
    Cancel,
    /// Sending it after this many milliseconds could cost an attempt for nothing.
    Perishable(f64),
}

/// A page's conversation with the server: what it can send, and what an answer does to its state.
pub(crate) trait Flow: Copy + 'static {
    /// A request that the user made by pressing something.
    type Request: Clone + 'static;
    /// The server's answer to each of them.
    type Response: 'static;

    fn page(self) -> PageState;
    fn position(self) -> Position;
    fn kind(request: &Self::Request) -> Kind;

    /// Sends a request, once.
    async fn send(request: Self::Request) -> Result<Self::Response, Refusal>;
    /// Asks where the session stands; changes nothing.
    async fn current() -> Result<Self::Response, Refusal>;

    /// A request was answered.
    fn answered(self, request: Self::Request, response: Self::Response);
    /// The server reported where the session stands, which may be what is known already.
    fn resumed(self, response: Self::Response);
    /// A request was refused.
    fn refused(self, refusal: Refusal);
    /// Whether a response is another step than the one on screen.
    fn is_progress(self, response: &Self::Response) -> bool;

    /// Clears the screen before the server has received the cancellation.
    fn cancelled(self);
    /// A perishable request is not sent any more.
    fn perished(self) {}
    /// Called every second.
    fn tick(self, now: f64);
}

/// How long to wait before the next attempt.
#[derive(Clone, Copy)]
enum Pause {
    /// As long as the server asks for, or between two polls.
    Fixed(Duration),
    /// [`RETRY`], or until the browser reports that the connection is back.
    ForConnection,
}

async fn wait(page: PageState, pause: Pause) {
    match pause {
        Pause::Fixed(pause) => sleep(pause).await,
        Pause::ForConnection => page.pause_for_connection(RETRY).await,
    }
}

/// Where the request was made that is polled for.
#[derive(Clone, Copy)]
enum Origin {
    /// On this page: the user expects an answer.
    Here,
    /// On this page before a reload, or in another window.
    Elsewhere,
    /// Nothing is known of a request: the server could not be asked yet.
    Unknown,
}

/// Performs a request until there is an answer. Ignored while another one is under way.
pub(crate) async fn perform<F: Flow>(flow: F, request: F::Request) {
    let page = flow.page();
    if page.resuming.get_value() {
        let goes_on = page.until_resumed().await;
        if !goes_on || flow.position() != Position::Start {
            return;
        }
    }
    let leaves = F::kind(&request) == Kind::Cancel && page.waiting_for_network.get_value();
    if page.busy.get_untracked() && !leaves {
        return;
    }
    page.waiting_for_network.set_value(false);
    page.clear_problem();
    page.busy.set(true);
    page.sending.set(true);
    // Set again, the same text would not be announced.
    page.announcement.set(String::new());
    page.announce(page.words().busy);
    let number = page.number_request();
    let since = browser::now();
    let mut is_first_attempt = true;
    loop {
        match F::send(request.clone()).await {
            Err(Refusal::NoConnection) => {
                // Only once: the user may be typing another name by then.
                if F::kind(&request) == Kind::Cancel && is_first_attempt {
                    flow.cancelled();
                    page.sending.set(false);
                }
                is_first_attempt = false;
                if !connection_is_worth_a_try(page, number).await {
                    return;
                }
                if matches!(F::kind(&request), Kind::Perishable(limit) if browser::now() - since > limit) {
                    return resume_instead(flow, number).await;
                }
            }
            Err(Refusal::InProgress) => {
                // In a task of its own: this one holds the request, which may contain a password.
                return spawn_local(poll(flow, Origin::Here));
            }
            Ok(response) => {
                settle(page);
                return flow.answered(request, response);
            }
            Err(refusal) => {
                settle(page);
                page.announce("");
                return flow.refused(refusal);
            }
        }
    }
}

/// Gives up a request that waits for the network, and asks what became of it. Returns whether nothing is under way.
pub(crate) fn give_up<F: Flow>(flow: F) -> bool {
    let page = flow.page();
    if page.waiting_for_network.get_value() {
        page.waiting_for_network.set_value(false);
        settle(page);
        refresh(flow);
    }
    !page.busy.get_untracked()
}

/// Asks where the session stands for the first time. If this tab was underway, a press waits for the answer, because
/// a user name would end the session.
pub(crate) fn refresh_first<F: Flow>(flow: F) {
    flow.page().resuming.set_value(browser::was_underway());
    refresh(flow);
}

/// Asks where the session stands: after a reload, and when the user returns to the page. Typed text stays where the
/// step is the same. On the first screen nothing can be sent until there is an answer, because a user name ends a
/// session that still goes on.
pub(crate) fn refresh<F: Flow>(flow: F) {
    let page = flow.page();
    if page.busy.get_untracked() {
        return;
    }
    let number = page.number_request();
    spawn_local(async move {
        loop {
            let answer = F::current().await;
            // Something was sent or asked meanwhile: this answer is old.
            if page.busy.get_untracked() || !page.is_newest(number) {
                return;
            }
            page.resumed();
            let first = flow.position() == Position::Start;
            let pause = match answer {
                Ok(response) => return flow.resumed(response),
                Err(_) if flow.position() == Position::Finished => return,
                Err(Refusal::InProgress) => {
                    page.processing.set(true);
                    page.announce(page.words().still_busy);
                    return poll_after(flow, Pause::Fixed(POLL), Origin::Elsewhere).await;
                }
                Err(Refusal::NoConnection) => {
                    if first {
                        page.set_offline();
                    }
                    Pause::ForConnection
                }
                Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                    report_once(page, refusal);
                    Pause::Fixed(Duration::from_secs(retry_after))
                }
                Err(_) => return,
            };
            if first {
                return poll_after(flow, pause, Origin::Unknown).await;
            }
            wait(page, pause).await;
            if page.busy.get_untracked() || !page.is_newest(number) {
                return;
            }
        }
    });
}

fn settle(page: PageState) {
    page.waiting_for_network.set_value(false);
    for signal in [page.offline, page.processing, page.sending, page.busy] {
        if signal.get_untracked() {
            signal.set(false);
        }
    }
}

/// Waits until the connection may be back. Returns `false` if the request was given up meanwhile.
async fn connection_is_worth_a_try(page: PageState, number: u32) -> bool {
    page.set_offline();
    page.waiting_for_network.set_value(true);
    page.pause_for_connection(RETRY).await;
    let goes_on = page.is_newest(number) && page.waiting_for_network.get_value();
    if goes_on {
        page.waiting_for_network.set_value(false);
    }
    goes_on
}

/// Asks where the session stands in place of a request that waited too long.
async fn resume_instead<F: Flow>(flow: F, number: u32) {
    let page = flow.page();
    loop {
        match F::current().await {
            Err(Refusal::NoConnection) => {
                if !connection_is_worth_a_try(page, number).await {
                    return;
                }
            }
            Ok(response) => {
                settle(page);
                flow.perished();
                let progress = flow.is_progress(&response);
                flow.resumed(response);
                if !progress {
                    page.report(Problem::CodeWaited);
                }
                return;
            }
            Err(refusal) => {
                settle(page);
                return flow.refused(refusal);
            }
        }
    }
}

async fn poll_after<F: Flow>(flow: F, pause: Pause, origin: Origin) {
    let page = flow.page();
    page.busy.set(true);
    wait(page, pause).await;
    poll(flow, origin).await;
}

/// Looks every second whether another request has finished. Only answers «in progress» are counted: an outage says
/// nothing about the other request, so it is waited out however long it takes.
async fn poll<F: Flow>(flow: F, mut origin: Origin) {
    let page = flow.page();
    page.busy.set(true);
    let mut left = POLLS;
    let outcome = loop {
        let answer = F::current().await;
        page.processing.set(matches!(answer, Err(Refusal::InProgress)));
        if matches!(answer, Err(Refusal::NoConnection)) {
            page.set_offline();
        } else {
            page.offline.set(false);
        }
        let pause = match answer {
            Err(Refusal::InProgress) if left > 0 => {
                left -= 1;
                if matches!(origin, Origin::Unknown) {
                    origin = Origin::Elsewhere;
                }
                Pause::Fixed(POLL)
            }
            Err(Refusal::NoConnection) => Pause::ForConnection,
            Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                report_once(page, refusal);
                Pause::Fixed(Duration::from_secs(retry_after))
            }
            Ok(_) | Err(_) => break answer,
        };
        wait(page, pause).await;
    };
    settle(page);
    page.announce("");
    match outcome {
        Ok(response) => polled(flow, response, origin),
        Err(refusal) => flow.refused(refusal),
    }
}

fn polled<F: Flow>(flow: F, response: F::Response, origin: Origin) {
    let page = flow.page();
    // An outage that was reported meanwhile is over.
    page.clear_problem();
    let progress = flow.is_progress(&response);
    flow.resumed(response);
    if !progress {
        match origin {
            Origin::Here => page.report(Problem::NotDone),
            // The other request has ended the session.
            Origin::Elsewhere if flow.position() == Position::Start => page.refuse(Refusal::StartAgain),
            Origin::Elsewhere | Origin::Unknown => {}
        }
    }
}

/// Reports an outage once, not at every look: the summary takes the focus.
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
