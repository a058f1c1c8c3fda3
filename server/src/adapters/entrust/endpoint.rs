//! Builds the HTTP client for Entrust from the connection settings.

use crate::adapters::root_certificates::{TrustError, authorities};
use reqwest::{Client, Url, redirect, retry};
use std::path::Path;
use std::time::Duration;

/// Shorter than the minute after which load balancers usually drop an idle connection: a `complete` on a connection
/// that was just dropped cannot be repeated.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EntrustConfigError {
    /// `entrust.url` cannot be used.
    #[error("entrust.url is {what}; expected https://customer.region.trustedauth.com")]
    Url {
        /// The problem.
        what: &'static str,
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
        let url = parse_base_url(self.url)?;
        // `Err` means that a provider is already installed, which is fine.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            // A repeated call may count a code twice.
            .retry(retry::never())
            .referer(false)
            // An environment variable must not redirect codes to a proxy.
            .no_proxy();
        if let Some(path) = self.ca_file {
            builder = builder.tls_certs_only(authorities("entrust.ca_file", path)?);
        } else if url.scheme() == "http" {
            // Avoids loading the system's root certificates; a minimal container may have none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|e| EntrustConfigError::Tls(e.into()))?;
        Ok((client, url))
    }
}

fn parse_base_url(text: &str) -> Result<Url, EntrustConfigError> {
    let url = Url::parse(text).map_err(|_| EntrustConfigError::Url { what: "not an address" })?;
    let Some(host) = url.host_str() else {
        return Err(EntrustConfigError::Url { what: "without a host" });
    };
    let loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let what = match url.scheme() {
        "https" => None,
        "http" if loopback => None,
        "http" => Some("http on another machine, where codes can be read in transit"),
        _ => Some("not https"),
    };
    let what = what.or_else(|| {
        (!url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some())
        .then_some("more than scheme, host, port and path")
    });
    what.map_or(Ok(url), |what| Err(EntrustConfigError::Url { what }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_accepted_for_loopback_only() {
        for good in [
            "https://customer.us.trustedauth.com",
            "https://gateway.example/entrust/",
            "http://127.0.0.1:8082",
            "http://localhost:8082/",
            "http://[::1]:8082",
        ] {
            assert!(parse_base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://customer.us.trustedauth.com",
            "http://127.0.0.1.example",
            "http://192.168.1.4",
            "ftp://127.0.0.1",
            "customer.us.trustedauth.com",
            "https://name:secret@customer.us.trustedauth.com",
            "https://customer.us.trustedauth.com?x=1",
            "",
        ] {
            assert!(parse_base_url(bad).is_err(), "{bad}");
        }
    }
}
