//! State of every interactive page: language, the problem on screen, progress of requests, expiry.

use super::browser;
use crate::api::refusal::Refusal;
use crate::api::site::Site;
use crate::i18n::{Language, Messages};
use futures::channel::oneshot;
use futures::future::select;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Delay of an announcement, so that a screen reader speaks once typing pauses and not at every key.
const ANNOUNCEMENT_DELAY: Duration = Duration::from_secs(1);

/// What prevents the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A refusal of the server, or of this browser in the same form.
    Refused(Refusal),
    /// The two new passwords differ.
    PasswordMismatch,
    /// The connection is restored, but the code that was waiting for it may have expired.
    StaleCode,
    /// The browser accepts no cookies, so a session cannot go past the first screen.
    NoCookies,
    /// The server did not recognize a session that it has just started: probably the browser accepts no cookies from this
    /// site, although it says that it accepts cookies.
    SessionNotKept,
    /// The account is not locked any more.
    NotLocked,
    /// The request of another page or attempt has ended without reaching the next step.
    StepNotCompleted,
}

/// A problem with a unique id, so that the same problem is shown and read out again when it is reported again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportedProblem {
    pub(crate) id: u32,
    pub(crate) problem: Problem,
}

/// The shared state of a page; `Copy`, because its signals are.
#[derive(Clone, Copy)]
pub(crate) struct PageState {
    site: StoredValue<Arc<Site>>,
    pub(crate) language: RwSignal<Language>,
    pub(crate) problem: RwSignal<Option<ReportedProblem>>,
    /// Whether a request is in progress, or its outcome is being polled.
    pub(crate) busy: RwSignal<bool>,
    /// Whether a request of this page is in progress or waits for the network. The fields are read-only then, so that
    /// the screen shows what is sent.
    pub(crate) sending: RwSignal<bool>,
    pub(crate) offline: RwSignal<bool>,
    /// Whether the server is still processing a request of another page.
    pub(crate) processing: RwSignal<bool>,
    /// When the session expires, in milliseconds since 1970 by the device's clock.
    pub(crate) expires_at: StoredValue<Option<f64>>,
    /// When a session expires that the server has started and not yet recognized in a later request, in milliseconds since
    /// 1970.
    unrecognized_until: StoredValue<Option<f64>>,
    /// Seconds left, in coarse steps; 0 before it is time to warn.
    pub(crate) expiry_warning: RwSignal<u64>,
    /// Whether the remaining time cannot be extended any more.
    pub(crate) cannot_extend: RwSignal<bool>,
    /// The text that a screen reader announces without a change of focus.
    pub(crate) announcement: RwSignal<String>,
    /// The text to announce after the delay, with the number of times that it was replaced.
    pending_announcement: StoredValue<Option<(String, u32)>>,
    next_id: StoredValue<u32>,
    /// The number of the latest request or query; responses to earlier ones are dropped.
    pub(crate) latest_request: StoredValue<u32>,
    /// Ends the wait for a connection.
    wake: StoredValue<Option<oneshot::Sender<()>>>,
    /// Whether a request waits for the network: the only state of a busy page in which «Annuleren» is allowed.
    pub(crate) waiting_for_network: StoredValue<bool>,
    /// Whether it is not known yet if a session from before a reload continues; see [`PageState::wait_until_resumed`].
    pub(crate) resuming: StoredValue<bool>,
    resumed_sender: StoredValue<Option<oneshot::Sender<()>>>,
}

impl PageState {
    pub(crate) fn new(site: Arc<Site>, language: Language) -> Self {
        Self {
            site: StoredValue::new(site),
            language: RwSignal::new(language),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            sending: RwSignal::new(false),
            offline: RwSignal::new(false),
            processing: RwSignal::new(false),
            expires_at: StoredValue::new(None),
            unrecognized_until: StoredValue::new(None),
            expiry_warning: RwSignal::new(0),
            cannot_extend: RwSignal::new(false),
            announcement: RwSignal::new(String::new()),
            pending_announcement: StoredValue::new(None),
            next_id: StoredValue::new(0),
            latest_request: StoredValue::new(0),
            wake: StoredValue::new(None),
            waiting_for_network: StoredValue::new(false),
            resuming: StoredValue::new(false),
            resumed_sender: StoredValue::new(None),
        }
    }

    pub(crate) fn site(self) -> Arc<Site> {
        self.site.get_value()
    }

    /// The messages in the current language. Untracked: a change of language rebuilds the whole page.
    pub(crate) fn messages(self) -> &'static Messages {
        self.language.get_untracked().messages()
    }

    /// Shows a refusal that the browser can determine, with the same text as the server's.
    pub(crate) fn refuse(self, refusal: Refusal) {
        self.report(Problem::Refused(refusal));
    }

    /// Shows a problem. The summary receives the focus even if the problem is the same as before: otherwise the button
    /// would seem to do nothing.
    pub(crate) fn report(self, problem: Problem) {
        let is_lost = matches!(problem, Problem::Refused(Refusal::StartAgain));
        let problem = if is_lost { self.lost_session_problem() } else { problem };
        let id = increment(self.next_id);
        self.problem.set(Some(ReportedProblem { id, problem }));
    }

    /// Why the server does not know the session of this page any more.
    fn lost_session_problem(self) -> Problem {
        let unrecognized_until = take(self.unrecognized_until);
        if !browser::cookies_enabled() {
            Problem::NoCookies
        } else if unrecognized_until.is_some_and(|until| browser::now() < until) {
            Problem::SessionNotKept
        } else {
            Problem::Refused(Refusal::StartAgain)
        }
    }

    /// Called when the server has started a session, after its expiry was stored. Only the next response shows whether
    /// the browser has kept its cookie.
    pub(crate) fn session_started(self) {
        self.unrecognized_until.set_value(self.expires_at.get_value());
    }

    /// Called when the server has recognized the session.
    pub(crate) fn session_recognized(self) {
        self.unrecognized_until.set_value(None);
    }

    pub(crate) fn clear_problem(self) {
        if self.problem.with_untracked(Option::is_some) {
            self.problem.set(None);
        }
    }

    /// Announces a text to screen readers after a delay. A later text replaces it and restarts the delay.
    pub(crate) fn announce(self, text: impl Into<String>) {
        let text = text.into();
        let previous = take(self.pending_announcement);
        let count = previous.as_ref().map_or(0, |(_, count)| count.wrapping_add(1));
        self.pending_announcement.set_value(Some((text, count)));
        // One timer for a sequence of texts: restarting it at each key would slow down typing.
        if previous.is_none() {
            self.announce_after_delay(count);
        }
    }

    fn announce_after_delay(self, count: u32) {
        let publish = move || match take(self.pending_announcement) {
            Some((text, now)) if now == count => {
                set_if_changed(self.announcement, text);
            }
            Some((text, now)) => {
                self.pending_announcement.set_value(Some((text, now)));
                self.announce_after_delay(now);
            }
            None => {}
        };
        set_timeout(publish, ANNOUNCEMENT_DELAY);
    }

    /// Shows that there is no connection, and announces it once.
    pub(crate) fn set_offline(self) {
        if !self.offline.get_untracked() {
            self.offline.set(true);
            let messages = self.messages();
            self.announce([messages.offline, ". ", messages.offline_retrying].concat());
        }
    }

    /// Returns the number of a new request or query, and ends the wait of an earlier one.
    pub(crate) fn next_request_number(self) -> u32 {
        self.wake.set_value(None);
        increment(self.latest_request)
    }

    pub(crate) fn is_latest(self, number: u32) -> bool {
        self.latest_request.get_value() == number
    }

    /// Waits until the connection may be restored: for the given time, or until [`PageState::retry_connection`].
    pub(crate) async fn wait_for_connection(self, delay: Duration) {
        let (wake, woken) = oneshot::channel();
        self.wake.set_value(Some(wake));
        select(woken, sleep(delay)).await;
    }

    /// Makes a request that waits for a connection try again now.
    pub(crate) fn retry_connection(self) {
        self.wake.set_value(None);
    }

    /// Waits until the server has reported whether an earlier session continues, because a new user name would end it.
    /// Returns `false` if a newer request waits instead.
    pub(crate) async fn wait_until_resumed(self) -> bool {
        if !self.resuming.get_value() {
            return true;
        }
        let (sender, receiver) = oneshot::channel();
        self.resumed_sender.set_value(Some(sender));
        receiver.await.is_ok()
    }

    /// Called when the server has reported the session: a request that waited for it continues.
    pub(crate) fn mark_resumed(self) {
        self.resuming.set_value(false);
        if let Some(waiting) = take(self.resumed_sender) {
            // Fails if the request was dropped.
            let _ = waiting.send(());
        }
    }
}

fn increment(counter: StoredValue<u32>) -> u32 {
    counter
        .try_update_value(|count| {
            *count = count.wrapping_add(1);
            *count
        })
        .unwrap_or_default()
}

/// Takes the value out of a stored option.
pub(crate) fn take<T, S>(stored: StoredValue<Option<T>, S>) -> Option<T>
where
    T: 'static,
    S: Storage<ArcStoredValue<Option<T>>>,
{
    stored.try_update_value(Option::take).flatten()
}

/// Sets a signal unless it already has the value: an unnecessary rendering would lose the caret.
pub(crate) fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|previous| *previous != value) {
        signal.set(value);
    }
}

/// Waits for a duration.
pub(crate) fn sleep(delay: Duration) -> TimeoutFuture {
    TimeoutFuture::new(u32::try_from(delay.as_millis()).unwrap_or(u32::MAX))
}
