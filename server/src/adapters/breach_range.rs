//! [`BreachedPasswords`] over a server of the Pwned Passwords range API. Only five hexadecimal digits of a digest leave the
//! machine; neither they nor the answer appear in an error or in the log.

use super::http_client::{self, Trust};
use super::http_failure::describe;
use super::root_certificates::TrustError;
use super::tls_failure::TlsServer;
use crate::breached::range::RangeQuery;
use crate::config::HttpsUrl;
use crate::ports::breached_passwords::{BreachLookupError, BreachedPasswords, PART};
use crate::ports::health_finding::Finding;
use app::domain::password::Password;
use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, Url};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Largest answer. A range has some 2,000 lines of at most 45 bytes in 2026.
const MAX_RESPONSE_BYTES: usize = 512 * 1024;
/// A password that every such list contains. No employee's password is looked up by `check`.
const KNOWN: &str = "password";

/// Settings of the range API.
pub struct BreachRangeConfig {
    /// The address to which the five digits are appended.
    pub url: HttpsUrl,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Time limit for one lookup: connection and answer.
    pub timeout: Duration,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BreachRangeConfigError {
    /// The file with root certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up.
    #[error("TLS for the range API could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The server did not answer, or its answer cannot be used. The text contains no part of request or answer.
#[derive(Debug, thiserror::Error)]
#[error("{host}: {what}")]
struct RangeError {
    host: String,
    what: String,
}

/// A client of the range API.
#[derive(Debug)]
pub struct BreachRange {
    client: Client,
    url: HttpsUrl,
    timeout: Duration,
}

impl BreachRange {
    /// Prepares the HTTP client; opens no connection.
    pub fn new(config: BreachRangeConfig) -> Result<Self, BreachRangeConfigError> {
        let trust = Trust {
            key: "breached.range_ca_file",
            ca_file: config.ca_file.as_deref(),
            is_plain: config.url.is_plain(),
        };
        // The public API requires the header User-Agent, which the builder sets.
        let builder = http_client::builder(trust, config.timeout)?;
        let client = builder.build().map_err(|error| BreachRangeConfigError::Tls(error.into()))?;
        Ok(Self { client, url: config.url, timeout: config.timeout })
    }

    /// The address of a range; `None` for a URL that cannot have a path, which [`HttpsUrl`] excludes.
    fn range(&self, prefix: &str) -> Option<Url> {
        let mut url = self.url.url().clone();
        url.path_segments_mut().ok()?.pop_if_empty().push(prefix);
        Some(url)
    }

    async fn look_up(&self, password: &Password) -> Result<bool, RangeError> {
        let query = RangeQuery::of(password.expose());
        let url = self.range(query.prefix()).ok_or_else(|| self.error("an address without a path"))?;
        // Padding: the size of the answer must not reveal the range to those who see the encrypted traffic.
        let request = self.client.get(url).header("Add-Padding", "true");
        let response = request.send().await.map_err(|error| self.transport_error(&error))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(self.error(&format!("status {}", status.as_u16())));
        }
        let answer = self.read_body(response).await?;
        query.is_listed_in(&answer).map_err(|what| self.error(what))
    }

    async fn read_body(&self, mut response: Response) -> Result<Zeroizing<Vec<u8>>, RangeError> {
        let mut body = Zeroizing::new(Vec::with_capacity(64 * 1024));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.transport_error(&error))? {
            if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
                return Err(self.error("an answer of more than 512 kB"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn transport_error(&self, error: &reqwest::Error) -> RangeError {
        let (address_key, ca_key) = ("breached.range_url", "breached.range_ca_file");
        let server = TlsServer { host: self.url.host(), address_key, ca_key };
        self.error(&describe(error, self.timeout, server))
    }

    fn error(&self, what: &str) -> RangeError {
        RangeError { host: self.url.host().to_owned(), what: what.to_owned() }
    }
}

#[async_trait]
impl BreachedPasswords for BreachRange {
    async fn contains(&self, password: &Password) -> Result<bool, BreachLookupError> {
        self.look_up(password).await.map_err(|error| BreachLookupError(error.into()))
    }

    async fn check(&self) -> Vec<Finding> {
        let host = self.url.host();
        vec![match self.look_up(&Password::new(KNOWN)).await {
            Ok(true) => Finding::good(PART, host, "the range API answers and lists a known password"),
            Ok(false) => Finding::bad(
                PART,
                host,
                format!(
                    "the answer does not list the digest of the password `{KNOWN}`; check breached.range_url: it must \
                     be a range API of Pwned Passwords with SHA-1 digests"
                ),
            ),
            Err(error) => Finding::bad(PART, host, error.what),
        }]
    }
}
