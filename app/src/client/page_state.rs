//! State that every interactive page has: language, the problem on screen, progress of requests, expiry.

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

/// A screen reader speaks once typing pauses, not at every key.
const SPEECH_PAUSE: Duration = Duration::from_secs(1);

/// What keeps the user from the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The server's refusal, or this browser's own in the same form.
    Refused(Refusal),
    /// The two new passwords differ.
    NotRepeated,
    /// The connection is back, but the code that waited for it may have expired.
    CodeWaited,
    /// The browser accepts no cookies, so no session can go past the first screen.
    NoCookies,
    /// The account was not locked any more.
    NotLocked,
    /// The request that was waited for has ended, and the step is still the same.
    NotDone,
}

/// A problem with a number of its own, so that the same problem reported again is shown, and read out, again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) id: u32,
    pub(crate) problem: Problem,
}

/// The shared state of a page. `Copy`, as the signals in it are.
#[derive(Clone, Copy)]
pub(crate) struct PageState {
    site: StoredValue<Arc<Site>>,
    pub(crate) language: RwSignal<Language>,
    pub(crate) problem: RwSignal<Option<Reported>>,
    /// Whether a request is under way, or its outcome is polled for.
    pub(crate) busy: RwSignal<bool>,
    /// Whether a request of this page is under way or waits for the network. Its fields are read-only then: the screen
    /// would otherwise show something else than what is sent.
    pub(crate) sending: RwSignal<bool>,
    pub(crate) offline: RwSignal<bool>,
    /// Whether a request that another page made is still being processed.
    pub(crate) processing: RwSignal<bool>,
    /// When the session expires, in milliseconds since 1970 by the device's clock.
    pub(crate) expires_at: StoredValue<Option<f64>>,
    /// Seconds left, in coarse steps, once it is time to warn; 0 before.
    pub(crate) expiry_warning: RwSignal<u64>,
    /// Whether the time that is left cannot be extended any more.
    pub(crate) cannot_extend: RwSignal<bool>,
    /// What a screen reader announces while the focus stays where it is.
    pub(crate) announcement: RwSignal<String>,
    /// What it will announce after a pause, with the number of times that was replaced.
    pending_announcement: StoredValue<Option<(String, u32)>>,
    next_id: StoredValue<u32>,
    /// The number of the newest request or question; answers to older ones are dropped.
    pub(crate) newest: StoredValue<u32>,
    /// Ends the pause of what waits for a connection.
    wake: StoredValue<Option<oneshot::Sender<()>>>,
    /// Whether a request waits for the network: the only state of a busy page that «Annuleren» may leave.
    pub(crate) waiting_for_network: StoredValue<bool>,
    /// Whether the session of before a reload is not known yet; see [`PageState::until_resumed`].
    pub(crate) resuming: StoredValue<bool>,
    resumed: StoredValue<Option<oneshot::Sender<()>>>,
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
            expiry_warning: RwSignal::new(0),
            cannot_extend: RwSignal::new(false),
            announcement: RwSignal::new(String::new()),
            pending_announcement: StoredValue::new(None),
            next_id: StoredValue::new(0),
            newest: StoredValue::new(0),
            wake: StoredValue::new(None),
            waiting_for_network: StoredValue::new(false),
            resuming: StoredValue::new(false),
            resumed: StoredValue::new(None),
        }
    }

    pub(crate) fn site(self) -> Arc<Site> {
        self.site.get_value()
    }

    /// The texts in the current language. Untracked: a change of language rebuilds the whole page.
    pub(crate) fn words(self) -> &'static Messages {
        self.language.get_untracked().words()
    }

    /// Refuses in the browser what the server would refuse, with the same text.
    pub(crate) fn refuse(self, refusal: Refusal) {
        self.report(Problem::Refused(refusal));
    }

    /// Shows a problem. The summary takes the focus, also if it says the same again: a press that changes nothing
    /// would look like a dead button.
    pub(crate) fn report(self, problem: Problem) {
        let session_lost = matches!(problem, Problem::Refused(Refusal::StartAgain));
        let problem = if session_lost && !browser::cookies_enabled() { Problem::NoCookies } else { problem };
        let id = next(self.next_id);
        self.problem.set(Some(Reported { id, problem }));
    }

    pub(crate) fn clear_problem(self) {
        if self.problem.with_untracked(Option::is_some) {
            self.problem.set(None);
        }
    }

    /// Announces a text to screen readers after a pause. A later text replaces it and has a pause of its own.
    pub(crate) fn announce(self, text: impl Into<String>) {
        let text = text.into();
        let earlier = take(self.pending_announcement);
        let count = earlier.as_ref().map_or(0, |(_, count)| count.wrapping_add(1));
        self.pending_announcement.set_value(Some((text, count)));
        // One timer for a row of texts: replacing it at each key would be a part of what a key costs.
        if earlier.is_none() {
            self.announce_after_pause(count);
        }
    }

    fn announce_after_pause(self, count: u32) {
        let end = move || match take(self.pending_announcement) {
            Some((text, now)) if now == count => {
                set_if_changed(self.announcement, text);
            }
            Some((text, now)) => {
                self.pending_announcement.set_value(Some((text, now)));
                self.announce_after_pause(now);
            }
            None => {}
        };
        set_timeout(end, SPEECH_PAUSE);
    }

    /// Shows that there is no connection, and announces it once.
    pub(crate) fn set_offline(self) {
        if !self.offline.get_untracked() {
            self.offline.set(true);
            let words = self.words();
            self.announce([words.offline, ". ", words.offline_retrying].concat());
        }
    }

    /// The number of a new request or question. A pause of an earlier one ends.
    pub(crate) fn number_request(self) -> u32 {
        self.wake.set_value(None);
        next(self.newest)
    }

    pub(crate) fn is_newest(self, number: u32) -> bool {
        self.newest.get_value() == number
    }

    /// Waits until the connection may be back: until [`PageState::retry_connection`] at most.
    pub(crate) async fn pause_for_connection(self, pause: Duration) {
        let (wake, woken) = oneshot::channel();
        self.wake.set_value(Some(wake));
        select(woken, sleep(pause)).await;
    }

    /// What waits for a connection makes its next attempt now.
    pub(crate) fn retry_connection(self) {
        self.wake.set_value(None);
    }

    /// Waits until the server has said whether a session goes on, where one may: a user name would end it. Returns
    /// `false` if a newer press waits instead.
    pub(crate) async fn until_resumed(self) -> bool {
        if !self.resuming.get_value() {
            return true;
        }
        let (sender, receiver) = oneshot::channel();
        self.resumed.set_value(Some(sender));
        receiver.await.is_ok()
    }

    /// The server has answered: a press that waited for it goes on.
    pub(crate) fn resumed(self) {
        self.resuming.set_value(false);
        if let Some(waiting) = take(self.resumed) {
            // An error means that its request is gone.
            let _ = waiting.send(());
        }
    }
}

fn next(counter: StoredValue<u32>) -> u32 {
    counter
        .try_update_value(|count| {
            *count = count.wrapping_add(1);
            *count
        })
        .unwrap_or_default()
}

/// Takes the content out of a stored option.
pub(crate) fn take<T, S>(stored: StoredValue<Option<T>, S>) -> Option<T>
where
    T: 'static,
    S: Storage<ArcStoredValue<Option<T>>>,
{
    stored.try_update_value(Option::take).flatten()
}

/// Sets a signal unless it holds the value already: what is rendered again for nothing loses the caret.
pub(crate) fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|before| *before != value) {
        signal.set(value);
    }
}

/// Waits.
pub(crate) fn sleep(pause: Duration) -> TimeoutFuture {
    TimeoutFuture::new(u32::try_from(pause.as_millis()).unwrap_or(u32::MAX))
}
