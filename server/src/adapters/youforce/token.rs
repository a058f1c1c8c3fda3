//! The access token: client credentials grant (RFC 6749, 4.4), kept until shortly before it expires. Not the calls
//! that are made with it.

use super::config::YouforceConfig;
use super::http::{Exchanged, Peer};
use crate::ports::clock::Clock;
use crate::ports::hr::HrError;
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// A call that begins with a token must end before it expires.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);
/// Where the service does not say how long; and longer than a day no token is kept.
const UNTOLD: i64 = 300;
const LONGEST: i64 = 24 * 60 * 60;
/// The codes of RFC 6749, 5.2, that may stand in a log; anything else is a stranger's text.
const CODES: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// The tokens of one client.
pub(super) struct Tokens {
    kept: Mutex<Option<(HeaderValue, Timestamp)>>,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    expires_in: Option<i64>,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
}

impl Tokens {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { kept: Mutex::default(), clock }
    }

    /// The token for `Authorization`, a new one where none is kept or the kept one is `refused`.
    pub(super) async fn get(
        &self,
        client: &Client,
        config: &YouforceConfig,
        refused: Option<&HeaderValue>,
    ) -> Result<HeaderValue, HrError> {
        // Held while it is asked for: two who need one share it.
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = &*kept
            && self.clock.now() < *until
            && refused != Some(token)
        {
            return Ok(token.clone());
        }
        *kept = None;
        let peer = Peer { url: &config.token_url.0, timeout: config.timeout };
        let request = client
            .post(config.token_url.0.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form(config));
        let asked = self.clock.now();
        let body = match peer.exchange(request).await? {
            Exchanged::Ok(body) => body,
            Exchanged::Busy(_) => return Err(peer.unreachable("no token: status 429".to_owned())),
            Exchanged::Unauthorised => return Err(peer.refused("no token: status 401".to_owned())),
            Exchanged::Refused(status, body) => return Err(peer.refused(denied(status, &body))),
        };
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|_| peer.unusable("no token in the answer of the token service".to_owned()))?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", *granted.access_token))
            .map_err(|_| peer.unusable("a token no header can hold".to_owned()))?;
        value.set_sensitive(true);
        let lives = SignedDuration::from_secs(granted.expires_in.unwrap_or(UNTOLD).clamp(0, LONGEST));
        // One that lives shorter than the margin is used once.
        *kept = Some((value.clone(), asked + lives - MARGIN));
        Ok(value)
    }
}

fn form(config: &YouforceConfig) -> String {
    // The one encoder of forms that is at hand writes queries.
    let mut url = config.token_url.0.clone();
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

fn denied(status: u16, body: &[u8]) -> String {
    let error = serde_json::from_slice::<Denied>(body).ok().map(|denied| denied.error);
    let known = CODES.into_iter().find(|code| error.as_deref() == Some(*code));
    format!(
        "no token: status {status}{}{}",
        if known.is_some() { ", " } else { "" },
        known.unwrap_or_default()
    )
}
