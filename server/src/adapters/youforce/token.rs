//! Access token by client credentials grant (RFC 6749, 4.4), cached until shortly before it expires.

use super::config::YouforceConfig;
use super::http::{Endpoint, ExchangeOutcome};
use crate::ports::clock::Clock;
use crate::ports::hr::HrError;
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// A call that starts with a token must finish before the token expires.
const EXPIRY_MARGIN: SignedDuration = SignedDuration::from_mins(1);
/// Lifetime assumed if the service does not state one; `expires_in` is optional (RFC 6749, 5.1).
const DEFAULT_LIFETIME_SECONDS: i64 = 300;
/// Longest time that a token is cached, whatever the service states.
const MAX_LIFETIME_SECONDS: i64 = 24 * 60 * 60;
/// The error codes of RFC 6749, 5.2. Only these are logged; any other text comes from the server and is not
/// trusted.
const LOGGABLE_ERROR_CODES: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// The cached access token of one client.
pub(super) struct TokenCache {
    cached: Mutex<Option<(HeaderValue, Timestamp)>>,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: Zeroizing<String>,
    expires_in: Option<i64>,
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

impl TokenCache {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { cached: Mutex::default(), clock }
    }

    /// Returns the value for `Authorization`: the cached token, or a new one if there is none, it expired, or it is
    /// `refused`.
    pub(super) async fn get(
        &self,
        client: &Client,
        config: &YouforceConfig,
        refused: Option<&HeaderValue>,
    ) -> Result<HeaderValue, HrError> {
        // The lock is held during the request, so that concurrent calls share one new token.
        let mut cached = self.cached.lock().await;
        if let Some((token, expires_at)) = &*cached
            && self.clock.now() < *expires_at
            && refused != Some(token)
        {
            return Ok(token.clone());
        }
        *cached = None;
        let endpoint = Endpoint { url: config.token_url.url(), key: "hr.token_url", timeout: config.timeout };
        let request = client
            .post(config.token_url.url().clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form(config));
        let requested_at = self.clock.now();
        let body = match endpoint.exchange(request).await? {
            ExchangeOutcome::Ok(body) => body,
            ExchangeOutcome::Busy(_) => return Err(endpoint.unreachable("no token: status 429".to_owned())),
            ExchangeOutcome::Unauthorized => return Err(endpoint.refused("no token: status 401".to_owned())),
            ExchangeOutcome::Refused(status, body) => {
                return Err(endpoint.refused(refusal_text(status, &body)));
            }
        };
        let response: TokenResponse = serde_json::from_slice(&body)
            .map_err(|_| endpoint.unusable("no token in the answer of the token service".to_owned()))?;
        if response.access_token.trim().is_empty() {
            return Err(endpoint.unusable("an empty token in the answer of the token service".to_owned()));
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {}", *response.access_token))
            .map_err(|_| endpoint.unusable("a token that is not a valid header value".to_owned()))?;
        value.set_sensitive(true);
        let lifetime = SignedDuration::from_secs(
            response.expires_in.unwrap_or(DEFAULT_LIFETIME_SECONDS).clamp(0, MAX_LIFETIME_SECONDS),
        );
        // A token with a lifetime shorter than the margin is used once.
        *cached = Some((value.clone(), requested_at + lifetime - EXPIRY_MARGIN));
        Ok(value)
    }
}

fn form(config: &YouforceConfig) -> String {
    // `Url` provides the form encoding; no other dependency does.
    let mut url = config.token_url.url().clone();
    url.query_pairs_mut()
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &config.client_id)
        .append_pair("client_secret", &config.client_secret);
    for (name, value) in [("tenant_id", &config.tenant_id), ("scope", &config.scope)] {
        if !value.is_empty() {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url.query().unwrap_or_default().to_owned()
}

fn refusal_text(status: u16, body: &[u8]) -> String {
    let error = serde_json::from_slice::<ErrorResponse>(body).ok().map(|response| response.error);
    let loggable = LOGGABLE_ERROR_CODES.into_iter().find(|code| error.as_deref() == Some(*code));
    format!(
        "no token: status {status}{}{}",
        if loggable.is_some() { ", " } else { "" },
        loggable.unwrap_or_default()
    )
}
