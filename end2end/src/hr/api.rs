//! What the HR source answers. Not what it knows.

use super::{CLIENT_ID, CLIENT_SECRET, Call, Fault, SCOPE, Shared, TENANT_ID};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extracted;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// More than a client reads, in bytes.
const HUGE: usize = 21 * 1024 * 1024;

/// `POST /connect/token`
pub(super) async fn token(
    Extracted(shared): Extracted<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let denied = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    if let Some(status) = shared.state().token_fault {
        return status_of(status, "nobody's secret");
    }
    if value(&headers, &header::CONTENT_TYPE) != Some("application/x-www-form-urlencoded") {
        return denied("invalid_request");
    }
    let form = form(&String::from_utf8_lossy(&body));
    let has = |name: &str, wanted: &str| form.get(name).is_some_and(|given| given == wanted);
    if !has("grant_type", "client_credentials") {
        return denied("unsupported_grant_type");
    }
    if !has("client_id", CLIENT_ID) || !has("client_secret", CLIENT_SECRET) || !has("tenant_id", TENANT_ID) {
        return denied("invalid_client");
    }
    if !has("scope", SCOPE) {
        return denied("invalid_scope");
    }
    let (token, lives) = shared.change(|state| {
        state.tokens += 1;
        let token = format!("token-{}", state.tokens);
        state.token = Some(token.clone());
        (token, state.token_lives)
    });
    Json(json!({ "access_token": token, "expires_in": lives, "token_type": "Bearer" })).into_response()
}

/// `GET /iam/v1.0/persons?take=…&skip=…`
pub(super) async fn persons(
    Extracted(shared): Extracted<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let tenant = headers.get("X-Raet-Tenant-Id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let given = value(&headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let accepted = shared.change(|state| {
        state.calls.push(Call { path: uri.to_string(), tenant });
        given.is_some() && state.token.as_deref() == given
    });
    if !accepted {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let wanted = form(uri.query().unwrap_or_default());
    let number = |name: &str| wanted.get(name).and_then(|text| text.parse::<usize>().ok());
    let (take, skip) = (number("take").unwrap_or(usize::MAX), number("skip").unwrap_or(0));
    let page = take.min(shared.state().page).max(1);
    let other = match faulty(&shared, skip / page + 1).await {
        Ok(other) => other,
        Err(response) => return response,
    };
    let state = shared.state();
    let people: Vec<_> = state.people.iter().skip(skip).take(page).map(super::Person::json).collect();
    let more = skip + page < state.people.len();
    let next = || format!("{}/iam/v1.0/persons?take={take}&skip={}", shared.origin, skip + page);
    Json(json!({ "value": people, "nextLink": other.or_else(|| more.then(next)) })).into_response()
}

/// What goes wrong with this page: an answer in its place, or another next page.
async fn faulty(shared: &Shared, page: usize) -> Result<Option<String>, Response> {
    let quoted = "Anna Janssen 0612345678";
    let fault = shared.state().fault.clone();
    match fault {
        Some(Fault::Status(status)) => Err(status_of(status, quoted)),
        Some(Fault::Page(at, status)) if page == at => Err(status_of(status, quoted)),
        Some(Fault::Busy { retry_after, calls }) if calls > 0 => {
            let mut response = status_of(429, quoted);
            if let Some(value) = retry_after.as_ref().and_then(|text| text.parse().ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            shared.change(|state| state.fault = Some(Fault::Busy { retry_after, calls: calls - 1 }));
            Err(response)
        }
        Some(Fault::Hang) => {
            let mut changes = shared.changes.subscribe();
            while shared.state().fault == Some(Fault::Hang) && changes.changed().await.is_ok() {}
            Ok(None)
        }
        Some(Fault::Body(body)) => Err(body.into_response()),
        Some(Fault::Huge) => Err(" ".repeat(HUGE).into_response()),
        Some(Fault::Redirect(to)) => Err((StatusCode::FOUND, [(header::LOCATION, to)]).into_response()),
        Some(Fault::Next(link)) => Ok(Some(link)),
        Some(Fault::Page(..) | Fault::Busy { .. }) | None => Ok(None),
    }
}

fn status_of(status: u16, body: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({ "error": body }))).into_response()
}

fn value<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `application/x-www-form-urlencoded`
fn form(text: &str) -> HashMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (*first, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
