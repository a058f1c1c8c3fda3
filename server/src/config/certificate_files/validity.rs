//! Whether the certificate of the service is valid at a time.

use super::chain;
use crate::config::Settings;
use crate::tls_certificate::CertificateExpiry;
use jiff::Timestamp;
use x509_parser::parse_x509_certificate;

impl Settings {
    /// Returns why clients refuse the certificate of the service at `now`: the first certificate in `tls_cert_file` that
    /// has expired or is not valid yet. A file that cannot be used is an error elsewhere.
    pub fn certificate_warning(&self, now: Timestamp) -> Option<String> {
        let file = self.tls_cert_file.as_deref()?;
        let chain = chain("tls_cert_file", file).ok()?;
        chain.iter().enumerate().find_map(|(index, der)| {
            let (_, certificate) = parse_x509_certificate(der).ok()?;
            let reason = outside(certificate.validity(), now)?;
            Some(format!("{}: certificate {} of {} {reason}", file.display(), index + 1, chain.len()))
        })
    }

    /// Returns when the certificate of the service expires: the earliest end of validity in `tls_cert_file`.
    pub fn certificate_expiry(&self) -> Option<CertificateExpiry> {
        let chain = chain("tls_cert_file", self.tls_cert_file.as_deref()?).ok()?;
        let ends = chain.iter().filter_map(|der| {
            let (_, certificate) = parse_x509_certificate(der).ok()?;
            Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
        });
        ends.min().map(|at| CertificateExpiry { at })
    }
}

/// Returns on which side of the validity a time is.
fn outside(validity: &x509_parser::certificate::Validity, now: Timestamp) -> Option<String> {
    let shown = |seconds| Timestamp::from_second(seconds).map_or_else(|_| String::new(), |at| at.to_string());
    let (first, last) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    if now.as_second() > last {
        Some(format!("has expired at {}", shown(last)))
    } else if now.as_second() < first {
        Some(format!("is not valid before {}", shown(first)))
    } else {
        None
    }
}
