//! Where Entrust is and whom is trusted there: the settings of a connection, made into a client. Not the calls.

use crate::adapters::root_certificates::{TrustError, authorities};
use reqwest::{Client, Url, redirect, retry};
use std::path::Path;
use std::time::Duration;

/// Shorter than the minute after which balancers usually drop an idle connection: a `complete` on a
/// connection that just died cannot be repeated.
const IDLE: Duration = Duration::from_secs(30);

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EntrustConfigError {
    /// Not an address.
    #[error("entrust.url is {what}; expected https://customer.region.trustedauth.com")]
    Url {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file with authorities cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up, e.g. because the system has no authorities at all.
    #[error("the TLS client for Entrust could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// To whom the calls go, and within which limits.
pub(in crate::adapters) struct Peer<'a> {
    pub(in crate::adapters) url: &'a str,
    /// PEM: the only authorities that are trusted, instead of the system's.
    pub(in crate::adapters) ca_file: Option<&'a Path>,
    /// For the connection.
    pub(in crate::adapters) connect_timeout: Duration,
    /// For a whole call, connection and answer.
    pub(in crate::adapters) timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub(in crate::adapters) answer_limit: usize,
}

impl Peer<'_> {
    /// The client, and the address that was read.
    pub(super) fn client(&self) -> Result<(Client, Url), EntrustConfigError> {
        let url = address(self.url)?;
        // An `Err` means that one is installed already, which does as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            // A code may be counted twice when a call is repeated.
            .retry(retry::never())
            .referer(false)
            // A variable in the environment must not lead the codes elsewhere.
            .no_proxy();
        if let Some(path) = self.ca_file {
            builder = builder.tls_certs_only(authorities("entrust.ca_file", path)?);
        } else if url.scheme() == "http" {
            // Saves reading the system's authorities, of which a small machine may have none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|e| EntrustConfigError::Tls(e.into()))?;
        Ok((client, url))
    }
}

fn address(text: &str) -> Result<Url, EntrustConfigError> {
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
        "http" => Some("http on another machine, where codes could be read on the way"),
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
    fn http_is_for_loopback_only() {
        for good in [
            "https://customer.us.trustedauth.com",
            "https://gateway.example/entrust/",
            "http://127.0.0.1:8082",
            "http://localhost:8082/",
            "http://[::1]:8082",
        ] {
            assert!(address(good).is_ok(), "{good}");
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
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
