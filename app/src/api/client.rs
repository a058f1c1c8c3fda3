//! The browser's side of the API: one request, one answer. Not when it is made again: see `pages::calls`.

use crate::refusal::{Reason, Refusal};
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

/// Makes the call. Silence, a gateway with nobody behind it, a captive portal's page are
/// [`Refusal::NoConnection`]: it is worth trying again. Any other answer that is not our server's, or another
/// version's of it, is [`Reason::Malformed`]: the page has to be loaded again.
pub(crate) async fn send<T: Read>(request: Request) -> Result<T, Refusal> {
    let (status, answer) = exchange(request).await.ok_or(Refusal::NoConnection)?;
    let ok = (200..300).contains(&status);
    let read = match &answer {
        Some(answer) if ok => T::read(answer).map(Ok),
        Some(answer) => Refusal::read(answer).map(Err),
        None if ok => Some(Err(Refusal::NoConnection)),
        None => None,
    };
    read.unwrap_or(Err(match status {
        502..=504 => Refusal::NoConnection,
        _ => Refusal::Invalid { field: None, reason: Reason::Malformed },
    }))
}

/// The status, and what was said; `None` where that is no JSON.
async fn exchange(Request { path, fields }: Request) -> Option<(u16, Option<Value>)> {
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
    let told = match answer.as_ref().map(Response::json) {
        Some(Ok(told)) => JsFuture::from(told).await.ok(),
        Some(Err(_)) | None => None,
    };
    if let Some(patience) = patience {
        patience.clear();
    }
    Some((answer?.status(), told.as_ref().map(Value::of)))
}

fn put(object: &js_sys::Object, name: &str, text: &str) {
    // Setting a property of a plain new object cannot fail.
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(name), &JsValue::from_str(text));
}
