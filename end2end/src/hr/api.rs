//! The endpoints of the HR simulator.

use super::{CLIENT_ID, CLIENT_SECRET, Call, Fault, SCOPE, Shared, TENANT_ID};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extracted;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// The size of a body above the client's limit, in bytes.
const HUGE_BODY_BYTES: usize = 21 * 1024 * 1024;

/// `POST /connect/token`
pub(super) async fn token(
    Extracted(shared): Extracted<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let denied = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    if let Some(status) = shared.state().token_fault {
        return status_of(status, "a confidential detail");
    }
    if value(&headers, &header::CONTENT_TYPE) != Some("application/x-www-form-urlencoded") {
        return denied("invalid_request");
    }
    let form = form(&String::from_utf8_lossy(&body));
    let has = |name: &str, expected: &str| form.get(name).is_some_and(|value| value == expected);
    if !has("grant_type", "client_credentials") {
        return denied("unsupported_grant_type");
    }
    if !has("client_id", CLIENT_ID) || !has("client_secret", CLIENT_SECRET) || !has("tenant_id", TENANT_ID) {
        return denied("invalid_client");
    }
    if !has("scope", SCOPE) {
        return denied("invalid_scope");
    }
    let (token, expires_in) = shared.change(|state| {
        state.issued_tokens += 1;
        let token = format!("token-{}", state.issued_tokens);
        state.token = Some(token.clone());
        (token, state.token_lifetime_seconds)
    });
    Json(json!({ "access_token": token, "expires_in": expires_in, "token_type": "Bearer" })).into_response()
}

/// `GET /iam/v1.0/persons?take=…&skip=…`
pub(super) async fn persons(
    Extracted(shared): Extracted<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let tenant = headers.get("X-Raet-Tenant-Id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let token = value(&headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let accepted = shared.change(|state| {
        state.calls.push(Call { path: uri.to_string(), tenant });
        token.is_some() && state.token.as_deref() == token
    });
    if !accepted {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let query = form(uri.query().unwrap_or_default());
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (take, skip) = (number("take").unwrap_or(usize::MAX), number("skip").unwrap_or(0));
    let page_size = take.min(shared.state().page_size).max(1);
    let next_link = match apply_fault(&shared, skip / page_size + 1).await {
        Ok(next_link) => next_link,
        Err(response) => return response,
    };
    let state = shared.state();
    let people: Vec<_> = state.people.iter().skip(skip).take(page_size).map(super::Person::json).collect();
    let has_more = skip + page_size < state.people.len();
    let next = || format!("{}/iam/v1.0/persons?take={take}&skip={}", shared.origin, skip + page_size);
    Json(json!({ "value": people, "nextLink": next_link.or_else(|| has_more.then(next)) })).into_response()
}

/// Applies the configured fault to this page: an `Err` is the answer instead of the page, an `Ok(Some(_))` a different
/// link to the next page.
async fn apply_fault(shared: &Shared, page: usize) -> Result<Option<String>, Response> {
    let personal_data = "Anna Janssen 0612345678";
    let fault = shared.state().fault.clone();
    match fault {
        Some(Fault::Status(status)) => Err(status_of(status, personal_data)),
        Some(Fault::Page(number, status)) if page == number => Err(status_of(status, personal_data)),
        Some(Fault::Busy { retry_after, calls }) if calls > 0 => {
            let mut response = status_of(429, personal_data);
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
        Some(Fault::Huge) => Err(" ".repeat(HUGE_BODY_BYTES).into_response()),
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
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
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
