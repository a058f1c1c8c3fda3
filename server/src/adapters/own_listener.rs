//! Asks the service that runs on this machine for its health, over HTTP at `listen`.

use reqwest::{Client, StatusCode, redirect, retry};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// Shorter than the time limit of the caller, for example 30 seconds of a container engine.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The service is not healthy, or it does not answer.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// No answer.
    #[error("no answer of {url}")]
    NoAnswer {
        /// The address of the question.
        url: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// The answer is another one than 200.
    #[error("{url} answered {status}: {word}")]
    Unhealthy {
        /// The address of the question.
        url: String,
        /// The status.
        status: StatusCode,
        /// The body.
        word: String,
    },
}

/// Gets a path of the service at `listen` and returns the word that it answers.
///
/// The certificate is not verified: its name is that of `public_url`, not that of this machine's address. The question
/// contains nothing and the answer is a public word, and a certificate that has expired must not make a service that works
/// look dead.
pub async fn ask(listen: SocketAddr, has_tls: bool, path: &str) -> Result<String, HealthError> {
    let scheme = if has_tls { "https" } else { "http" };
    let url = format!("{scheme}://{}{path}", reachable(listen));
    let no_answer = |source| HealthError::NoAnswer { url: url.clone(), source };
    // `Err` means that a provider is already installed, which is fine.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .map_err(no_answer)?;
    let response = client.get(&url).send().await.map_err(no_answer)?;
    let status = response.status();
    let word = response.text().await.map_err(no_answer)?.trim_end().to_owned();
    if status == StatusCode::OK { Ok(word) } else { Err(HealthError::Unhealthy { url, status, word }) }
}

/// The address at which a listener of this machine can be reached: for all addresses, the loopback address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listener_of_all_addresses_is_reached_at_loopback() {
        for (listen, address) in [
            ("0.0.0.0:8443", "127.0.0.1:8443"),
            ("[::]:8443", "[::1]:8443"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("10.0.0.7:443", "10.0.0.7:443"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), address);
        }
    }
}
