//! The responses of a call, by status.

use super::calls::Call;
use super::components::{self, Components};
use app::api::refusal::{Reason, Refusal};
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The headers that responses refer to.
pub(super) fn headers() -> Value {
    json!({
        "Retry-After": { "description": "Seconds.", "schema": { "type": "integer", "minimum": 0 } },
        "Allow": { "description": "The method of the call.", "schema": { "type": "string" } },
        "X-Request-Id": {
            "description": "The value of the request, or a new UUID.",
            "schema": { "type": "string" },
        },
    })
}

/// The responses of a call.
pub(super) fn of_call(call: &Call, components: &Components) -> Value {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), success(&call.answer));
    for (status, refusals) in refusals(call, components) {
        responses.insert(status.to_string(), response(status, &refusals));
    }
    Value::Object(responses)
}

/// A refusal of a call: its schema, and whether its response carries `Retry-After`.
struct Possible {
    schema: Value,
    has_retry_after: bool,
}

/// The refusals of a call by status.
fn refusals(call: &Call, components: &Components) -> BTreeMap<u16, Vec<Possible>> {
    let is_post = call.method == Method::POST;
    let mut possible: BTreeMap<u16, Vec<Possible>> = BTreeMap::new();
    for refusal in examples() {
        let Some(name) = wire_name(&refusal) else { continue };
        // A defect and an outage can happen in every call, and every POST has the origin rule.
        let is_common = matches!(refusal, Refusal::Fault { .. } | Refusal::Unavailable { .. })
            || (is_post && refusal == Refusal::CrossOrigin);
        if is_common || call.refusals.contains(&name.as_str()) {
            let schema = components::refusal(&name);
            let has_retry_after = refusal.retry_after().is_some();
            possible.entry(refusal.status()).or_default().push(Possible { schema, has_retry_after });
        }
    }
    for (status, reasons) in reasons(components) {
        let is_possible = match status {
            400 | 413 | 415 => is_post,
            404 => call.is_restricted(),
            422 => call.refusals.contains(&"invalid"),
            _ => true,
        };
        if is_possible {
            let reason = json!({ "properties": { "reason": { "enum": reasons } } });
            let schema = json!({ "allOf": [components::refusal("invalid"), reason] });
            possible.entry(status).or_default().push(Possible { schema, has_retry_after: false });
        }
    }
    possible
}

/// One refusal of each kind except `invalid`, whose status depends on its reason.
fn examples() -> [Refusal; 9] {
    let reference = String::new;
    [
        Refusal::NotVerified { reference: reference(), attempts_left: 0 },
        Refusal::WeakPassword { violations: vec![] },
        Refusal::TooMany { retry_after: 0 },
        Refusal::StartAgain,
        Refusal::InProgress,
        Refusal::Unavailable { reference: reference(), retry_after: 0 },
        Refusal::OutcomeUnknown { reference: reference() },
        Refusal::CrossOrigin,
        Refusal::Fault { reference: reference() },
    ]
}

fn wire_name(refusal: &Refusal) -> Option<String> {
    let json = serde_json::to_value(refusal).ok()?;
    Some(json.get("refusal")?.as_str()?.to_owned())
}

/// The reasons of `invalid` by status.
fn reasons(components: &Components) -> BTreeMap<u16, Vec<Value>> {
    let mut by_status: BTreeMap<u16, Vec<Value>> = BTreeMap::new();
    for name in components.reasons() {
        if let Ok(reason) = serde_json::from_value::<Reason>(name.clone()) {
            by_status.entry(Refusal::Invalid { field: None, reason }.status()).or_default().push(name);
        }
    }
    by_status
}

fn success(answer: &Value) -> Value {
    json!({
        "description": "The answer.",
        "headers": { "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" } },
        "content": { "application/json": { "schema": answer } },
    })
}

fn response(status: u16, refusals: &[Possible]) -> Value {
    let has_retry_after = refusals.iter().any(|refusal| refusal.has_retry_after);
    let headers: Map<String, Value> =
        [("X-Request-Id", true), ("Retry-After", has_retry_after), ("Allow", status == 405)]
            .into_iter()
            .filter(|(_, is_sent)| *is_sent)
            .map(|(name, _)| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })))
            .collect();
    let schemas: Vec<&Value> = refusals.iter().map(|refusal| &refusal.schema).collect();
    let schema = match schemas.as_slice() {
        [only] => (*only).clone(),
        several => json!({ "oneOf": several }),
    };
    json!({
        "description": description(status),
        "headers": headers,
        "content": { "application/json": { "schema": schema } },
    })
}

const fn description(status: u16) -> &'static str {
    match status {
        400 => "The body is not one JSON object with exactly the arguments.",
        403 => "Not verified, or a request from another site.",
        404 => "This page is not available to this client.",
        405 => "Another method than that of the call.",
        409 => "No session, the wrong step, or another request performs the step.",
        413 => "The body exceeds 16 kB.",
        415 => "The body is not `application/json`.",
        422 => "A value cannot be accepted.",
        429 => "A rate limit is reached.",
        500 => "A defect of the service.",
        503 => "A component does not answer.",
        _ => "A refusal.",
    }
}
