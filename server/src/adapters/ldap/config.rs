//! Where the directory is, as whom to ask it, and whom to trust. Not the settings file: this is what the
//! adapter needs of it.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Where the directory is and as whom to ask it.
#[derive(Clone)]
pub struct LdapConfig {
    /// The domain controllers, in order of preference: `ldaps://host[:port]`; or `ldap://host[:port]`,
    /// which means `StartTLS`; or `srv:domain`, all controllers that DNS names for the domain.
    pub urls: Vec<String>,
    /// Which DNS server is asked for them; `None`: the system's.
    pub dns_server: Option<SocketAddr>,
    /// What DNS said is good for so long; then it is asked again, and nobody waits for that.
    pub listed_for: Duration,
    /// PEM certificates to trust; without it the system's.
    pub ca_file: Option<PathBuf>,
    /// The service account, as DN or UPN.
    pub bind_dn: String,
    /// Its password.
    pub bind_password: Zeroizing<String>,
    /// Under which the employees are; nothing outside of it is found or written.
    pub base_dn: String,
    /// Parts of it whose accounts may not use the reset (DNs).
    pub excluded: Vec<String>,
    /// Only members of these groups may, nested ones too (DNs); empty: everybody.
    pub allowed_groups: Vec<String>,
    /// Servers that cannot hold a reset to the password history are not used.
    pub require_history: bool,
    /// DNs of groups that count as administrative besides the well-known ones.
    pub protected_groups: Vec<String>,
    /// `OpenLDAP`: the DN of the policy that holds for whoever has none of their own. The directory does not tell
    /// it; `None`: the only one there is.
    pub default_policy: Option<String>,
    /// The attribute that holds birthdates, where the directory does.
    pub birthdate_attribute: Option<String>,
    /// The attribute that holds mobile numbers, where the directory is a source of them.
    pub mobile_attribute: Option<String>,
    /// The attribute that a registered mobile number is written to.
    pub mobile_write_attribute: Option<String>,
    /// The attribute that holds employee numbers.
    pub employee_number_attribute: Option<String>,
    /// Accounts per page of a listing: Active Directory gives at most 1000 at a time.
    pub page_size: i32,
    /// Until a connection with TLS stands.
    pub connect_timeout: Duration,
    /// Until one request is answered.
    pub operation_timeout: Duration,
    /// Until a look-up gives up, all servers together.
    pub total_timeout: Duration,
}

impl LdapConfig {
    /// With the time limits that fit servers in the same organisation: a healthy one answers in
    /// milliseconds, and an employee waits for the sum.
    pub fn new(
        urls: Vec<String>,
        bind_dn: String,
        bind_password: Zeroizing<String>,
        base_dn: String,
    ) -> Self {
        Self {
            urls,
            dns_server: None,
            listed_for: Duration::from_mins(5),
            ca_file: None,
            bind_dn,
            bind_password,
            base_dn,
            excluded: Vec::new(),
            allowed_groups: Vec::new(),
            require_history: false,
            protected_groups: Vec::new(),
            default_policy: None,
            birthdate_attribute: None,
            mobile_attribute: None,
            mobile_write_attribute: None,
            employee_number_attribute: None,
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

/// What is wrong with a [`LdapConfig`].
#[derive(Debug, thiserror::Error)]
pub enum LdapConfigError {
    /// No server at all.
    #[error("no directory server is given")]
    NoUrl,
    /// An address that cannot be used.
    #[error("{url}: {what}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No bind password; a directory may take a bind without one for an anonymous one.
    #[error("the bind password is empty")]
    NoPassword,
    /// The trusted certificates cannot be read.
    #[error("no trusted certificate could be read from {from}: {what}")]
    Trust {
        /// The file, or the system's store.
        from: String,
        /// What happened.
        what: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

pub(super) fn client_config(ca_file: Option<&PathBuf>) -> Result<rustls::ClientConfig, LdapConfigError> {
    let (certificates, from) = match ca_file {
        Some(file) => {
            let from = file.display().to_string();
            let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            (read.map_err(|e| LdapConfigError::Trust { from: from.clone(), what: e.to_string() })?, from)
        }
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
