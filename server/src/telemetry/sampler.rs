//! Reads the metrics that no event sets: of the store, disks, the process and its runtime.

mod process;

use crate::connections::descriptors;
use crate::ports::clock::Clock;
use crate::ports::frozen_accounts::FrozenAccounts;
use crate::ports::nodes::Nodes;
use crate::ports::notifier::Outbox;
use crate::ports::store::StoreError;
use crate::telemetry::clock_offset;
use metrics_exporter_prometheus::PrometheusHandle;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::interval;

/// Prometheus reads the metrics every 15 to 60 seconds.
const INTERVAL: Duration = Duration::from_secs(10);

/// Reads values and sets their gauges.
pub(crate) struct Sampler {
    /// Moves the samples of the histograms into their buckets: until then each sample takes memory.
    pub(crate) recorder: PrometheusHandle,
    /// The queue of the notices.
    pub(crate) outbox: Arc<dyn Outbox>,
    /// The frozen accounts.
    pub(crate) frozen: Arc<dyn FrozenAccounts>,
    /// The clock of the store.
    pub(crate) nodes: Arc<dyn Nodes>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// The files whose file systems must not be full, with the value of the label `volume`.
    pub(crate) volumes: Vec<(&'static str, PathBuf)>,
}

impl Sampler {
    /// Reads the values until the future is dropped.
    pub(crate) async fn run(&self) {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        metrics::gauge!("process_start_time_seconds").set(self.clock.now().as_second() as f64);
        let mut ticks = interval(INTERVAL);
        loop {
            ticks.tick().await;
            self.recorder.run_upkeep();
            // Without a store the gauges keep their values; its failure is in the metrics of its calls.
            self.sample_store().await.ok();
            sample_runtime();
            let volumes = self.volumes.clone();
            // A file system that hangs must not hold a thread of the runtime. It ends the sampling of the others too,
            // which the age of the values shows.
            drop(tokio::task::spawn_blocking(move || sample_machine(&volumes)).await);
        }
    }

    async fn sample_store(&self) -> Result<(), StoreError> {
        let (count, oldest, frozen, time) = tokio::try_join!(
            self.outbox.queued_count(),
            self.outbox.oldest_queued(),
            self.frozen.list_frozen(),
            self.nodes.store_time()
        )?;
        set("accounts_frozen", frozen.len() as u64);
        if let Some(time) = time {
            clock_offset::report("store", time, self.clock.now());
        }
        let age = oldest.map_or(0, |since| self.clock.now().duration_since(since).as_secs().max(0));
        set("outbox_messages", count);
        set("outbox_oldest_message_age_seconds", age.unsigned_abs());
        Ok(())
    }
}

fn sample_runtime() {
    let runtime = tokio::runtime::Handle::current().metrics();
    set("runtime_tasks", runtime.num_alive_tasks() as u64);
    set("runtime_queued_tasks", runtime.global_queue_depth() as u64);
}

fn sample_machine(volumes: &[(&'static str, PathBuf)]) {
    for (volume, path) in volumes {
        // The file itself may not exist yet; its folder does.
        let folder = path.parent().unwrap_or(path);
        if let Ok(space) = rustix::fs::statvfs(folder) {
            let bytes = |blocks: u64| to_f64(blocks.saturating_mul(space.f_frsize));
            metrics::gauge!("disk_free_bytes", "volume" => *volume).set(bytes(space.f_bavail));
            metrics::gauge!("disk_size_bytes", "volume" => *volume).set(bytes(space.f_blocks));
        }
    }
    if let Some(seconds) = process::cpu_seconds() {
        metrics::counter!("process_cpu_seconds_total").absolute(seconds);
    }
    if let Some(bytes) = process::resident_memory() {
        set("process_resident_memory_bytes", bytes);
    }
    if let Some(count) = process::open_descriptors() {
        set("process_open_fds", count);
    }
    set("process_max_fds", descriptors::limit());
}

fn set(name: &'static str, value: u64) {
    metrics::gauge!(name).set(to_f64(value));
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; the loss is far below its use")]
fn to_f64(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::sqlite::SqliteStore;
    use crate::ports::directory::AccountId;
    use crate::ports::frozen_accounts::{Freeze, FreezeOrigin};
    use crate::ports::notifier::Channel;
    use crate::ports::store::Store;
    use crate::telemetry::recorder;
    use crate::test_support::{ManualClock, MemoryStore};
    use jiff::{SignedDuration, Timestamp};

    async fn sampled(store: Arc<dyn Store>) {
        let prometheus = recorder::builder().unwrap().build_recorder();
        let _local = metrics::set_default_local_recorder(&prometheus);
        let start = Timestamp::constant(1_800_000_000, 0);
        let clock = Arc::new(ManualClock::at(start));
        let sampler = Sampler {
            recorder: prometheus.handle(),
            outbox: Arc::clone(&store) as _,
            frozen: Arc::clone(&store) as _,
            nodes: Arc::clone(&store) as _,
            clock: Arc::clone(&clock) as _,
            volumes: vec![("store", PathBuf::from("/proc/none"))],
        };
        sampler.sample_store().await.unwrap();
        let text = prometheus.handle().render();
        assert!(text.contains("outbox_messages 0") && text.contains("age_seconds 0"), "{text}");
        let message = |byte| (Channel::Mail, vec![byte]);
        let account = AccountId(uuid::Uuid::nil());
        store.put(account, &[message(1)], start).await.unwrap();
        store.put(account, &[message(2)], start + SignedDuration::from_secs(30)).await.unwrap();
        // A failed attempt moves the next one, not the age.
        let due = store.due(Channel::Mail, start, 1).await.unwrap();
        store.reschedule(due[0].id, start + SignedDuration::from_hours(1)).await.unwrap();
        let freeze = Freeze { since: start, by: FreezeOrigin::Command, reference: String::new() };
        store.freeze(account, &freeze).await.unwrap();
        clock.advance(SignedDuration::from_secs(100));
        sampler.sample_store().await.unwrap();
        let text = prometheus.handle().render();
        assert!(text.contains("outbox_messages 2") && text.contains("age_seconds 100"), "{text}");
        assert!(text.contains("accounts_frozen 1"), "{text}");
    }

    #[tokio::test]
    async fn queue_and_frozen_accounts_are_read() {
        sampled(Arc::new(MemoryStore::default())).await;
        let folder = tempfile::tempdir().unwrap();
        sampled(Arc::new(SqliteStore::open(&folder.path().join("reset.db")).await.unwrap())).await;
    }

    #[tokio::test]
    async fn process_and_disk_are_read() {
        let prometheus = recorder::builder().unwrap().build_recorder();
        let _local = metrics::set_default_local_recorder(&prometheus);
        let folder = tempfile::tempdir().unwrap();
        sample_machine(&[("store", folder.path().join("missing.db"))]);
        sample_runtime();
        let text = prometheus.handle().render();
        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{text}"));
            line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
        };
        assert!(value("disk_free_bytes{") > 0.0 && value("disk_size_bytes{") >= value("disk_free_bytes{"));
        assert!(value("process_resident_memory_bytes ") > 1e6);
        assert!(value("process_open_fds ") >= 3.0 && value("process_max_fds ") >= value("process_open_fds "));
        assert!(text.contains("process_cpu_seconds_total "), "{text}");
        assert!(text.contains("runtime_tasks "), "{text}");
    }
}
