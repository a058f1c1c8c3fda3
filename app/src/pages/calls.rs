//! The calls that move a page on: made once, repeated where no answer came, polled where another request
//! is doing the same, and asked for again on coming back. Not what is called: see `talk`.

use super::browser;
use super::page::{Page, Trouble};
use super::talk::Talk;
use crate::refusal::Refusal;
use leptos::prelude::{set_timeout, set_timeout_with_handle};
use std::time::Duration;

/// How long to wait before a call that got no answer is made again.
const RETRY: Duration = Duration::from_secs(3);
/// How often to look whether another request has finished this step.
const POLL: Duration = Duration::from_secs(1);
/// A claim that a crash left behind ends after 30 seconds; soon after that there is nothing to wait for.
const POLLS: u8 = 40;

/// Where the request was made that is waited for.
#[derive(Clone, Copy)]
enum Pressed {
    /// On this page: whoever pressed wants to hear how it went.
    Here,
    /// On this page before it was loaded again, or in another window.
    Elsewhere,
}

/// What every talk can do.
pub(crate) trait Calls: Talk {
    /// Makes a call, unless one is under way: a second press does nothing. While one waits for the network,
    /// somebody can still leave.
    fn submit(self, call: Self::Call) {
        let page = self.page();
        if page.asking.get() {
            self.waiting().set(Some((call, browser::now())));
            return;
        }
        let leaves = Self::leaves(&call) && self.waiting().with(Option::is_some);
        if leaves || !page.busy.get_untracked() {
            self.waiting().set(None);
            page.trouble.set(None);
            page.busy.set(true);
            page.sending.set(true);
            // Said again it would not be heard.
            page.said.set(String::new());
            page.say(page.words().busy.to_owned());
            page.newer_question();
            go(self, call, browser::now());
        }
    }

    /// Gives up a call that waits for the network; what became of it is asked. Whether nothing is under way now.
    fn give_up(self) -> bool {
        if self.waiting().with(Option::is_some) {
            rest(self);
            self.ask();
        }
        !self.page().busy.get_untracked()
    }

    /// Makes the call again that got no answer; every call may be repeated (contract).
    fn retry(self) {
        let Some((call, since)) = self.waiting().replace(None) else { return };
        if Self::is_stale(&call, since) {
            return_with_stale_call(self, call, since);
        } else {
            go(self, call, since);
        }
    }

    /// Asks for the first time. Whoever was on the way in this tab may still be: a press waits for the answer then,
    /// because a user name ends the visit that still goes on.
    fn ask_first(self) {
        self.ask();
        self.page().asking.set(browser::was_on_the_way());
    }

    /// Asks where the server stands: after a reload, and on coming back to the page. What is typed stays
    /// where the step is still the same. Where no step is the answer, it is asked again; on the first
    /// screen nothing can be sent until then, because a user name ends the visit that still goes on.
    fn ask(self) {
        let page = self.page();
        if page.busy.get_untracked() {
            return;
        }
        let question = page.newer_question();
        leptos::task::spawn_local(async move {
            let answer = Self::look().await;
            // Something was sent or asked meanwhile: this answer is old.
            if page.busy.get_untracked() || question != page.question.get() {
                return;
            }
            let first = self.at() == 1;
            page.asking.set(false);
            match answer {
                Ok(answer) => self.resume(answer),
                Err(_) if self.is_over() => {}
                Err(Refusal::InProgress) => {
                    page.waits.set(true);
                    page.say(page.words().still_busy.to_owned());
                    wait(self, POLL);
                }
                Err(Refusal::NoConnection) if first => {
                    page.went_offline();
                    wait(self, RETRY);
                }
                Err(Refusal::NoConnection) => ask_later(self, question, RETRY),
                Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                    tell_once(page, refusal);
                    let pause = Duration::from_secs(retry_after);
                    if first { wait(self, pause) } else { ask_later(self, question, pause) }
                }
                Err(_) => {}
            }
            // What was pressed meanwhile, where it still means the same.
            let pressed = self.waiting().replace(None);
            if let Some((call, _)) = pressed.filter(|_| self.at() == 1 && !page.busy.get_untracked()) {
                self.submit(call);
            }
        });
    }
}

impl<T: Talk> Calls for T {}

fn go<T: Talk>(talk: T, call: T::Call, since: f64) {
    leptos::task::spawn_local(async move {
        let answer = T::make(call.clone()).await;
        settle(talk, call, since, answer);
    });
}

fn settle<T: Talk>(talk: T, call: T::Call, since: f64, answer: Result<T::Answer, Refusal>) {
    match answer {
        Err(Refusal::NoConnection) => wait_for_connection(talk, call, since),
        Err(Refusal::InProgress) => poll(talk, POLLS, Pressed::Here),
        Ok(answer) => {
            rest(talk);
            talk.answered(&call, answer);
        }
        Err(refusal) => {
            rest(talk);
            talk.page().say(String::new());
            talk.refused(refusal);
        }
    }
}

fn rest<T: Talk>(talk: T) {
    talk.waiting().set(None);
    let page = talk.page();
    page.offline.set(false);
    page.waits.set(false);
    page.sending.set(false);
    page.busy.set(false);
}

fn wait_for_connection<T: Talk>(talk: T, call: T::Call, since: f64) {
    let page = talk.page();
    if T::leaves(&call) {
        talk.forget();
        page.sending.set(false);
    }
    talk.waiting().set(Some((call, since)));
    page.went_offline();
    // One try at a time: each press on «Probeer het nu» would begin another row of them.
    let next = set_timeout_with_handle(move || talk.retry(), RETRY).ok();
    if let Some(earlier) = page.retrying.replace(next) {
        earlier.clear();
    }
}

fn return_with_stale_call<T: Talk>(talk: T, call: T::Call, since: f64) {
    leptos::task::spawn_local(async move {
        match T::look().await {
            Err(Refusal::NoConnection) => wait_for_connection(talk, call, since),
            Ok(answer) => {
                rest(talk);
                talk.came_too_late();
                let news = talk.is_news(&answer);
                talk.resume(answer);
                if !news {
                    talk.page().tell(Trouble::CodeWaited);
                }
            }
            Err(refusal) => {
                rest(talk);
                talk.refused(refusal);
            }
        }
    });
}

/// Looks every second whether another request has finished. Only that it goes on is counted: an outage
/// says nothing of what the other request came to, so it is waited out however long it takes.
fn poll<T: Talk>(talk: T, left: u8, pressed: Pressed) {
    let page = talk.page();
    page.busy.set(true);
    leptos::task::spawn_local(async move {
        let answer = T::look().await;
        match &answer {
            Err(Refusal::NoConnection) => page.went_offline(),
            Ok(_) | Err(_) => page.offline.set(false),
        }
        page.waits.set(matches!(answer, Err(Refusal::InProgress)));
        match answer {
            Ok(answer) => polled(talk, answer, pressed),
            Err(Refusal::InProgress) if left > 0 => {
                set_timeout(move || poll(talk, left - 1, pressed), POLL);
            }
            Err(Refusal::NoConnection) => set_timeout(move || poll(talk, left, pressed), RETRY),
            Err(refusal @ Refusal::Unavailable { retry_after, .. }) => {
                tell_once(page, refusal);
                set_timeout(move || poll(talk, left, pressed), Duration::from_secs(retry_after));
            }
            Err(refusal) => {
                rest(talk);
                page.say(String::new());
                talk.refused(refusal);
            }
        }
    });
}

fn polled<T: Talk>(talk: T, answer: T::Answer, pressed: Pressed) {
    rest(talk);
    let page = talk.page();
    page.say(String::new());
    // An outage that was told meanwhile is over.
    page.trouble.set(None);
    let news = talk.is_news(&answer);
    talk.resume(answer);
    if !news {
        match pressed {
            Pressed::Here => page.tell(Trouble::NotDone),
            // What went on has ended the visit.
            Pressed::Elsewhere if talk.at() == 1 => page.refuse(Refusal::StartAgain),
            Pressed::Elsewhere => {}
        }
    }
}

/// The notice takes the focus: once for an outage, not at every look.
fn tell_once(page: Page, refusal: Refusal) {
    let told =
        |trouble: &Option<Trouble>| matches!(trouble, Some(Trouble::Refused(Refusal::Unavailable { .. })));
    if !page.trouble.with_untracked(told) {
        page.refuse(refusal);
    }
}

fn ask_later<T: Talk>(talk: T, question: u32, pause: Duration) {
    let again = move || {
        if question == talk.page().question.get() {
            talk.ask();
        }
    };
    set_timeout(again, pause);
}

/// Polls, after a pause, without anything having been pressed here.
fn wait<T: Talk>(talk: T, pause: Duration) {
    talk.page().busy.set(true);
    set_timeout(move || poll(talk, POLLS, Pressed::Elsewhere), pause);
}
