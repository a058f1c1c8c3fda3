//! Configuration of the LDAP adapters: servers, service account, search scope and timeouts.

use crate::config::{SettingsError, certificates};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Returns the current time. Used for account end dates, password ages and the clock check.
pub type TimeSource = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Section of the settings about the directory, and part of the rows that `check` reports about it.
pub(super) const SECTION: &str = "directory";

/// Servers, service account, search scope and timeouts.
#[derive(Clone)]
pub struct LdapConfig {
    /// The domain controllers, in order of preference: `ldaps://host[:port]`; `ldap://host[:port]`, which means
    /// `StartTLS`; or `srv:domain`, all controllers that DNS lists for the domain.
    pub urls: Vec<String>,
    /// DNS server for `srv:` lookups; `None` means the system's.
    pub dns_server: Option<SocketAddr>,
    /// How long the result of a `srv:` lookup is used before it is refreshed in the background.
    pub discovery_ttl: Duration,
    /// PEM file with trusted certificates; `None` means the system's store.
    pub ca_file: Option<PathBuf>,
    /// Service account, as DN or UPN.
    pub bind_dn: String,
    /// Password of the service account.
    pub bind_password: Zeroizing<String>,
    /// Base DN of the employee accounts; no account outside it is found or written.
    pub base_dn: String,
    /// DNs of subtrees of the base DN whose accounts may not use the reset.
    pub excluded: Vec<String>,
    /// DNs of the groups whose members, direct or nested, may use the reset; empty means all accounts.
    pub allowed_groups: Vec<String>,
    /// Whether servers that cannot enforce the password history on a reset are excluded.
    pub require_history: bool,
    /// DNs of groups that count as administrative in addition to the well-known ones.
    pub protected_groups: Vec<String>,
    /// DNs of the groups whose members, direct or nested, have [`Account::high_impact`].
    ///
    /// [`Account::high_impact`]: crate::ports::directory::Account::high_impact
    pub high_impact_groups: Vec<String>,
    /// `OpenLDAP`: DN of the password policy for accounts without their own. slapd does not publish its default
    /// policy; `None` means the only policy found.
    pub default_policy: Option<String>,
    /// Attribute with the birthdate, if the directory holds birthdates.
    pub birthdate_attribute: Option<String>,
    /// Attribute with the mobile number, if the directory is a source of mobile numbers.
    pub mobile_attribute: Option<String>,
    /// Attribute to which a registered mobile number is written.
    pub mobile_write_attribute: Option<String>,
    /// Attribute with the employee number.
    pub employee_number_attribute: Option<String>,
    /// Attribute with a private mail address, to which notices are sent as well.
    pub private_mail_attribute: Option<String>,
    /// Accounts per page of a listing; Active Directory returns at most 1000.
    pub page_size: i32,
    /// Timeout for opening a connection, including the TLS handshake.
    pub connect_timeout: Duration,
    /// Timeout for one request.
    pub operation_timeout: Duration,
    /// Timeout for one lookup over all servers together.
    pub total_timeout: Duration,
}

impl LdapConfig {
    /// Creates a configuration with timeouts for servers in the same organisation: a healthy server answers within
    /// milliseconds, and a user waits for the sum of the timeouts.
    pub fn new(
        urls: Vec<String>,
        bind_dn: String,
        bind_password: Zeroizing<String>,
        base_dn: String,
    ) -> Self {
        Self {
            urls,
            dns_server: None,
            discovery_ttl: Duration::from_mins(5),
            ca_file: None,
            bind_dn,
            bind_password,
            base_dn,
            excluded: Vec::new(),
            allowed_groups: Vec::new(),
            require_history: false,
            protected_groups: Vec::new(),
            high_impact_groups: Vec::new(),
            default_policy: None,
            birthdate_attribute: None,
            mobile_attribute: None,
            mobile_write_attribute: None,
            employee_number_attribute: None,
            private_mail_attribute: None,
            page_size: 500,
            connect_timeout: Duration::from_secs(3),
            operation_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(12),
        }
    }
}

impl std::fmt::Debug for LdapConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("urls", &self.urls)
            .field("base_dn", &self.base_dn)
            .finish_non_exhaustive()
    }
}

/// Why a [`LdapConfig`] is invalid.
#[derive(Debug, thiserror::Error)]
pub enum LdapConfigError {
    /// The list of servers is empty.
    #[error("no directory server is given")]
    NoUrl,
    /// A server address is invalid.
    #[error("{url}: {what}")]
    Url {
        /// The address as configured.
        url: String,
        /// Why the address is invalid.
        what: &'static str,
    },
    /// The bind password is empty; a directory may accept a bind without password as anonymous.
    #[error("the bind password is empty")]
    NoPassword,
    /// No trusted certificate could be loaded.
    #[error("no trusted certificate could be read from {from}: {what}")]
    Trust {
        /// The PEM file, or the system's store.
        from: String,
        /// Cause.
        what: String,
    },
    /// The file of `directory.ca_file` cannot be used. The message names the key, the file and the cause.
    #[error(transparent)]
    CaFile(#[from] SettingsError),
    /// The TLS configuration is invalid.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

pub(super) fn tls_client_config(ca_file: Option<&PathBuf>) -> Result<rustls::ClientConfig, LdapConfigError> {
    let (certificates, from) = match ca_file {
        Some(file) => (certificates("directory.ca_file", file)?, file.display().to_string()),
        None => (rustls_native_certs::load_native_certs().certs, "the system's store".to_owned()),
    };
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(LdapConfigError::Trust { from, what: "it holds none".to_owned() });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_password() {
        let config = LdapConfig::new(
            vec!["ldaps://a".into()],
            "svc".into(),
            "geheim".to_owned().into(),
            "DC=a".into(),
        );
        assert!(!format!("{config:?}").contains("geheim"));
    }
}
