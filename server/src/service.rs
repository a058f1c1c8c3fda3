//! The running service: starts its listeners and background tasks, and stops them in order.

mod audit_collection;
mod tasks;

use crate::config::Settings;
use crate::connections::{self, Deadlines, Limits, Listener, Registry};
use crate::hangup::{self, Hangups};
use crate::http::health::{self, Health, Stopping};
use crate::nodes::NodeService;
use crate::ports::sessions::Sessions;
use crate::ports::store::Store;
use crate::reset::ServiceDeps;
use crate::telemetry::{self, sampler::Sampler};
use crate::tls_certificate::TlsCertificate;
use crate::wiring::{self, Components, Services};
use crate::{panic_hook, service_manager};
use anyhow::Context as _;
use audit_collection::AuditCollection;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tasks::Notices;
use tokio::task::{JoinHandle, JoinSet};
use tracing::{info, warn};

/// The running service. Dropping it ends all its tasks at once.
pub(crate) struct Service {
    /// From the announcement of the stop to the end of the listener.
    shutdown_delay: Duration,
    /// Then for open requests, and again for the notices.
    shutdown_grace: Duration,
    node: Arc<NodeService>,
    stopping: Stopping,
    public: PublicListener,
    /// Ended before the node leaves the store.
    background: JoinSet<()>,
    notices: Notices,
    audit_collection: AuditCollection,
    /// These answer until the end.
    _admin: JoinSet<std::io::Result<()>>,
    _watchdog: JoinSet<()>,
}

/// The listener of the pages and the API.
struct PublicListener {
    handle: Handle<connections::Peer>,
    task: JoinHandle<std::io::Result<()>>,
}

/// What both listeners have in common.
struct Connections {
    public: Limits,
    admin: Limits,
    deadlines: Deadlines,
    tls: Option<RustlsConfig>,
}

impl Service {
    /// Returns when the service accepts connections.
    pub(crate) async fn start(settings: &Settings, hangups: Hangups) -> anyhow::Result<Self> {
        warn_of_settings(settings);
        // Before the adapters, which keep their metrics.
        let recorder = settings.admin_listen.map(|_| telemetry::recorder::install());
        let recorder = recorder.transpose().context("metrics")?;
        let tls = settings.tls()?.map(RustlsConfig::from_config);
        let components = wiring::assemble(settings).await?;
        let syslog = wiring::syslog_sender(settings)?;
        let deps = components.deps.clone();
        let certificate = certificate(settings, tls.clone(), &deps);
        let node = wiring::node(settings, &deps.keys, deps.clock.now())?;
        let node = NodeService::join(Arc::clone(&components.store) as _, node).await?;
        let collected = wiring::collected_audit(settings, &*components.store).await?;
        let collector = collected
            .clone()
            .map(|collected| wiring::audit_collector(settings, collected, node.name(), &deps.clock));
        let collector = collector.transpose()?;
        let services = wiring::services(&deps, settings, collected)?;
        let stopping = Stopping::default();
        let app = wiring::route(services.clone(), deps.clone(), settings, &stopping);
        let connections = Connections::of(settings, tls);
        let listener = listen(settings.listen, "listen")?;
        let address = listener.local_addr()?;
        let listener = connections.public(listener)?;

        let mut background = JoinSet::new();
        tasks::spawn_periodic_work(&mut background, settings, &components, &services);
        background.spawn(Arc::clone(&node).run());
        let notices = Notices::start(Arc::clone(&components.notifier));
        let audit_collection = AuditCollection::start(&mut background, settings, collector)?;
        if let Some(sender) = syslog {
            tasks::spawn_syslog(&mut background, sender);
        }
        let mut admin = JoinSet::new();
        if let Some((address, recorder)) = settings.admin_listen.zip(recorder) {
            let sampler = sampler(settings, recorder.clone(), &deps, &components.store);
            tasks::spawn_sampler(&mut background, sampler);
            connections.serve_admin(&mut admin, address, recorder, &components)?;
        }
        background.spawn(hangup::handle(hangups, certificate.clone(), Arc::clone(&deps.audit)));
        if let Some(certificate) = certificate {
            background.spawn(certificate.watch());
        }
        let public = PublicListener::serve(listener, connections.tls, app);
        info!(%address, url = settings.public_url, "ready at {}", settings.public_url);
        service_manager::ready(&settings.public_url);
        let watchdog = tasks::watchdog(settings, deps.sessions);
        Ok(Self {
            shutdown_delay: settings.shutdown_delay,
            shutdown_grace: settings.shutdown_grace,
            node,
            stopping,
            public,
            background,
            notices,
            audit_collection,
            _admin: admin,
            _watchdog: watchdog,
        })
    }

    /// Serves until `shutdown` completes, and stops.
    pub(crate) async fn run(mut self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = shutdown => self.stop().await,
            // The service manager starts a process that serves again.
            result = &mut self.public.task => {
                result.map_err(panic_hook::TaskFailure::from)?.context("serve")?;
                anyhow::bail!("no connections are accepted any more");
            }
        }
    }

    async fn stop(self) -> anyhow::Result<()> {
        let grace = self.shutdown_grace;
        service_manager::stopping();
        self.stopping.announce();
        tokio::time::sleep(self.shutdown_delay).await;
        info!(?grace, "shutting down, open requests may finish");
        self.public.handle.graceful_shutdown(Some(grace));
        let result = self.public.task.await;
        // What was not sent to the syslog server is sent after the next start.
        drop(self.background);
        self.node.leave().await;
        self.audit_collection.finish(grace).await;
        // Last, so that the notices of the open requests are at least queued. Unsent notices are sent after the next start.
        self.notices.stop(grace).await;
        result.map_err(panic_hook::TaskFailure::from)?.context("serve")
    }
}

impl PublicListener {
    fn serve(listener: Listener, tls: Option<RustlsConfig>, app: axum::Router) -> Self {
        let handle = Handle::new();
        let task = tokio::spawn(connections::serve(listener, tls, handle.clone(), app));
        Self { handle, task }
    }
}

impl Connections {
    /// Logs the limits.
    fn of(settings: &Settings, tls: Option<RustlsConfig>) -> Self {
        let descriptors = connections::descriptors::limit();
        let (public, admin) = Limits::from_settings(settings, descriptors);
        info!(connections = public.total, admin = admin.total, descriptors, "connection limits");
        if public.total < settings.connections.max {
            warn!(
                connections = public.total,
                descriptors, "connections.max lowered: the process may open too few files (RLIMIT_NOFILE)"
            );
        }
        Self { public, admin, deadlines: Deadlines::from_settings(settings), tls }
    }

    fn public(&self, listener: TcpListener) -> std::io::Result<Listener> {
        Listener::new(listener, Registry::new("public", self.public.clone(), self.deadlines))
    }

    fn serve_admin(
        &self,
        tasks: &mut JoinSet<std::io::Result<()>>,
        address: SocketAddr,
        recorder: PrometheusHandle,
        components: &Components,
    ) -> anyhow::Result<()> {
        let health = Arc::new(Health::new(components.deps.clone()).with_hr_sync(components.hr.clone()));
        let registry = Registry::new("admin", self.admin.clone(), self.deadlines);
        let listener = Listener::new(listen(address, "admin_listen")?, registry)?;
        // Without TLS the settings admit a loopback address only.
        let tls = self.tls.clone().filter(|_| !address.ip().is_loopback());
        tasks.spawn(connections::serve(listener, tls, Handle::new(), health::admin(health, recorder)));
        Ok(())
    }
}

/// The certificate of the service, which is reloaded when its files change.
fn certificate(
    settings: &Settings,
    tls: Option<RustlsConfig>,
    deps: &ServiceDeps,
) -> Option<Arc<TlsCertificate>> {
    let certificate = TlsCertificate::new(settings, tls?, Arc::clone(&deps.clock));
    certificate.warn();
    Some(certificate)
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

/// Logs likely mistakes. After the start the service creates files with mode 0600 only.
fn warn_of_settings(settings: &Settings) {
    for (key, why) in settings.warnings() {
        warn!(key, "{key} {why}");
    }
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

fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let listener =
        TcpListener::bind(address).with_context(|| format!("{key}: cannot listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
