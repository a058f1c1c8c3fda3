//! The client of the strength estimator, which runs in a Web Worker. Nothing depends on it: the rules are checked on the
//! page, and the server estimates again.

use crate::client::browser;
use crate::client::page_state::take;
use crate::policy::Score;
use leptos::prelude::*;
use leptos::web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// An estimate of a password's strength.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Estimate {
    /// The question that it answers.
    id: u32,
    pub(super) score: Score,
    /// The key of its explanation.
    pub(super) warning: Option<String>,
}

/// The state of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkerState {
    NotStarted,
    Loading,
    Ready,
    /// It could not be loaded, or has ended: only the server estimates.
    Failed,
}

/// The worker and its questions. One question at a time: while it works, only the latest input waits.
#[derive(Clone, Copy)]
pub(super) struct Strength {
    worker: StoredValue<Option<Worker>, LocalStorage>,
    pub(super) state: RwSignal<WorkerState>,
    working: StoredValue<bool>,
    waiting: StoredValue<Option<JsValue>, LocalStorage>,
    /// The number of the latest input.
    latest_id: StoredValue<u32>,
    /// The last estimate, even of an earlier input: a bar that empties at every key would flicker.
    pub(super) last: RwSignal<Option<Estimate>>,
}

impl Strength {
    pub(super) fn new() -> Self {
        Self {
            worker: StoredValue::new_local(None),
            state: RwSignal::new(WorkerState::NotStarted),
            working: StoredValue::new(false),
            waiting: StoredValue::new_local(None),
            latest_id: StoredValue::new(0),
            last: RwSignal::new(None),
        }
    }

    /// The estimate of what is typed now, once there is one. Untracked.
    pub(super) fn latest(self) -> Option<Estimate> {
        let latest = self.latest_id.get_value();
        self.last.get_untracked().filter(|estimate| estimate.id == latest)
    }

    /// Starts the worker, once, if the page has one.
    pub(super) fn start(self) {
        if self.worker.with_value(Option::is_some) {
            return;
        }
        let Some(url) = browser::worker_url() else { return };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        // A browser without module workers works without the meter.
        let Ok(worker) = Worker::new_with_options(&url, &options) else { return self.fail() };
        let receive = Closure::<dyn Fn(_)>::new(move |event: MessageEvent| self.receive(&event.data()));
        worker.set_onmessage(Some(receive.into_js_value().unchecked_ref()));
        let fail = Closure::<dyn Fn()>::new(move || self.fail());
        worker.set_onerror(Some(fail.into_js_value().unchecked_ref()));
        self.worker.set_value(Some(worker));
        self.state.set(WorkerState::Loading);
    }

    /// What is typed has changed: every earlier estimate is outdated.
    pub(super) fn invalidate(self) {
        self.latest_id.update_value(|id| *id = id.wrapping_add(1));
    }

    /// Asks for an estimate of the latest input, with the words that belong to the person and the organisation.
    pub(super) fn ask(self, password: &str, known_words: &js_sys::Array) {
        let question = js_sys::Object::new();
        set(&question, "id", &self.latest_id.get_value().into());
        set(&question, "password", &password.into());
        set(&question, "words", known_words);
        self.waiting.set_value(Some(question.into()));
        self.send();
    }

    fn send(self) {
        if self.state.get_untracked() != WorkerState::Ready || self.working.get_value() {
            return;
        }
        let Some(question) = take(self.waiting) else { return };
        let sent = self.worker.with_value(|worker| {
            worker.as_ref().is_some_and(|worker| worker.post_message(&question).is_ok())
        });
        self.working.set_value(sent);
    }

    /// The next screen or refusal starts the worker again.
    fn fail(self) {
        if let Some(worker) = take(self.worker) {
            worker.terminate();
        }
        self.working.set_value(false);
        self.last.set(None);
        self.state.set(WorkerState::Failed);
    }

    fn receive(self, message: &JsValue) {
        if get(message, "ready").is_truthy() {
            self.state.set(WorkerState::Ready);
        } else if get(message, "failed").is_truthy() {
            self.fail();
        } else {
            self.working.set_value(false);
            self.last.set(read(message));
        }
        self.send();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the worker sends a u32 and a u8 back as numbers"
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

fn set(object: &js_sys::Object, key: &str, value: &JsValue) {
    // Setting a property of a plain new object cannot fail.
    let _ = js_sys::Reflect::set(object, &key.into(), value);
}
