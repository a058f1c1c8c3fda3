//! Loads the organisation's own root certificates from a PEM file for HTTP and SMTP clients.
//!
//! The error names the settings key. The LDAP adapter loads its certificates with its own TLS library.

use reqwest::Certificate;
use std::path::{Path, PathBuf};

/// The line before each certificate. Some libraries accept a file without any certificate and then trust no server.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The file with root certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("{key} {path} cannot be read")]
    Unreadable {
        /// The settings key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file contains no certificate that can be used.
    #[error("{key} {path} contains no usable PEM certificate")]
    NoCertificate {
        /// The settings key.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
}

/// Reads the file; fails if it contains no certificate header.
pub(super) fn pem(key: &'static str, path: &Path) -> Result<Vec<u8>, TrustError> {
    let unreadable = |source| TrustError::Unreadable { key, path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    if pem.windows(CERTIFICATE.len()).any(|part| part == CERTIFICATE) {
        Ok(pem)
    } else {
        Err(no_certificate(key, path))
    }
}

/// Parses the root certificates for an HTTP client.
pub(super) fn authorities(key: &'static str, path: &Path) -> Result<Vec<Certificate>, TrustError> {
    let certificates = Certificate::from_pem_bundle(&pem(key, path)?).unwrap_or_default();
    if certificates.is_empty() { Err(no_certificate(key, path)) } else { Ok(certificates) }
}

/// The error for a caller whose library parses the PEM text itself.
pub(super) fn no_certificate(key: &'static str, path: &Path) -> TrustError {
    TrustError::NoCertificate { key, path: path.to_owned() }
}
