//! Loads the organisation's own root certificates from the file of a `ca_file` key, for HTTP and SMTP clients.

use crate::config::{SettingsError, certificates};
use reqwest::Certificate;
use std::path::Path;

/// The file with root certificates cannot be used. The message names the key, the file and the cause.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TrustError(#[from] SettingsError);

/// Reads the certificates, in DER.
pub(super) fn authorities_der(key: &'static str, path: &Path) -> Result<Vec<Vec<u8>>, TrustError> {
    Ok(certificates(key, path)?.iter().map(|certificate| certificate.to_vec()).collect())
}

/// Reads the root certificates for an HTTP client.
pub(super) fn authorities(key: &'static str, path: &Path) -> Result<Vec<Certificate>, TrustError> {
    let certificates = authorities_der(key, path)?;
    // The parser of the file accepted them.
    Ok(certificates.iter().filter_map(|certificate| Certificate::from_der(certificate).ok()).collect())
}
