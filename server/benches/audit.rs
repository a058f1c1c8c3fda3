//! Benchmark: entries per second that the audit log puts on disk, with 1 to 256 callers that each wait until their own
//! entry is synced. The file is in the target directory, so the figure includes the disk.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use criterion::{BenchmarkId, Criterion, Throughput};
use futures::future::join_all;
use jiff::Timestamp;
use server::adapters::audit_log::heads::{HeadsConfig, INTERVAL, SigningKey};
use server::adapters::audit_log::{AuditLog, AuditLogConfig};
use server::adapters::clock::SystemClock;
use server::ports::audit::{Audit as _, AuditEntry, Event};
use std::sync::Arc;
use tokio::runtime::Builder;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let key = SigningKey::from_seed(&[7; 32]).expect("a key");
    let heads = HeadsConfig { key, file: folder.path().join("heads"), interval: INTERVAL };
    let config = AuditLogConfig {
        path: folder.path().join("audit.jsonl"),
        heads: Some(heads),
        clock: Arc::new(SystemClock),
    };
    let log = AuditLog::start(config).expect("an audit log");
    let mut group = criterion.benchmark_group("audit log");
    for callers in [1_u32, 16, 64, 256] {
        group.throughput(Throughput::Elements(callers.into()));
        group.bench_with_input(BenchmarkId::new("callers", callers), &callers, |bencher, callers| {
            bencher.to_async(&runtime).iter(|| async {
                for written in join_all((0..*callers).map(|_| log.record(entry()))).await {
                    written.expect("on disk");
                }
            });
        });
    }
    group.finish();
    criterion.final_summary();
}

fn entry() -> AuditEntry {
    AuditEntry {
        at: Timestamp::constant(1_800_000_000, 0),
        event: Event::PasswordSet,
        reference: "K7Q2-9F4M".into(),
        subject: "5f0c2a9b7d11e384".into(),
        network: "192.0.2.0/24".into(),
    }
}
