//! `GET /api/openapi.json`: the description of the API in OpenAPI 3.1, generated from the types of requests and answers.
//!
//! | module | content |
//! |---|---|
//! | `calls` | the calls, and the refusals of each |
//! | `components` | the schemas, one per step and per refusal |
//! | `responses` | the responses of a call, by status |

mod calls;
mod components;
mod responses;

use super::{invalid, method_not_allowed};
use app::api::refusal::Reason;
use axum::body::Bytes;
use axum::http::{Method, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any};
use calls::Call;
use components::Components;
use serde_json::{Map, Value, json};

/// The address of the description.
pub const PATH: &str = "/api/openapi.json";

/// The route that serves the description of a service with this origin.
pub fn route<S: Clone + Send + Sync + 'static>(origin: &str) -> MethodRouter<S> {
    let text = Bytes::from(document(origin).to_string());
    any(move |method: Method| {
        let text = text.clone();
        async move { answer(&method, text) }
    })
}

fn answer(method: &Method, text: Bytes) -> Response {
    if *method == Method::GET {
        ([(header::CONTENT_TYPE, "application/json")], text).into_response()
    } else {
        method_not_allowed(invalid(None, Reason::Method), &Method::GET)
    }
}

/// The description.
pub fn document(origin: &str) -> Value {
    let mut components = Components::new();
    let paths = calls::all(&mut components).into_iter().map(|call| {
        let operation = operation(&call, &components);
        (call.path.to_owned(), json!({ call.method.as_str().to_lowercase(): operation }))
    });
    let mut paths: Map<String, Value> = paths.collect();
    paths.insert(PATH.to_owned(), json!({ "get": description_operation() }));
    paths.insert("/healthz".to_owned(), json!({ "get": health_operation("Liveness", &[200]) }));
    paths.insert("/readyz".to_owned(), json!({ "get": health_operation("Readiness", &[200, 503]) }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Wachtwoord Reset",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Resets a forgotten password, and registers what a reset needs. A step is refused with a \
                JSON object that carries `refusal`. Sessions are held by cookies.",
        },
        "servers": [{ "url": origin }],
        "paths": paths,
        "components": {
            "schemas": components.schemas(),
            "headers": responses::headers(),
            "securitySchemes": security_schemes(origin.starts_with("https://")),
        },
    })
}

fn operation(call: &Call, components: &Components) -> Value {
    let scheme = call.page.name();
    let mut operation = json!({
        "operationId": call.path.trim_start_matches("/api/").replace('/', "_"),
        "summary": call.summary,
        "tags": [scheme],
        // A call without a session is answered as well: it shows or starts the first step.
        "security": [{ scheme: [] }, {}],
        "responses": responses::of_call(call, components),
    });
    if call.method == Method::POST
        && let Some(operation) = operation.as_object_mut()
    {
        operation.insert("requestBody".to_owned(), request_body(call));
    }
    operation
}

fn request_body(call: &Call) -> Value {
    let property = |optional: bool| if optional { json!(["string", "null"]) } else { json!("string") };
    let properties: Map<String, Value> = call
        .arguments
        .iter()
        .map(|argument| (argument.name.to_owned(), json!({ "type": property(argument.optional) })))
        .collect();
    let required: Vec<&str> =
        call.arguments.iter().filter(|argument| !argument.optional).map(|argument| argument.name).collect();
    json!({
        "required": true,
        "content": { "application/json": { "schema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        } } },
    })
}

fn description_operation() -> Value {
    json!({
        "operationId": "openapi",
        "summary": "This description",
        "security": [],
        "responses": {
            "200": {
                "description": "The description.",
                "content": { "application/json": { "schema": { "type": "object" } } },
            },
        },
    })
}

fn health_operation(summary: &str, statuses: &[u16]) -> Value {
    let content = json!({ "text/plain; charset=utf-8": { "schema": { "type": "string" } } });
    let responses: Map<String, Value> = statuses
        .iter()
        .map(|status| (status.to_string(), json!({ "description": "One word.", "content": content })))
        .collect();
    json!({ "operationId": summary.to_lowercase(), "summary": summary, "security": [], "responses": responses })
}

fn security_schemes(secure: bool) -> Value {
    let scheme = |name: &str, description: &str| json!({ "type": "apiKey", "in": "cookie", "name": name, "description": description });
    json!({
        "reset": scheme(super::cookies::reset_session(secure), "Random id of a reset session, set by `identify`."),
        "registration": scheme(super::cookies::enrollment(secure), "Random id of a registration session, set by `sign_in`."),
        "servicedesk": scheme(super::cookies::service_desk(secure), "Random id of a service desk session, set by `sign_in`."),
    })
}

#[cfg(test)]
mod tests;
