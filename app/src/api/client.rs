//! The browser's side of the API: one request, one answer. Not when it is made again: see `pages::calls`.

use crate::refusal::Refusal;
use crate::typed::Typed;
use crate::wire::{Read, Value};
use leptos::prelude::*;
use leptos::web_sys::{AbortController, RequestInit, Response};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Longer than the server takes for anything. An answer that is not there by then got lost, and every call may be
/// repeated (contract).
const PATIENCE: Duration = Duration::from_secs(45);

/// A call: its place below `/api/`, and its arguments; without `Some` it only asks.
pub(crate) struct Request {
    /// e.g. `reset/identify`.
    pub(crate) path: &'static str,
    /// What goes with it.
    pub(crate) fields: Option<Vec<(&'static str, Typed)>>,
}

/// Asks, and changes nothing.
pub(crate) const fn get(path: &'static str) -> Request {
    Request { path, fields: None }
}

/// Does something.
pub(crate) fn post<const N: usize>(path: &'static str, fields: [(&'static str, Typed); N]) -> Request {
    Request { path, fields: Some(fields.into()) }
}

/// Makes the call. Whatever is no answer of our server – silence, a captive portal's page – is
/// [`Refusal::NoConnection`].
pub(crate) async fn send<T: Read>(request: Request) -> Result<T, Refusal> {
    let (ok, answer) = exchange(request).await.ok_or(Refusal::NoConnection)?;
    if ok {
        T::read(&answer).ok_or(Refusal::NoConnection)
    } else {
        Err(Refusal::read(&answer).unwrap_or(Refusal::NoConnection))
    }
}

/// Whether the server took it, and what it said.
async fn exchange(Request { path, fields }: Request) -> Option<(bool, Value)> {
    let init = RequestInit::new();
    let controller = AbortController::new().ok()?;
    init.set_signal(Some(&controller.signal()));
    if let Some(fields) = fields {
        let body = js_sys::Object::new();
        for (name, typed) in fields {
            put(&body, name, typed.expose());
        }
        init.set_method("POST");
        init.set_body(&js_sys::JSON::stringify(&body).ok()?.into());
        let headers = js_sys::Object::new();
        put(&headers, "content-type", "application/json");
        init.set_headers(&headers);
    }
    let patience = set_timeout_with_handle(move || controller.abort(), PATIENCE).ok();
    let answer = JsFuture::from(window().fetch_with_str_and_init(&["/api/", path].concat(), &init)).await;
    let answer = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok());
    let told = match &answer {
        Some(answer) => JsFuture::from(answer.json().ok()?).await.ok(),
        None => None,
    };
    if let Some(patience) = patience {
        patience.clear();
    }
    Some((answer?.ok(), Value::of(&told?)))
}

fn put(object: &js_sys::Object, name: &str, text: &str) {
    // Setting a property of a plain new object cannot fail.
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(name), &JsValue::from_str(text));
}
