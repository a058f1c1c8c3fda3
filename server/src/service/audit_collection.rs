//! Copies the audit log of this node into the log of all nodes, and once more when the service stops.

use super::Settings;
use crate::adapters::audit_log::collector::{Collector, CollectorConfig};
use crate::jobs::{self, supervise};
use anyhow::Context as _;
use std::error::Error;
use std::time::Duration;
use tokio::task::JoinSet;
use tracing::warn;

/// The copying, if the nodes share a store.
pub(super) struct AuditCollection(Option<Collector>);

impl AuditCollection {
    /// Starts the task. Fails if the id of the log cannot be read.
    pub(super) fn start(
        tasks: &mut JoinSet<()>,
        settings: &Settings,
        config: Option<CollectorConfig>,
    ) -> anyhow::Result<Self> {
        let last = config.clone().map(Collector::new).transpose();
        let last = last.with_context(|| format!("audit_file: {}", settings.audit_file.display()))?;
        if let Some(config) = config {
            tasks.spawn(supervise("audit collection", jobs::RESTART_DELAY, move || run(config.clone())));
        }
        Ok(Self(last))
    }

    /// Copies the last entries, so that the other nodes show them while this one is stopped. What is not copied now is copied
    /// after the next start.
    pub(super) async fn finish(self, grace: Duration) {
        let Some(mut collector) = self.0 else { return };
        match tokio::time::timeout(grace, collector.collect_rest()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => report(&error),
            Err(_) => warn!("audit log not collected before the shutdown: entries wait in the file"),
        }
    }
}

async fn run(config: CollectorConfig) {
    match Collector::new(config) {
        Ok(mut collector) => collector.run().await,
        Err(error) => report(&error),
    }
}

fn report(error: &(dyn Error + 'static)) {
    warn!(error, "audit log not collected: entries wait in the file");
}
