//! Settings of the Youforce connector, and the HTTP client built from them.

use super::field::Field;
use crate::adapters::root_certificates::{TrustError, authorities};
use crate::config::is_loopback_host;
use reqwest::{Client, Url, redirect, retry};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Connection and field mapping of the API.
pub struct YouforceConfig {
    /// Base URL, to which `persons_path` is appended; page links must stay below it.
    pub base: Address,
    /// URL of the token service.
    pub token_url: Address,
    /// Path and query of the first page.
    pub persons_path: String,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: Zeroizing<String>,
    /// Tenant id; not sent if empty.
    pub tenant_id: String,
    /// Header that carries the tenant id to the API, in addition to the token.
    pub tenant_header: Option<String>,
    /// OAuth scope; not sent if empty.
    pub scope: String,
    /// Maximum number of API calls per minute.
    pub calls_per_minute: u32,
    /// Field mapping of a response.
    pub fields: Fields,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Time limit for one call.
    pub timeout: Duration,
}

/// Field mapping of a page, an entry and a phone number.
#[derive(Debug, Clone)]
pub struct Fields {
    /// The page's list of entries.
    pub people: Field,
    /// The page's link to the next one.
    pub next: Field,
    /// An entry's employee number.
    pub employee_number: Option<Field>,
    /// An entry's user name.
    pub username: Option<Field>,
    /// An entry's birthdate.
    pub birthdate: Option<Field>,
    /// The start date of an entry.
    pub since: Option<Field>,
    /// An entry's list of phone numbers.
    pub phones: Field,
    /// A phone number's type.
    pub phone_type: Field,
    /// A phone number's number.
    pub phone_number: Field,
    /// The phone type of business mobile numbers.
    pub mobile_type: String,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum YouforceConfigError {
    /// `hr.persons_path` does not lead below the base URL.
    #[error("hr.persons_path: expected a path below hr.url that starts with /, e.g. /persons?take=1000")]
    Path,
    /// The tenant header's name or value is invalid.
    #[error("hr.tenant_header: expected the name of a header, and a tenant_id of visible ASCII characters")]
    Tenant,
    /// The file with root certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up.
    #[error("TLS for HR could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An https URL, or an http URL on loopback: it carries secrets and birthdates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(pub(super) Url);

impl Address {
    /// Parses a URL; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "https://HOST/PATH")?;
        let host = url.host_str().ok_or("https://HOST/PATH")?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback_host(host) => {}
            "http" => return Err("https:// for another machine: numbers can be read in transit"),
            _ => return Err("https://HOST/PATH"),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err("an address without user, password and query");
        }
        if url.fragment().is_some() {
            return Err("an address without a fragment");
        }
        Ok(Self(url))
    }
}

impl YouforceConfig {
    /// Builds the HTTP client for all calls.
    pub(super) fn client(&self) -> Result<Client, YouforceConfigError> {
        // `Err` means that a provider is already installed, which is fine.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.timeout)
            .timeout(self.timeout)
            // A redirect would send the secret or the token to another server.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy();
        if let Some(path) = &self.ca_file {
            builder = builder.tls_certs_only(authorities("hr.ca_file", path)?);
        } else if self.base.0.scheme() == "http" && self.token_url.0.scheme() == "http" {
            // Avoids loading the system's root certificates; a minimal container may have none.
            builder = builder.tls_certs_only([]);
        }
        builder.build().map_err(|error| YouforceConfigError::Tls(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_accepted_for_loopback_only() {
        for good in ["https://api.youforce.com/iam/v1.0", "http://127.0.0.1:8084/iam/", "http://[::1]:1"] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.youforce.com/iam/v1.0",
            "http://127.0.0.1.example.org/",
            "ftp://127.0.0.1",
            "api.youforce.com",
            "https://user:secret@api.youforce.com",
            "https://api.youforce.com?x=1",
            "https://api.youforce.com#x",
            "",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
