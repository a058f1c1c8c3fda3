//! Takes the samples of [`timing`](crate::timing) over HTTP, as a browser with an empty cookie jar.

use super::root_certificates::{TrustError, authorities};
use crate::config::HttpsUrl;
use crate::timing::answer::RawAnswer;
use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Client, redirect, retry};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// Longer than any answer of the service takes.
const TIMEOUT: Duration = Duration::from_mins(1);

/// No client could be made.
#[derive(Debug, thiserror::Error)]
pub enum TimingClientError {
    /// The URL cannot be used.
    #[error("--url: expected {0}")]
    Url(&'static str),
    /// The file with root certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[source] reqwest::Error),
}

/// Calls the API of the reset.
pub struct TimingClient {
    client: Client,
    base: String,
}

/// The cookies of one session, without attributes.
#[derive(Debug, Default)]
pub struct Jar(Vec<(String, String)>);

impl TimingClient {
    /// Prepares the HTTP client; opens no connection.
    pub fn new(url: &str, ca_file: Option<&Path>) -> Result<Self, TimingClientError> {
        let url = HttpsUrl::parse_base(url).map_err(TimingClientError::Url)?;
        // `Err` means that a provider is already installed, which is fine.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION"), " timing"))
            .timeout(TIMEOUT)
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy();
        if let Some(path) = ca_file {
            builder = builder.tls_certs_only(authorities("--ca-file", path)?);
        } else if url.is_plain() {
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(TimingClientError::Tls)?;
        Ok(Self { client, base: url.url().as_str().trim_end_matches('/').to_owned() })
    }

    /// Makes a call and returns its answer and how long it took until the last byte.
    pub async fn call(
        &self,
        call: &str,
        body: &serde_json::Value,
        jar: &mut Jar,
    ) -> Result<(RawAnswer, Duration), reqwest::Error> {
        let mut request = self
            .client
            .post(format!("{}/api/reset/{call}", self.base))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        if !jar.0.is_empty() {
            let cookies: Vec<_> = jar.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        let started = Instant::now();
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let body = response.text().await?;
        let duration = started.elapsed();
        jar.keep(&headers);
        Ok((RawAnswer { status, headers, body }, duration))
    }
}

impl Jar {
    fn keep(&mut self, headers: &[(String, String)]) {
        for (_, cookie) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.0.retain(|(kept, _)| kept != name);
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}
