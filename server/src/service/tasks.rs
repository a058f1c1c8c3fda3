//! The background tasks of the service. Each restarts after a panic.

use super::{Components, Services, Sessions, Settings};
use crate::adapters::audit_log::syslog::SyslogSender;
use crate::jobs::{self, supervise};
use crate::notifications::NotificationService;
use crate::ports::sessions::SessionId;
use crate::telemetry::sampler::Sampler;
use crate::{service_manager, wiring};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tracing::warn;

pub(super) fn spawn_periodic_work(
    tasks: &mut JoinSet<()>,
    settings: &Settings,
    components: &Components,
    services: &Services,
) {
    let Components { deps, store, hr, .. } = components;
    let (deps, store, hr) = (deps.clone(), Arc::clone(store), hr.clone());
    let enrollment = Arc::clone(&services.enrollment);
    let keep = wiring::signed(settings.records.keep_after_leaving);
    tasks.spawn(supervise("jobs", jobs::RESTART_DELAY, move || {
        jobs::run(deps.clone(), Arc::clone(&enrollment), Arc::clone(&store), hr.clone(), keep)
    }));
}

pub(super) fn spawn_syslog(tasks: &mut JoinSet<()>, sender: SyslogSender) {
    let sender = Arc::new(sender);
    tasks.spawn(supervise("audit syslog", jobs::RESTART_DELAY, move || {
        let sender = Arc::clone(&sender);
        async move { sender.run().await }
    }));
}

pub(super) fn spawn_sampler(tasks: &mut JoinSet<()>, sampler: Sampler) {
    let sampler = Arc::new(sampler);
    tasks.spawn(supervise("metrics", jobs::RESTART_DELAY, move || {
        let sampler = Arc::clone(&sampler);
        async move { sampler.run().await }
    }));
}

/// Tells the service manager that the service is alive, until the end: it expects signs of life during a long shutdown as well.
pub(super) fn watchdog(settings: &Settings, sessions: Arc<dyn Sessions>) -> JoinSet<()> {
    let mut watchdog = JoinSet::new();
    let is_store_remote = settings.sqlite_path().is_none();
    if let Some(interval) = service_manager::watchdog_interval() {
        watchdog.spawn(service_manager::watchdog(interval, is_store_remote, move || {
            let sessions = Arc::clone(&sessions);
            async move { drop(sessions.load(&SessionId::unused()).await) }
        }));
    }
    watchdog
}

/// The task that sends notices.
pub(super) struct Notices {
    /// Never sends a value: dropping it is the signal.
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Notices {
    pub(super) fn start(notifier: Arc<NotificationService>) -> Self {
        let (stop, stopped) = watch::channel(());
        let task = tokio::spawn(supervise("notices", jobs::RESTART_DELAY, move || {
            let (notifier, mut stopped) = (Arc::clone(&notifier), stopped.clone());
            async move { notifier.run(async move { drop(stopped.changed().await) }).await }
        }));
        Self { stop, task }
    }

    /// Lets it finish the message that it sends.
    pub(super) async fn stop(self, grace: Duration) {
        drop(self.stop);
        if tokio::time::timeout(grace, self.task).await.is_err() {
            warn!("shutdown while sending a message: it may be sent twice");
        }
    }
}
