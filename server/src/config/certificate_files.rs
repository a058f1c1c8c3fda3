//! Files with certificates and private keys: PEM as any system writes it, or DER.

mod content;
#[cfg(any(test, feature = "test-support"))]
pub mod parsers;
mod validity;

use super::secret_files::read;
use super::{Settings, SettingsError};
pub(super) use content::is_utf16;
use content::{der_body, describe, is_pem, labels, pem_text};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

/// The application protocol of the service. [`crate::connections`] explains why HTTP/2 is not offered.
const PROTOCOL: &[u8] = b"http/1.1";

/// Returns the certificates in a file: one or more in PEM, or one in DER. The error names the key, the file and what
/// it contains instead.
pub fn certificates(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let content = Zeroizing::new(read(key, file)?);
    let expected = |found: &str| expected(key, file, "PEM certificates (BEGIN CERTIFICATE)", found);
    let certificates = if is_pem(&content) {
        let text = Zeroizing::new(pem_text(&content));
        let blocks = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
        blocks.map_err(|_| expected("a damaged PEM block"))?
    } else if der_body(&content).is_some() {
        vec![CertificateDer::from(content.to_vec())]
    } else {
        Vec::new()
    };
    // Some libraries accept a file without any usable certificate and then trust no server.
    let is_usable = |certificate: &CertificateDer<'_>| {
        RootCertStore::empty().add(certificate.clone().into_owned()).is_ok()
    };
    if certificates.iter().any(is_usable) {
        return Ok(certificates);
    }
    let is_damaged = labels(&content).any(|label| label == "CERTIFICATE");
    Err(expected(if is_damaged { "a damaged certificate" } else { describe(&content) }))
}

/// Returns the certificate of the service and its intermediate certificates. A client receives all of them, so each one
/// must be intact, unlike in a file with trusted authorities.
fn chain(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let chain = certificates(key, file)?;
    let is_intact =
        |der: &CertificateDer<'_>| parse_x509_certificate(der).is_ok_and(|(rest, _)| rest.is_empty());
    let Some(damaged) = chain.iter().position(|der| !is_intact(der)) else { return Ok(chain) };
    let found = format!("a damaged certificate, number {} of {}", damaged + 1, chain.len());
    Err(expected(key, file, "PEM certificates (BEGIN CERTIFICATE)", &found))
}

/// Returns the private key in a PEM or DER file. The error names the key, the file and what it contains instead.
fn private_key(key: &'static str, file: &Path) -> Result<PrivateKeyDer<'static>, SettingsError> {
    let content = Zeroizing::new(read(key, file)?);
    let expected = |found: &str| expected(key, file, "a PEM private key (BEGIN PRIVATE KEY)", found);
    let found = describe(&content);
    if !is_pem(&content) {
        let private_key =
            (found == content::PRIVATE_KEY).then(|| PrivateKeyDer::try_from(content.to_vec()).ok());
        return private_key.flatten().ok_or_else(|| expected(found));
    }
    let text = Zeroizing::new(pem_text(&content));
    match found {
        content::ENCRYPTED_KEY => Err(expected(content::ENCRYPTED_KEY)),
        found => match PrivateKeyDer::pem_slice_iter(&text).next() {
            Some(Ok(private_key)) => Ok(private_key),
            Some(Err(_)) => Err(expected("a damaged PEM block")),
            None => Err(expected(found)),
        },
    }
}

fn expected(key: &str, file: &Path, expected: &str, found: &str) -> SettingsError {
    SettingsError::Invalid(format!("{key}: {}: expected {expected}, found {found}", file.display()))
}

impl Settings {
    /// Returns the TLS configuration of the service, if it has a certificate of its own.
    pub fn tls(&self) -> Result<Option<Arc<rustls::ServerConfig>>, SettingsError> {
        let (Some(certificate_file), Some(key_file)) = (&self.tls_cert_file, &self.tls_key_file) else {
            return Ok(None);
        };
        let chain = chain("tls_cert_file", certificate_file)?;
        let private_key = private_key("tls_key_file", key_file)?;
        let invalid = |error: rustls::Error| {
            if matches!(error, rustls::Error::InconsistentKeys(_)) {
                let first = "the private key of the first certificate in tls_cert_file";
                return expected("tls_key_file", key_file, first, "another key");
            }
            let (chain, key) = (certificate_file.display(), key_file.display());
            SettingsError::Invalid(format!("tls_cert_file: {chain}, tls_key_file: {key}: {error}"))
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private_key))
            .map_err(invalid)?;
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Some(Arc::new(config)))
    }
}

#[cfg(test)]
mod tests;
