//! What the HTTP clients of all adapters have in common.

use super::root_certificates::{TrustError, authorities};
use reqwest::{Client, ClientBuilder, redirect, retry};
use std::path::Path;
use std::time::Duration;

/// Which certificates of a server a client accepts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust<'a> {
    /// The settings key of the file.
    pub(super) key: &'static str,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub(super) ca_file: Option<&'a Path>,
    /// Whether the client calls addresses without TLS only, which the settings admit on loopback.
    pub(super) is_plain: bool,
}

/// Returns a builder of a client that calls the configured server and no other one, once, within `timeout` for connection and
/// answer.
pub(super) fn builder(trust: Trust<'_>, timeout: Duration) -> Result<ClientBuilder, TrustError> {
    // `Err` means that a provider is already installed, which is fine.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder()
        .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeout)
        .timeout(timeout)
        // A redirect would send secrets and personal data to another server.
        .redirect(redirect::Policy::none())
        // A repeated call may count a code or send a message twice.
        .retry(retry::never())
        .referer(false)
        // An environment variable must not lead the calls to a proxy.
        .no_proxy();
    Ok(match trust {
        Trust { ca_file: Some(path), key, .. } => builder.tls_certs_only(authorities(key, path)?),
        // Avoids loading the system's root certificates; a minimal container may have none.
        Trust { is_plain: true, .. } => builder.tls_certs_only([]),
        Trust { .. } => builder,
    })
}
