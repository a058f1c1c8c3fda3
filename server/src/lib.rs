//! The password reset service.
//!
//! | module | content |
//! |---|---|
//! | [`reset`] | the reset and its state machine |
//! | [`enrollment`] | what an employee registers before a reset can succeed |
//! | [`ports`] | what both need from outside, as traits |
//! | [`adapters`] | the implementations: LDAP, Entrust, the store … |
//! | [`wiring`] | connects services and adapters, as configured |
//! | [`http`] | router, middleware, API and pages |
//! | [`jobs`] | scheduled work while the service runs |
//! | [`config`] | one TOML file, and the environment |
//! | [`crypto`] | key derivation and sealing |
//! | [`import`] | the CSV import of registrations |
//! | [`hr_sync`] | the same from the HR source, on a schedule |
//! | [`notifications`] | mails and text messages to account owners |
//! | [`qr`] | text as a QR code |
//! | [`coverage`] | how many accounts are ready, per organisational unit |
//! | [`person`] | export and deletion of one person's data |
//! | [`test_reset`] | a real reset of a test account, for `check` |
//! | [`retention`] | deletes the records of accounts that are gone |
//! | [`test_support`] | fakes of the ports, for tests |
//!
//! `reset` never names an adapter, an adapter never names `reset`; only [`wiring`] knows both.

pub mod adapters;
pub mod config;
pub mod coverage;
pub mod crypto;
pub mod enrollment;
pub mod hr_sync;
pub mod http;
pub mod import;
pub mod jobs;
pub mod mobile;
pub mod notifications;
pub mod person;
pub mod ports;
pub mod qr;
pub mod random;
pub mod reset;
pub mod retention;
pub mod telemetry;
pub mod test_reset;
pub mod test_support;
pub mod wiring;

pub use wiring::{onboarding, parts, registration_terms, router, store, terms};

use crate::config::{Settings, SettingsError};
use crate::wiring::Components;
use anyhow::Context as _;
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

/// A client that takes longer to send its headers is holding a connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `shutdown`; open requests then get `shutdown_grace` to finish.
pub async fn run(settings: Settings, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    for (key, why) in settings.warnings() {
        warn!(key, "{key} {why}");
    }
    let Components { parts, notices, outbox, hr } = wiring::assemble(&settings).await?;
    let services = wiring::services(&parts, &settings)?;
    let app = wiring::route(services.clone(), parts.clone(), &settings);
    let listener = listen(settings.listen, "listen")?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    let keep = wiring::signed(settings.records.keep_after_leaving);
    let working = tokio::spawn(jobs::watched("jobs", jobs::REST, {
        let (parts, hr) = (parts.clone(), hr.clone());
        move || {
            jobs::run(parts.clone(), Arc::clone(&services.registrar), Arc::clone(&outbox), hr.clone(), keep)
        }
    }));
    let (stop, stopped) = tokio::sync::watch::channel(());
    let telling = tokio::spawn(jobs::watched("notices", jobs::REST, move || {
        let (notices, mut stopped) = (Arc::clone(&notices), stopped.clone());
        // Nothing is ever sent: it is dropped, and that means that it is time.
        async move { notices.run(async move { drop(stopped.changed().await) }).await }
    }));
    let admin = match settings.admin_listen {
        Some(address) => {
            let metrics = PrometheusBuilder::new().install_recorder().context("metrics")?;
            let health = Arc::new(http::health::Health::new(parts).with_hr(hr));
            let server = axum_server::from_tcp(listen(address, "admin_listen")?)?;
            Some(tokio::spawn(server.serve(http::health::admin(health, metrics).into_make_service())))
        }
        None => None,
    };
    let tls = match (&settings.tls_cert_file, &settings.tls_key_file) {
        (Some(cert), Some(key)) => {
            let read = RustlsConfig::from_pem_file(cert, key).await;
            Some(read.map_err(|error| {
                let (cert, key) = (cert.display(), key.display());
                SettingsError::Wrong(format!("tls_cert_file: {cert}, tls_key_file: {key}: {error}"))
            })?)
        }
        (Some(_) | None, Some(_) | None) => None,
    };
    let serving = tokio::spawn(serve(listener, tls, handle.clone(), app));
    info!(%address, url = settings.public_url, "ready at {}", settings.public_url);
    shutdown.await;
    info!(grace = ?settings.shutdown_grace, "shutting down, open requests may finish");
    handle.graceful_shutdown(Some(settings.shutdown_grace));
    let served = serving.await;
    working.abort();
    // Last, so that what the open requests had to tell is at least kept; what is not sent now is sent at the next
    // start.
    drop(stop);
    if tokio::time::timeout(settings.shutdown_grace, telling).await.is_err() {
        warn!("a message was still being sent at the shutdown; it may go twice");
    }
    if let Some(admin) = admin {
        admin.abort();
    }
    served?.context("serve")
}

async fn serve(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    app: Router,
) -> std::io::Result<()> {
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    if let Some(tls) = tls {
        let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
        set_header_timeout(server.http_builder());
        server.serve(app).await
    } else {
        let mut server = axum_server::from_tcp(listener)?.handle(handle);
        set_header_timeout(server.http_builder());
        server.serve(app).await
    }
}

fn set_header_timeout(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder.http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
}

fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let listener =
        TcpListener::bind(address).with_context(|| format!("{key}: cannot listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
