//! The client of the strength estimator, which runs in a Web Worker. The estimator is optional: the page evaluates the
//! other rules, and the server estimates again.

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
    /// The number of the input.
    id: u32,
    pub(super) score: Score,
    /// The key of the warning, for [`crate::i18n::warning`].
    pub(super) warning: Option<String>,
}

/// The state of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkerState {
    NotStarted,
    Loading,
    Ready,
    /// It could not be loaded, or has failed: only the server estimates.
    Failed,
}

/// The worker and its requests. One request at a time: while it is busy, only the latest input waits.
#[derive(Clone, Copy)]
pub(super) struct Strength {
    worker: StoredValue<Option<Worker>, LocalStorage>,
    pub(super) state: RwSignal<WorkerState>,
    is_busy: StoredValue<bool>,
    pending: StoredValue<Option<JsValue>, LocalStorage>,
    /// The number of the latest input.
    latest_id: StoredValue<u32>,
    /// The last estimate, even of an earlier input: otherwise the bar would flicker at every key.
    pub(super) last_estimate: RwSignal<Option<Estimate>>,
}

impl Strength {
    pub(super) fn new() -> Self {
        Self {
            worker: StoredValue::new_local(None),
            state: RwSignal::new(WorkerState::NotStarted),
            is_busy: StoredValue::new(false),
            pending: StoredValue::new_local(None),
            latest_id: StoredValue::new(0),
            last_estimate: RwSignal::new(None),
        }
    }

    /// The estimate of the current input, if there is one yet. Untracked.
    pub(super) fn current_estimate(self) -> Option<Estimate> {
        let latest = self.latest_id.get_value();
        self.last_estimate.get_untracked().filter(|estimate| estimate.id == latest)
    }

    /// Starts the worker, once, if the page has one.
    pub(super) fn start(self) {
        if self.worker.with_value(Option::is_some) {
            return;
        }
        let Some(url) = browser::worker_url() else { return };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        // Browsers without module workers have no meter.
        let Ok(worker) = Worker::new_with_options(&url, &options) else { return self.fail() };
        let receive = Closure::<dyn Fn(_)>::new(move |event: MessageEvent| self.receive(&event.data()));
        worker.set_onmessage(Some(receive.into_js_value().unchecked_ref()));
        let fail = Closure::<dyn Fn()>::new(move || self.fail());
        worker.set_onerror(Some(fail.into_js_value().unchecked_ref()));
        self.worker.set_value(Some(worker));
        self.state.set(WorkerState::Loading);
    }

    /// Marks earlier estimates as outdated, because the input has changed.
    pub(super) fn invalidate(self) {
        self.latest_id.update_value(|id| *id = id.wrapping_add(1));
    }

    /// Requests an estimate of the latest input, with the known words of user and organisation.
    pub(super) fn request_estimate(self, password: &str, known_words: &js_sys::Array) {
        let request = js_sys::Object::new();
        set(&request, "id", &self.latest_id.get_value().into());
        set(&request, "password", &password.into());
        set(&request, "words", known_words);
        self.pending.set_value(Some(request.into()));
        self.send();
    }

    fn send(self) {
        if self.state.get_untracked() != WorkerState::Ready || self.is_busy.get_value() {
            return;
        }
        let Some(request) = take(self.pending) else { return };
        let sent = self
            .worker
            .with_value(|worker| worker.as_ref().is_some_and(|worker| worker.post_message(&request).is_ok()));
        self.is_busy.set_value(sent);
    }

    /// Stops the worker. The next screen or refusal starts it again.
    fn fail(self) {
        if let Some(worker) = take(self.worker) {
            worker.terminate();
        }
        self.is_busy.set_value(false);
        self.last_estimate.set(None);
        self.state.set(WorkerState::Failed);
    }

    fn receive(self, message: &JsValue) {
        if get(message, "ready").is_truthy() {
            self.state.set(WorkerState::Ready);
        } else if get(message, "failed").is_truthy() {
            self.fail();
        } else {
            self.is_busy.set_value(false);
            self.last_estimate.set(read(message));
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
