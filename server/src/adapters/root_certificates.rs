//! Authorities of the organisation's own, from a PEM file: read the same way for every connection, with the
//! settings key in the error. Not the connections; LDAP has its own library for it.

use reqwest::Certificate;
use std::path::{Path, PathBuf};

/// The text before each certificate. Libraries take a file without any for one, and then trust nobody.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The file with authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read.
    #[error("{key} {path} cannot be read")]
    Unreadable {
        /// Which setting names it.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not a list of certificates.
    #[error("{key} {path} holds no usable PEM certificate")]
    Useless {
        /// Which setting names it.
        key: &'static str,
        /// Which file.
        path: PathBuf,
    },
}

/// The file's text, which holds a certificate at least by its looks.
pub(super) fn pem(key: &'static str, path: &Path) -> Result<Vec<u8>, TrustError> {
    let unreadable = |source| TrustError::Unreadable { key, path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    if pem.windows(CERTIFICATE.len()).any(|part| part == CERTIFICATE) {
        Ok(pem)
    } else {
        Err(useless(key, path))
    }
}

/// The authorities for an HTTP client.
pub(super) fn authorities(key: &'static str, path: &Path) -> Result<Vec<Certificate>, TrustError> {
    let certificates = Certificate::from_pem_bundle(&pem(key, path)?).unwrap_or_default();
    if certificates.is_empty() { Err(useless(key, path)) } else { Ok(certificates) }
}

/// For a library that finds out by itself.
pub(super) fn useless(key: &'static str, path: &Path) -> TrustError {
    TrustError::Useless { key, path: path.to_owned() }
}
