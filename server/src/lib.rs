//! The password reset service.
//!
//! | module | content |
//! |---|---|
//! | [`reset`] | the reset service and its state machine |
//! | [`enrollment`] | registration of birthdate, mobile number and app before a reset |
//! | [`freeze`] | freezes accounts, so that their passwords are not reset |
//! | [`ports`] | traits for what the services need from outside |
//! | [`adapters`] | implementations of the ports: LDAP, Entrust, the store … |
//! | [`wiring`] | creates adapters and services from the settings |
//! | [`http`] | router, middleware, API and pages |
//! | [`connections`] | limits and deadlines of the connections to both listeners |
//! | [`hangup`] | SIGHUP: reopens files and reloads the TLS certificate |
//! | [`jobs`] | scheduled work while the service runs |
//! | [`nodes`] | several nodes on one store: they announce themselves, and differences are found |
//! | [`backup`] | a copy of store, audit file and settings file, while the service runs |
//! | [`config`] | settings: one TOML file and the environment |
//! | [`crypto`] | key derivation, sealing and digests |
//! | [`breached`] | passwords known from data breaches |
//! | [`import`] | CSV import of registered values |
//! | [`hr_sync`] | scheduled import from the HR source |
//! | [`notifications`] | notices to account owners by mail and SMS |
//! | [`mobile`] | mobile numbers in E.164 |
//! | [`date_text`] | dates as other systems write them |
//! | [`record_values`] | the stored form of registered values: a birthdate as a digest, a number sealed |
//! | [`qr`] | QR codes |
//! | [`random`] | random values from the operating system |
//! | `service_manager` | readiness and watchdog for systemd |
//! | `sealed_sessions` | sessions in the store, sealed; used by reset and enrollment |
//! | [`telemetry`], [`panic_hook`] | logging and metrics, and the report of a panic |
//! | [`operator_audit`] | audit entries of commands and background tasks |
//! | [`tls_certificate`] | reloads the TLS certificate when its files change, and reports when it expires |
//! | [`coverage`] | number of accounts that can use the reset, per organisational unit |
//! | [`person`] | export and deletion of one person's data |
//! | [`test_reset`] | a real reset of a test account, for `check` |
//! | [`retention`] | deletes the records of accounts that left or were disabled |
//! | [`version`] | version and commit of the binary |
//! | [`timing`] | compares the answers to different classes of subjects, for the command `timing` |
//! | `test_support` | fakes of the ports, with the feature `test-support` |
//!
//! `reset` never names an adapter, and an adapter never names `reset`; apart from the commands, only [`wiring`] uses
//! both.

pub mod adapters;
pub mod backup;
pub mod breached;
pub mod config;
pub mod connections;
pub mod coverage;
pub mod crypto;
pub mod date_text;
pub mod enrollment;
pub mod freeze;
pub mod hangup;
pub mod hr_sync;
pub mod http;
pub mod import;
pub mod jobs;
pub mod mobile;
pub mod nodes;
pub mod notifications;
pub mod operator_audit;
pub mod panic_hook;
pub mod person;
pub mod ports;
pub mod qr;
pub mod random;
pub mod record_values;
pub mod reset;
pub mod retention;
mod sealed_sessions;
mod service_manager;
pub mod telemetry;
pub mod test_reset;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
pub mod timing;
pub mod tls_certificate;
pub mod version;
pub mod wiring;

pub use wiring::{authenticators, deps, enrollment_config, reset_config, router, store};

use crate::adapters::audit_log::collector::{Collector, CollectorConfig};
use crate::adapters::audit_log::syslog::SyslogSender;
use crate::config::Settings;
use crate::connections::{Deadlines, Limits, Listener, Registry};
use crate::hangup::Hangups;
use crate::http::health::Stopping;
use crate::nodes::NodeService;
use crate::ports::sessions::SessionId;
use crate::ports::store::Store;
use crate::reset::ServiceDeps;
use crate::telemetry::sampler::Sampler;
use crate::tls_certificate::TlsCertificate;
use crate::wiring::Components;
use anyhow::Context as _;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use metrics_exporter_prometheus::PrometheusHandle;
use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tracing::{info, warn};

/// Serves until `shutdown` completes. Open requests then have `shutdown_grace` to finish.
pub async fn run(
    settings: Settings,
    shutdown: impl Future<Output = ()>,
    hangups: Hangups,
) -> anyhow::Result<()> {
    for (key, why) in settings.warnings() {
        warn!(key, "{key} {why}");
    }
    warn_of_exposed_files(&settings);
    // Before the adapters, which keep their metrics.
    let recorder = settings.admin_listen.map(|_| telemetry::recorder::install());
    let recorder = recorder.transpose().context("metrics")?;
    let tls = settings.tls()?.map(RustlsConfig::from_config);
    let Components { deps, notifier, store, hr } = wiring::assemble(&settings).await?;
    let (audit, clock) = (Arc::clone(&deps.audit), Arc::clone(&deps.clock));
    let syslog_sender = wiring::syslog_sender(&settings)?;
    let certificate = tls.clone().map(|tls| TlsCertificate::new(&settings, tls, Arc::clone(&clock)));
    if let Some(certificate) = &certificate {
        certificate.warn();
    }
    let node = wiring::node(&settings, &deps.keys, clock.now())?;
    let node = NodeService::join(Arc::clone(&store) as _, node).await?;
    let collector = wiring::audit_collector(&settings, &*store, node.name(), &clock)?;
    // Fails here if the id of the log cannot be read.
    let mut last_collector = collector.clone().map(Collector::new).transpose().context("audit_file")?;
    let services = wiring::services(&deps, &settings)?;
    let sessions = Arc::clone(&deps.sessions);
    let stopping = Stopping::default();
    let app = wiring::route(services.clone(), deps.clone(), &settings, &stopping);
    let (public_limits, admin_limits) = connection_limits(&settings);
    let deadlines = Deadlines::from_settings(&settings);
    let listener = listen(settings.listen, "listen")?;
    let address = listener.local_addr()?;
    let listener = Listener::new(listener, Registry::new("public", public_limits, deadlines))?;
    let handle = Handle::new();
    let retention_period = wiring::signed(settings.records.keep_after_leaving);
    // Dropping it ends them.
    let mut background = JoinSet::new();
    background.spawn(jobs::supervise("jobs", jobs::RESTART_DELAY, {
        let (deps, hr, store) = (deps.clone(), hr.clone(), Arc::clone(&store));
        move || {
            let enrollment = Arc::clone(&services.enrollment);
            jobs::run(deps.clone(), enrollment, Arc::clone(&store), hr.clone(), retention_period)
        }
    }));
    background.spawn(Arc::clone(&node).run());
    let (stop, stopped) = tokio::sync::watch::channel(());
    let notices_task = tokio::spawn(jobs::supervise("notices", jobs::RESTART_DELAY, move || {
        let (notifier, mut stopped) = (Arc::clone(&notifier), stopped.clone());
        // `stop` never sends a value: dropping it is the signal.
        async move { notifier.run(async move { drop(stopped.changed().await) }).await }
    }));
    send_to_syslog(&mut background, syslog_sender);
    collect_audit_log(&mut background, collector);
    let mut admin = JoinSet::new();
    if let Some((address, recorder)) = settings.admin_listen.zip(recorder) {
        let sampler = Arc::new(sampler(&settings, recorder.clone(), &deps, &store));
        background.spawn(jobs::supervise("metrics", jobs::RESTART_DELAY, move || {
            let sampler = Arc::clone(&sampler);
            async move { sampler.run().await }
        }));
        let health = Arc::new(http::health::Health::new(deps).with_hr_sync(hr));
        let registry = Registry::new("admin", admin_limits, deadlines);
        let listener = Listener::new(listen(address, "admin_listen")?, registry)?;
        // Without TLS the settings admit a loopback address only.
        let tls = tls.clone().filter(|_| !address.ip().is_loopback());
        admin.spawn(connections::serve(listener, tls, Handle::new(), http::health::admin(health, recorder)));
    }
    background.spawn(hangup::handle(hangups, certificate.clone(), audit));
    if let Some(certificate) = certificate {
        background.spawn(certificate.watch());
    }
    let mut server_task = tokio::spawn(connections::serve(listener, tls, handle.clone(), app));
    info!(%address, url = settings.public_url, "ready at {}", settings.public_url);
    service_manager::ready(&settings.public_url);
    // Until the end, because the service manager expects signs of life during a long shutdown as well.
    let mut watchdog = JoinSet::new();
    let is_store_remote = settings.sqlite_path().is_none();
    if let Some(interval) = service_manager::watchdog_interval() {
        watchdog.spawn(service_manager::watchdog(interval, is_store_remote, move || {
            let sessions = Arc::clone(&sessions);
            async move { drop(sessions.load(&SessionId::unused()).await) }
        }));
    }
    tokio::select! {
        () = shutdown => {}
        // The service manager starts a process that serves again.
        result = &mut server_task => {
            result.map_err(panic_hook::TaskFailure::from)?.context("serve")?;
            anyhow::bail!("no connections are accepted any more");
        }
    }
    service_manager::stopping();
    stopping.announce();
    tokio::time::sleep(settings.shutdown_delay).await;
    info!(grace = ?settings.shutdown_grace, "shutting down, open requests may finish");
    handle.graceful_shutdown(Some(settings.shutdown_grace));
    let result = server_task.await;
    // What was not sent to the syslog server is sent after the next start.
    drop(background);
    node.leave().await;
    collect_rest(last_collector.as_mut(), settings.shutdown_grace).await;
    // Last, so that the notices of the open requests are at least queued. Unsent notices are sent after the next start.
    drop(stop);
    if tokio::time::timeout(settings.shutdown_grace, notices_task).await.is_err() {
        warn!("shutdown while sending a message: it may be sent twice");
    }
    result.map_err(panic_hook::TaskFailure::from)?.context("serve")
}

fn send_to_syslog(background: &mut JoinSet<()>, sender: Option<SyslogSender>) {
    let Some(sender) = sender.map(Arc::new) else { return };
    background.spawn(jobs::supervise("audit syslog", jobs::RESTART_DELAY, move || {
        let sender = Arc::clone(&sender);
        async move { sender.run().await }
    }));
}

fn collect_audit_log(background: &mut JoinSet<()>, config: Option<CollectorConfig>) {
    let Some(config) = config else { return };
    background.spawn(jobs::supervise("audit collection", jobs::RESTART_DELAY, move || {
        let collector = Collector::new(config.clone());
        async move {
            match collector {
                Ok(mut collector) => collector.run().await,
                Err(error) => {
                    warn!(error = &error as &dyn Error, "audit log not collected: entries wait in the file");
                }
            }
        }
    }));
}

/// Copies the last audit entries of this node, so that the other nodes show them while it is stopped.
async fn collect_rest(collector: Option<&mut Collector>, grace: Duration) {
    let Some(collector) = collector else { return };
    // What is not copied now is copied after the next start.
    match tokio::time::timeout(grace, collector.collect_rest()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            warn!(error = &error as &dyn Error, "audit log not collected: entries wait in the file");
        }
        Err(_) => warn!("audit log not collected before the shutdown: entries wait in the file"),
    }
}

/// Reads what only a query shows, for the metrics.
fn sampler(
    settings: &Settings,
    recorder: PrometheusHandle,
    deps: &ServiceDeps,
    store: &Arc<dyn Store>,
) -> Sampler {
    let volumes = [("store", settings.sqlite_path()), ("audit trail", Some(settings.audit_file.clone()))];
    Sampler {
        recorder,
        outbox: wiring::measured_outbox(store),
        frozen: Arc::clone(&deps.frozen),
        nodes: Arc::clone(store) as _,
        clock: Arc::clone(&deps.clock),
        volumes: volumes.into_iter().filter_map(|(volume, path)| Some((volume, path?))).collect(),
    }
}

/// After the start the service creates files with mode 0600 only.
fn warn_of_exposed_files(settings: &Settings) {
    for file in settings.exposed_files() {
        warn!(
            key = file.key,
            file = %file.path.display(),
            mode = format!("{:04o}", file.mode),
            fix = file.command(),
            "a file with secrets or stored data is not private: {}",
            file.reason()
        );
    }
}

/// Returns the limits of the public and of the admin listener, and logs them.
fn connection_limits(settings: &Settings) -> (Limits, Limits) {
    let descriptors = connections::descriptors::limit();
    let (public, admin) = Limits::from_settings(settings, descriptors);
    info!(connections = public.total, admin = admin.total, descriptors, "connection limits");
    if public.total < settings.connections.max {
        warn!(
            connections = public.total,
            descriptors, "connections.max lowered: the process may open too few files (RLIMIT_NOFILE)"
        );
    }
    (public, admin)
}

fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let listener =
        TcpListener::bind(address).with_context(|| format!("{key}: cannot listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
