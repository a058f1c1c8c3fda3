//! The strength estimate: asks the Web Worker in which the estimator runs. Without it nothing stops: the rules
//! are judged here, and the server estimates anyway.

use super::browser;
use crate::policy::Score;
use crate::typed::Typed;
use crate::ui::{Held, Signal, watch};
use leptos::prelude::untrack;
use leptos::web_sys;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// What the estimator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Estimate {
    /// The question that it answers.
    id: u32,
    /// 0 to 4.
    pub(crate) score: Score,
    /// Why, by the key of its words.
    pub(crate) warning: Option<String>,
}

/// How it stands with the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Not started.
    None,
    /// On its way.
    Loading,
    /// It estimates.
    Ready,
    /// It could not be loaded, or has ended: only the server estimates.
    Failed,
}

/// The worker and what is going on with it. One question at a time: while it works, only the latest
/// input waits.
#[derive(Clone, Copy)]
pub(crate) struct Strength {
    worker: Held<Option<web_sys::Worker>>,
    state: Signal<State>,
    working: Held<bool>,
    waiting: Held<Option<JsValue>>,
    asked: Held<u32>,
    estimate: Signal<Option<Estimate>>,
}

impl Strength {
    pub(crate) fn new() -> Self {
        Self {
            worker: Held::new(None),
            state: Signal::new(State::None),
            working: Held::new(false),
            waiting: Held::new(None),
            asked: Held::new(0),
            estimate: Signal::new(None),
        }
    }

    /// How it stands with the worker; tracked.
    pub(crate) fn state(self) -> State {
        self.state.get()
    }

    /// The estimate of what is typed now, once it is there; tracked.
    pub(crate) fn latest(self) -> Option<Estimate> {
        let asked = self.asked.get();
        self.estimate.get().filter(|estimate| estimate.id == asked)
    }

    /// The last estimate, even of an earlier input: a bar that empties at every key would flicker.
    pub(crate) fn last(self) -> Option<Estimate> {
        self.estimate.get()
    }

    /// Calls whenever there is another estimate.
    pub(crate) fn follow(self, act: impl Fn() + 'static) {
        let mut first = true;
        watch(move || {
            self.estimate.with(|_| ());
            if !std::mem::take(&mut first) {
                untrack(&act);
            }
        });
    }

    /// Starts the worker, once, where the page names one. Called a step early, so that it is there when it
    /// is needed.
    pub(crate) fn start(self) {
        if self.worker.with(Option::is_some) {
            return;
        }
        let Some(url) = browser::worker_url() else { return };
        let options = web_sys::WorkerOptions::new();
        options.set_type(web_sys::WorkerType::Module);
        // A browser without module workers does without the bar.
        let Ok(worker) = web_sys::Worker::new_with_options(&url, &options) else { return self.fail() };
        let hear = Closure::<dyn Fn(_)>::new(move |event: web_sys::MessageEvent| self.hear(&event.data()));
        worker.set_onmessage(Some(hear.into_js_value().unchecked_ref()));
        let fail = Closure::<dyn Fn()>::new(move || self.fail());
        worker.set_onerror(Some(fail.into_js_value().unchecked_ref()));
        self.worker.set(Some(worker));
        self.state.set(State::Loading);
    }

    /// What is typed has changed: no estimate that is there, or under way, is of it.
    pub(crate) fn expect(self) {
        self.asked.set(self.asked.get().wrapping_add(1));
    }

    /// Asks about what is expected, with the words that belong to person and organisation.
    pub(crate) fn ask(self, password: &Typed, known: &js_sys::Array) {
        let question = js_sys::Object::new();
        put(&question, "id", &self.asked.get().into());
        put(&question, "password", &password.expose().into());
        put(&question, "words", known);
        self.waiting.set(Some(question.into()));
        self.send();
    }

    fn send(self) {
        if self.state.get_untracked() != State::Ready || self.working.get() {
            return;
        }
        let Some(question) = self.waiting.replace(None) else { return };
        let sent = self.worker.with(|w| w.as_ref().is_some_and(|w| w.post_message(&question).is_ok()));
        self.working.set(sent);
    }

    /// Nothing waits for a worker that could not load; the next screen or refusal tries it again.
    fn fail(self) {
        if let Some(worker) = self.worker.replace(None) {
            worker.terminate();
        }
        self.working.set(false);
        self.estimate.set(None);
        self.state.set(State::Failed);
    }

    fn hear(self, message: &JsValue) {
        if get(message, "ready").is_truthy() {
            self.state.set(State::Ready);
        } else if get(message, "failed").is_truthy() {
            self.fail();
        } else {
            self.working.set(false);
            self.estimate.set(read(message));
        }
        self.send();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "they were a u32 and a u8 when they were sent"
)]
fn read(message: &JsValue) -> Option<Estimate> {
    Some(Estimate {
        id: get(message, "id").as_f64()? as u32,
        score: Score::new(get(message, "score").as_f64()? as u8)?,
        warning: get(message, "warning").as_string().filter(|key| !key.is_empty()),
    })
}

fn get(object: &JsValue, key: &str) -> JsValue {
    js_sys::Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

fn put(object: &js_sys::Object, key: &str, value: &JsValue) {
    // Setting a property of a plain new object cannot fail.
    let _ = js_sys::Reflect::set(object, &key.into(), value);
}
