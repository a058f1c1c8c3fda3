//! SMS through an HTTP gateway: `POST` with `{"to":…,"from":…,"text":…}` and a bearer token. See
//! docs/integrations/sms.md.

use super::root_certificates::{TrustError, authorities};
use crate::config::is_loopback_host;
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{Channel, Message, Transport, TransportError};
use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode, Url, redirect, retry};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

const PART: &str = "sms";

/// How SMS is sent.
pub struct SmsConfig {
    /// Where to.
    pub gateway: Gateway,
    /// Our right to.
    pub token: Option<Zeroizing<String>>,
    /// Shown as the sender.
    pub sender: String,
    /// PEM of the authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// For one message.
    pub timeout: Duration,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmsConfigError {
    /// The file with authorities cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// No header can hold the token.
    #[error("sms.token_file: expected a token of visible ASCII characters")]
    Token,
    /// TLS could not be set up.
    #[error("TLS for SMS could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A gateway's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway(Url);

impl Gateway {
    /// Reads an https address, or an http one on loopback; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "https://HOST/PATH")?;
        let host = url.host_str().ok_or("https://HOST/PATH")?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback_host(host) => {}
            "http" => return Err("https:// for another machine: numbers and codes could be read on the way"),
            _ => return Err("https://HOST/PATH"),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("an address without user and password; the token has a file of its own");
        }
        Ok(Self(url))
    }

    fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

/// A gateway.
pub struct Sms {
    client: Client,
    gateway: Gateway,
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
    /// Connects to nobody yet.
    pub fn new(config: SmsConfig) -> Result<Self, SmsConfigError> {
        // An `Err` means that one is installed already, which does as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.timeout)
            .timeout(config.timeout)
            // A redirect would take the number elsewhere; a repeated call sends a message twice.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy();
        if let Some(path) = &config.ca_file {
            builder = builder.tls_certs_only(authorities("sms.ca_file", path)?);
        } else if config.gateway.0.scheme() == "http" {
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| SmsConfigError::Tls(error.into()))?;
        let token = config.token.map(|token| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", *token))?;
            value.set_sensitive(true);
            Ok::<_, reqwest::header::InvalidHeaderValue>(value)
        });
        let token = token.transpose().map_err(|_| SmsConfigError::Token)?;
        Ok(Self { client, gateway: config.gateway, token, sender: config.sender, timeout: config.timeout })
    }

    fn later(&self, what: String) -> TransportError {
        TransportError::Later { host: self.gateway.host().to_owned(), what }
    }

    fn down(&self, error: &reqwest::Error) -> TransportError {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let what = if error.is_timeout() && !error.is_connect() {
            format!("no answer within {:?}", self.timeout)
        } else if error.is_connect() {
            format!("no connection: {cause}")
        } else {
            format!("the exchange broke off: {cause}")
        };
        TransportError::Down { host: self.gateway.host().to_owned(), what }
    }
}

#[async_trait]
impl Transport for Sms {
    fn channel(&self) -> Channel {
        Channel::Sms
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        let never = |what: String| TransportError::Never { host: self.gateway.host().to_owned(), what };
        let body = Body { to: &message.to, from: &self.sender, text: &message.text };
        let body =
            serde_json::to_vec(&body).map_err(|_| never("no request can be made of this".to_owned()))?;
        let mut request = self.client.post(self.gateway.0.clone()).header(CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        let response = request.body(body).send().await.map_err(|error| self.down(&error))?;
        // Only the status: a gateway's answer likes to quote the number.
        let status = response.status();
        let what = format!("status {}", status.as_u16());
        if status.is_success() {
            Ok(())
        } else if is_about_the_message(status) {
            Err(never(what))
        } else {
            Err(self.later(what))
        }
    }

    async fn check(&self) -> Vec<Finding> {
        let detail = "configured; whether it works only a message can tell, and none is sent here";
        vec![Finding::good(PART, self.gateway.host(), detail)]
    }
}

/// The answers for a message that will never be sent (docs/integrations/sms.md). Everything else, e.g. a path or a token
/// of ours that is wrong, an operator can fix.
fn is_about_the_message(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_loopback_only() {
        for good in ["https://sms.example.org/v1/send?x=1", "http://127.0.0.1:8083/sms", "http://[::1]:1/"] {
            assert!(Gateway::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://sms.example.org/",
            "http://127.0.0.1.example.org/",
            "ftp://127.0.0.1",
            "sms.example.org",
            "https://user:secret@sms.example.org",
            "https://sms.example.org#x",
            "",
        ] {
            assert!(Gateway::parse(bad).is_err(), "{bad}");
        }
    }
}
