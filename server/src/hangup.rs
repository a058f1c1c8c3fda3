//! SIGHUP: reopens the files that the service writes, and reloads its TLS certificate.
//!
//! The signal does not end the service once [`Hangups::receive`] has returned. The audit log opens its file for every line, so that reopening it only reports
//! early that it fails; the log goes to standard error, which has no file of its own.

use crate::ports::audit::Audit;
use crate::ports::health_finding::{Finding, State};
use crate::tls_certificate::TlsCertificate;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info};

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

/// Handles each SIGHUP until the future is dropped.
pub(crate) async fn handle(
    mut hangups: Hangups,
    certificate: Option<Arc<TlsCertificate>>,
    audit: Arc<dyn Audit>,
) {
    while hangups.0.recv().await.is_some() {
        for finding in audit.check().await.iter().filter(|finding| finding.state == State::Bad) {
            let Finding { what, detail, .. } = finding;
            error!(file = what, error = detail, "audit log not reopened");
        }
        if let Some(certificate) = &certificate {
            certificate.reload();
        }
        info!("SIGHUP handled: files reopened");
    }
}
