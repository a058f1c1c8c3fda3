//! Sends SMS through an HTTP gateway: `POST` with `{"to":…,"from":…,"text":…}` and a bearer token. See
//! docs/integrations/sms.md.

use super::http_client::{self, Trust};
use super::http_failure::describe;
use super::root_certificates::TrustError;
use super::tls_failure::TlsServer;
use crate::config::HttpsUrl;
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{Channel, Message, Transport, TransportError};
use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

const PART: &str = "sms";

/// Settings of the SMS transport.
pub struct SmsConfig {
    /// The gateway.
    pub gateway: HttpsUrl,
    /// The bearer token, if the gateway requires one.
    pub token: Option<Zeroizing<String>>,
    /// The sender shown on the phone.
    pub sender: String,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Time limit for one message.
    pub timeout: Duration,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmsConfigError {
    /// The file with root certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The token is not a valid header value.
    #[error("sms.token_file: expected a token of visible ASCII characters")]
    Token,
    /// TLS could not be set up.
    #[error("TLS for SMS could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The SMS transport.
pub struct Sms {
    client: Client,
    gateway: HttpsUrl,
    token: Option<HeaderValue>,
    sender: String,
    timeout: Duration,
}

#[derive(Serialize)]
struct Body<'a> {
    to: &'a str,
    from: &'a str,
    text: &'a str,
}

impl Sms {
    /// Prepares the HTTP client; opens no connection.
    pub fn new(config: SmsConfig) -> Result<Self, SmsConfigError> {
        let trust = Trust {
            key: "sms.ca_file",
            ca_file: config.ca_file.as_deref(),
            is_plain: config.gateway.is_plain(),
        };
        let builder = http_client::builder(trust, config.timeout)?;
        let client = builder.build().map_err(|error| SmsConfigError::Tls(error.into()))?;
        let token = config.token.map(|token| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", *token))?;
            value.set_sensitive(true);
            Ok::<_, reqwest::header::InvalidHeaderValue>(value)
        });
        let token = token.transpose().map_err(|_| SmsConfigError::Token)?;
        Ok(Self { client, gateway: config.gateway, token, sender: config.sender, timeout: config.timeout })
    }

    fn temporary(&self, what: String) -> TransportError {
        TransportError::Temporary { host: self.gateway.host().to_owned(), what }
    }

    fn unavailable(&self, error: &reqwest::Error) -> TransportError {
        let host = self.gateway.host();
        let server = TlsServer { host, address_key: "sms.url", ca_key: "sms.ca_file" };
        TransportError::Unavailable { host: host.to_owned(), what: describe(error, self.timeout, server) }
    }
}

#[async_trait]
impl Transport for Sms {
    fn channel(&self) -> Channel {
        Channel::Sms
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        let permanent =
            |what: String| TransportError::Permanent { host: self.gateway.host().to_owned(), what };
        let body = Body { to: &message.to, from: &self.sender, text: &message.text };
        let body = serde_json::to_vec(&body)
            .map_err(|_| permanent("the request cannot be serialized".to_owned()))?;
        let mut request =
            self.client.post(self.gateway.url().clone()).header(CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        let response = request.body(body).send().await.map_err(|error| self.unavailable(&error))?;
        // Only the status is used: the body often quotes the number.
        let status = response.status();
        let what = format!("status {}", status.as_u16());
        if status.is_success() {
            Ok(())
        } else if is_permanent(status) {
            Err(permanent(what))
        } else {
            Err(self.temporary(what))
        }
    }

    async fn check(&self) -> Vec<Finding> {
        let detail = "configured; not tested, because a test would send a message";
        vec![Finding::good(PART, self.gateway.host(), detail)]
    }
}

/// Whether the status means that this message can never be sent (docs/integrations/sms.md). All other failures,
/// e.g. a wrong path or token, can be fixed by an operator.
fn is_permanent(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
}
