//! The TLS certificate of the service: reloads it when its files change, and reports when it expires.

use crate::config::Settings;
use crate::ports::clock::Clock;
use axum_server::tls_rustls::RustlsConfig;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{error, info, warn};
use zeroize::Zeroizing;

/// Interval of the warning before the certificate expires.
const WARNING_INTERVAL: SignedDuration = SignedDuration::from_hours(24);

/// A digest of both files.
type Fingerprint = [u8; 32];

/// The certificate in use.
pub(crate) struct TlsCertificate {
    settings: Settings,
    config: RustlsConfig,
    clock: Arc<dyn Clock>,
    /// The files at the last attempt to load them.
    attempted: Mutex<Fingerprint>,
}

impl TlsCertificate {
    /// Wraps the loaded configuration.
    pub(crate) fn new(settings: &Settings, config: RustlsConfig, clock: Arc<dyn Clock>) -> Arc<Self> {
        let attempted = Mutex::new(fingerprint(settings));
        Arc::new(Self { settings: settings.clone(), config, clock, attempted })
    }

    /// Logs a warning if the certificate has expired, is not valid yet or expires soon. It is used anyway: most browsers
    /// let a user continue, and a clock may be wrong.
    pub(crate) fn warn(&self) {
        let now = self.clock.now();
        if let Some(reason) = self.settings.certificate_warning(now) {
            warn!(reason, "TLS certificate is not valid now: browsers refuse it");
        } else if let Some(expiry) = self.settings.certificate_expiry()
            && expiry.is_near(now)
        {
            warn!(expires = %expiry.at, days = expiry.days_left(now), "TLS certificate expires soon: renew it");
        }
    }

    /// Reads the certificate and its key again. On an error the previous certificate stays in use.
    pub(crate) fn reload(&self) {
        *self.attempted.lock().unwrap_or_else(PoisonError::into_inner) = fingerprint(&self.settings);
        match self.settings.tls() {
            Ok(Some(config)) => {
                self.config.reload_from_config(config);
                let certificate = self.settings.tls_cert_file.as_deref().unwrap_or(Path::new(""));
                info!(certificate = %certificate.display(), "TLS certificate reloaded");
                self.warn();
                self.record_expiry();
            }
            Ok(None) => {}
            Err(error) => error!(
                error = &error as &dyn Error,
                "TLS certificate not reloaded: the previous one stays in use"
            ),
        }
    }

    /// Reloads the certificate when its files have changed, and warns once a day before it expires, until the future is
    /// dropped.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(self.settings.connections.certificate_interval);
        let mut seen = self.attempted();
        let mut warned = self.clock.now();
        self.record_expiry();
        loop {
            ticks.tick().await;
            let found = fingerprint(&self.settings);
            // Two equal observations: a renewal writes one file after the other.
            if found == seen && found != self.attempted() {
                self.reload();
                warned = self.clock.now();
            }
            seen = found;
            if self.clock.now().duration_since(warned) >= WARNING_INTERVAL {
                warned = self.clock.now();
                self.warn();
            }
        }
    }

    fn attempted(&self) -> Fingerprint {
        *self.attempted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record_expiry(&self) {
        if let Some(expiry) = self.settings.certificate_expiry() {
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
            metrics::gauge!("certificate_expiry_timestamp_seconds").set(expiry.at.as_second() as f64);
        }
    }
}

/// When the certificate of the service expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateExpiry {
    /// The earliest end of validity in the chain.
    pub at: Timestamp,
}

impl CertificateExpiry {
    /// From that many days before, the operator is warned. Most authorities renew 30 days before.
    const WARNING_DAYS: i64 = 21;

    /// Returns the whole days until then.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.at.duration_since(now).as_hours().div_euclid(24)
    }

    /// Whether the certificate expires within three weeks.
    pub fn is_near(&self, now: Timestamp) -> bool {
        self.days_left(now) < Self::WARNING_DAYS
    }
}

fn fingerprint(settings: &Settings) -> Fingerprint {
    let mut digest = Sha256::new();
    for file in [&settings.tls_cert_file, &settings.tls_key_file].into_iter().flatten() {
        // A missing file counts as a change too: its absence is reported once.
        let content = std::fs::read(file).map(Zeroizing::new).unwrap_or_default();
        digest.update(content.len().to_be_bytes());
        digest.update(&*content);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_within_three_weeks_is_near() {
        let expiry = CertificateExpiry { at: "2026-06-30T12:00:00Z".parse().unwrap() };
        for (now, days, is_near) in [
            ("2026-06-09T12:00:00Z", 21, false),
            ("2026-06-09T12:00:01Z", 20, true),
            ("2026-06-30T11:00:00Z", 0, true),
            ("2026-07-01T13:00:00Z", -2, true),
        ] {
            let now = now.parse().unwrap();
            assert_eq!((expiry.days_left(now), expiry.is_near(now)), (days, is_near), "{now}");
        }
    }
}
