//! Continuous sending of the entries to a syslog server: messages of RFC 5424 over TLS (RFC 5425).
//!
//! The queue is the audit log itself. The sender reads it from the last confirmed entry, whose number is in a file beside
//! the log, so nothing is lost while the server is down or the service is stopped. Syslog has no acknowledgements: an
//! entry counts as confirmed when the connection has lasted some seconds after it was sent. After an interruption the
//! entries since then are sent again, and the receiver recognizes them by `seq`.

mod queue;

use super::export::host_name;
use super::files::beside;
use crate::config::{SettingsError, SyslogServer, certificates};
use queue::{Batch, Queue};
use rustls::pki_types::ServerName;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tracing::{info, warn};

/// The settings key of the file with trusted certificates.
const CA_KEY: &str = "audit.syslog_ca_file";
/// Limit for the connection and the handshake, and for sending one batch.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where entries are sent.
#[derive(Debug, Clone)]
pub struct SyslogConfig {
    /// The audit log.
    pub path: PathBuf,
    /// The server.
    pub server: SyslogServer,
    /// The certificates to trust; `None`: those of the system.
    pub ca_file: Option<PathBuf>,
    /// The intervals.
    pub pace: Pace,
}

/// Intervals of the sender.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two looks for new entries.
    pub poll: Duration,
    /// How long the connection must last for an entry to count as confirmed.
    pub confirm: Duration,
    /// Between two attempts to connect.
    pub retry: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let (poll, confirm, retry) =
            (Duration::from_secs(1), Duration::from_secs(10), Duration::from_secs(15));
        Self { poll, confirm, retry }
    }
}

/// Sends entries to a syslog server.
pub struct SyslogSender {
    config: SyslogConfig,
    name: ServerName<'static>,
    connector: TlsConnector,
    host: String,
}

impl SyslogSender {
    /// Reads the certificates; opens no connection.
    pub fn new(config: SyslogConfig) -> std::result::Result<Self, SettingsError> {
        let expected = || SettingsError::expected("audit.syslog", "tls://HOST[:PORT]");
        let name = ServerName::try_from(config.server.host.clone()).map_err(|_| expected())?;
        let trusted = match &config.ca_file {
            Some(file) => certificates(CA_KEY, file)?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let mut roots = rustls::RootCertStore::empty();
        if roots.add_parsable_certificates(trusted).0 == 0 {
            return Err(SettingsError::expected(
                CA_KEY,
                "at least one root certificate, there or in the system",
            ));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| SettingsError::Invalid(format!("audit.syslog: {error}")))?;
        let tls = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { config, name, connector: TlsConnector::from(Arc::new(tls)), host: host_name() })
    }

    /// Sends until the future is dropped.
    pub async fn run(&self) {
        let mut is_down = false;
        loop {
            let Err(error) = self.send(&mut is_down).await;
            metrics::counter!("audit_syslog_interruptions_total").increment(1);
            if !is_down {
                // Once per outage, not at each attempt.
                warn!(
                    server = self.config.server.host,
                    error = &error as &dyn std::error::Error,
                    "syslog server unavailable: audit entries wait"
                );
            }
            is_down = true;
            sleep(self.config.pace.retry).await;
        }
    }

    async fn send(&self, is_down: &mut bool) -> Result<std::convert::Infallible> {
        let mut stream = timeout(TIMEOUT, self.connect()).await.map_err(|_| timed_out())??;
        let mut queue = Queue::open(&self.config.path, beside(&self.config.path, ".sent"), &self.host)?;
        if std::mem::take(is_down) {
            info!(server = self.config.server.host, "syslog server available again");
        }
        let mut unconfirmed: VecDeque<(Instant, u64)> = VecDeque::new();
        loop {
            let (returned, batch) = next_batch(queue).await?;
            queue = returned;
            let is_idle = batch.text.is_empty();
            if !is_idle {
                let sent = async {
                    stream.write_all(&batch.text).await?;
                    stream.flush().await
                };
                timeout(TIMEOUT, sent).await.map_err(|_| timed_out())??;
                unconfirmed.push_back((Instant::now(), batch.last));
            }
            if let Some(confirmed) = take_confirmed(&mut unconfirmed, self.config.pace.confirm) {
                queue.confirm(confirmed)?;
            }
            if is_idle {
                wait(&mut stream, self.config.pace.poll).await?;
            }
        }
    }

    async fn connect(&self) -> Result<TlsStream<TcpStream>> {
        let SyslogServer { host, port } = &self.config.server;
        let tcp = TcpStream::connect((host.as_str(), *port)).await?;
        self.connector.connect(self.name.clone(), tcp).await
    }
}

/// Reads files outside the threads of the runtime.
async fn next_batch(mut queue: Queue) -> Result<(Queue, Batch)> {
    let read = tokio::task::spawn_blocking(move || {
        let batch = queue.next_batch();
        (queue, batch)
    });
    let (queue, batch) = read.await.map_err(Error::other)?;
    Ok((queue, batch?))
}

/// Waits, and fails if the server closes the connection meanwhile. A syslog server sends nothing else.
async fn wait(stream: &mut TlsStream<TcpStream>, duration: Duration) -> Result<()> {
    let mut ignored = [0; 256];
    match timeout(duration, stream.read(&mut ignored)).await {
        Ok(Ok(0)) => Err(Error::new(ErrorKind::UnexpectedEof, "the server closed the connection")),
        Err(_) | Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error),
    }
}

fn take_confirmed(unconfirmed: &mut VecDeque<(Instant, u64)>, after: Duration) -> Option<u64> {
    let mut confirmed = None;
    while unconfirmed.front().is_some_and(|(sent, _)| sent.elapsed() >= after) {
        confirmed = unconfirmed.pop_front().map(|(_, seq)| seq);
    }
    confirmed
}

fn timed_out() -> Error {
    Error::new(ErrorKind::TimedOut, "no answer within 10 seconds")
}
