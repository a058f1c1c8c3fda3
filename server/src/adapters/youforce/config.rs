//! Where the Youforce IAM API is, who we are there, and how its fields are called: the settings of the connector,
//! made into a client. Not the calls.

use super::field::Field;
use crate::adapters::root_certificates::{TrustError, authorities};
use crate::config::is_loopback_host;
use reqwest::{Client, Url, redirect, retry};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// How the API is reached, and read.
pub struct YouforceConfig {
    /// To which `persons_path` is added; links must stay below it.
    pub base: Address,
    /// Where the access tokens are.
    pub token_url: Address,
    /// The first page, with its query.
    pub persons_path: String,
    /// Who we are.
    pub client_id: String,
    /// Our secret.
    pub client_secret: Zeroizing<String>,
    /// Whose data it is; empty: not told.
    pub tenant_id: String,
    /// The header that tells it to the API, besides the token.
    pub tenant_header: Option<String>,
    /// What the token is for; empty: not told.
    pub scope: String,
    /// Calls to the API in any minute.
    pub calls_per_minute: u32,
    /// What is where in an answer.
    pub fields: Fields,
    /// PEM of the authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// For one call.
    pub timeout: Duration,
}

/// What is where: in a page, in an entry, in a phone number.
#[derive(Debug, Clone)]
pub struct Fields {
    /// The page's list of entries.
    pub people: Field,
    /// The page's link to the next one.
    pub next: Field,
    /// An entry's employee number.
    pub employee_number: Option<Field>,
    /// Its user name.
    pub username: Option<Field>,
    /// Its birthdate.
    pub birthdate: Option<Field>,
    /// Since when it counts.
    pub since: Option<Field>,
    /// Its list of phone numbers.
    pub phones: Field,
    /// A phone number's type.
    pub phone_type: Field,
    /// Its number.
    pub phone_number: Field,
    /// The type of business mobiles.
    pub mobile_type: String,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum YouforceConfigError {
    /// The path does not lead below the base.
    #[error("hr.persons_path: expected a path below hr.url that begins with /, e.g. /persons?take=1000")]
    Path,
    /// Not the name of a header, or not a value that one can hold.
    #[error("hr.tenant_header: expected the name of a header, and a tenant_id of visible ASCII characters")]
    Tenant,
    /// The file with authorities cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up.
    #[error("TLS for HR could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An https address, or an http one on loopback: secrets and birthdates go over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(pub(super) Url);

impl Address {
    /// The error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "https://HOST/PATH")?;
        let host = url.host_str().ok_or("https://HOST/PATH")?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback_host(host) => {}
            "http" => return Err("https:// for another machine: numbers could be read on the way"),
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
    /// The client of all calls.
    pub(super) fn client(&self) -> Result<Client, YouforceConfigError> {
        // An `Err` means that one is installed already, which does as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.timeout)
            .timeout(self.timeout)
            // A redirect would take secret or token elsewhere.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy();
        if let Some(path) = &self.ca_file {
            builder = builder.tls_certs_only(authorities("hr.ca_file", path)?);
        } else if self.base.0.scheme() == "http" && self.token_url.0.scheme() == "http" {
            // Saves reading the system's authorities, of which a small machine may have none.
            builder = builder.tls_certs_only([]);
        }
        builder.build().map_err(|error| YouforceConfigError::Tls(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_loopback_only() {
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
