//! SIGHUP: reopens the files that the service writes, and reloads its TLS certificate.
//!
//! The signal does not end the service once [`Hangups::receive`] has returned. The audit log opens its file for every line, so that reopening it only reports
//! early that it fails; the log goes to standard error, which has no file of its own.

use crate::config::Settings;
use crate::ports::audit::Audit;
use crate::ports::clock::Clock;
use crate::ports::health_finding::{Finding, State};
use axum_server::tls_rustls::RustlsConfig;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};

/// The SIGHUP signals that this process has received since [`Hangups::receive`].
#[derive(Debug)]
pub struct Hangups(Signal);

impl Hangups {
    /// Replaces the default action of SIGHUP, which ends the process. To be called as early as possible, in the context
    /// of a runtime; a signal that arrives during the start is handled after it.
    pub fn receive() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }
}

/// Handles each SIGHUP until the future is dropped. `tls` is the configuration in use of the public listener.
pub(crate) async fn handle(
    mut hangups: Hangups,
    settings: Settings,
    tls: Option<RustlsConfig>,
    audit: Arc<dyn Audit>,
    clock: Arc<dyn Clock>,
) {
    while hangups.0.recv().await.is_some() {
        for finding in audit.check().await.iter().filter(|finding| finding.state == State::Bad) {
            let Finding { what, detail, .. } = finding;
            error!(file = what, error = detail, "audit log not reopened");
        }
        if let Some(tls) = &tls {
            reload_certificate(&settings, tls, &*clock);
        }
        info!("SIGHUP handled: files reopened");
    }
}

/// Logs a warning if the certificate of the service has expired or is not valid yet. It is used anyway: most browsers let
/// a user continue, and a clock may be wrong.
pub(crate) fn warn_of_certificate(settings: &Settings, clock: &dyn Clock) {
    if let Some(reason) = settings.certificate_warning(clock.now()) {
        warn!(reason, "TLS certificate is not valid now: browsers refuse it");
    }
}

/// Reads the certificate and its key again. On an error the previous certificate stays in use.
fn reload_certificate(settings: &Settings, in_use: &RustlsConfig, clock: &dyn Clock) {
    match settings.tls() {
        Ok(Some(config)) => {
            in_use.reload_from_config(config);
            let certificate = settings.tls_cert_file.as_deref().unwrap_or(Path::new(""));
            info!(certificate = %certificate.display(), "TLS certificate reloaded");
            warn_of_certificate(settings, clock);
        }
        Ok(None) => {}
        Err(error) => error!(
            error = &error as &dyn Error,
            "TLS certificate not reloaded: the previous one stays in use"
        ),
    }
}
