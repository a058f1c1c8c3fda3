//! Builds the HTTP client for Entrust from the connection settings.

use crate::adapters::http_client::{self, Trust};
use crate::adapters::root_certificates::TrustError;
use crate::config::HttpsUrl;
use reqwest::{Client, Url};
use std::path::Path;
use std::time::Duration;

/// Shorter than the minute after which load balancers usually drop an idle connection: a `complete` on a connection
/// that was just dropped cannot be repeated.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EntrustConfigError {
    /// `entrust.url` cannot be used.
    #[error("entrust.url: expected {expected}, e.g. https://customer.region.trustedauth.com")]
    Url {
        /// What was expected.
        expected: &'static str,
    },
    /// The file with root certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up, e.g. because the system has no root certificates.
    #[error("the TLS client for Entrust could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// URL, trust and limits of a connection to Entrust.
pub(in crate::adapters) struct ConnectionConfig<'a> {
    pub(in crate::adapters) url: &'a str,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub(in crate::adapters) ca_file: Option<&'a Path>,
    /// Time limit for the connection.
    pub(in crate::adapters) connect_timeout: Duration,
    /// Time limit for a whole call: connection and response.
    pub(in crate::adapters) timeout: Duration,
    /// Largest response body, in bytes.
    pub(in crate::adapters) response_limit: usize,
}

impl ConnectionConfig<'_> {
    /// Returns the HTTP client and the parsed base URL.
    pub(super) fn client(&self) -> Result<(Client, Url), EntrustConfigError> {
        let url = HttpsUrl::parse_base(self.url).map_err(|expected| EntrustConfigError::Url { expected })?;
        let trust = Trust { key: "entrust.ca_file", ca_file: self.ca_file, is_plain: url.is_plain() };
        let builder = http_client::builder(trust, self.timeout)?
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_nodelay(true);
        let client = builder.build().map_err(|e| EntrustConfigError::Tls(e.into()))?;
        Ok((client, url.url().clone()))
    }
}
