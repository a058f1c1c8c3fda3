//! Settings of the Youforce connector, and the HTTP client built from them.

use crate::adapters::http_client::{self, Trust};
use crate::adapters::root_certificates::TrustError;
use crate::config::{HttpsUrl, JsonPath};
use reqwest::Client;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Connection and field mapping of the API.
pub struct YouforceConfig {
    /// Base URL, to which `persons_path` is appended; page links must stay below it.
    pub base: HttpsUrl,
    /// URL of the token service.
    pub token_url: HttpsUrl,
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
    pub people: JsonPath,
    /// The page's link to the next one.
    pub next: JsonPath,
    /// An entry's employee number.
    pub employee_number: Option<JsonPath>,
    /// An entry's user name.
    pub username: Option<JsonPath>,
    /// An entry's birthdate.
    pub birthdate: Option<JsonPath>,
    /// The start date of an entry.
    pub since: Option<JsonPath>,
    /// An entry's list of phone numbers.
    pub phones: JsonPath,
    /// A phone number's type.
    pub phone_type: JsonPath,
    /// A phone number's number.
    pub phone_number: JsonPath,
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

impl YouforceConfig {
    /// Builds the HTTP client for all calls.
    pub(super) fn client(&self) -> Result<Client, YouforceConfigError> {
        let trust = Trust {
            key: "hr.ca_file",
            ca_file: self.ca_file.as_deref(),
            is_plain: self.base.is_plain() && self.token_url.is_plain(),
        };
        let builder = http_client::builder(trust, self.timeout)?;
        builder.build().map_err(|error| YouforceConfigError::Tls(error.into()))
    }
}
