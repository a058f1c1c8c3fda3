//! Benchmark: counted calls per second in the embedded store and in a database, and the memory and speed with 100 and with a million open
//! sessions. A counted call is what `identify` does here: three limits and a new session.
//!
//! `cargo bench -p server --bench store` measures everything; `-- calls`, `-- postgres`, `-- sessions` one part.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints its figures"
)]

use end2end::postgres::{self, Durability, Postgres};
use end2end::tls::Authority;
use jiff::{SignedDuration, Timestamp};
use server::adapters::postgres::{DEADLINE, PostgresConfig, PostgresHost, PostgresStore};
use server::adapters::sqlite::SqliteStore;
use server::ports::rate_limits::{Limit, LimitKey};
use server::ports::sessions::{Revision, SessionId, Sessions as _, Swap};
use server::ports::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const MEASURED: Duration = Duration::from_secs(4);
const MANY_SESSIONS: u64 = 1_000_000;
/// The size of a sealed session at the step that asks for the code.
const SEALED: [u8; 320] = [7; 320];

fn main() {
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|argument| argument == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    print_load();
    if is_chosen("calls") {
        println!("embedded store");
        runtime.block_on(calls(async || {
            let folder = tempfile::tempdir().expect("a folder");
            (open(&folder).await as _, Some(folder))
        }));
    }
    if is_chosen("postgres") {
        println!("PostgreSQL");
        runtime.block_on(database_calls());
    }
    if is_chosen("sessions") {
        runtime.block_on(sessions());
    }
    print_load();
}

fn print_load() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load average: {}", load.trim());
}

async fn open(folder: &tempfile::TempDir) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(&folder.path().join("reset.db")).await.expect("a store"))
}

/// Ids and keys that are spread like digests.
fn spread(number: u64) -> u128 {
    u128::from(number).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

fn session_id(number: u64) -> SessionId {
    let half = spread(number).to_be_bytes();
    let mut id = [0; 32];
    id.iter_mut().zip(half.iter().chain(half.iter())).for_each(|(to, from)| *to = *from);
    SessionId(Zeroizing::new(id))
}

/// What `identify` does in the store, by one of 5,000 addresses.
async fn identify(store: &dyn Store, number: u64) -> Revision {
    let minute = Limit { max: u32::MAX, window: Duration::from_mins(1) };
    let ten_minutes = Limit { max: u32::MAX, window: Duration::from_mins(10) };
    let limits = [
        (LimitKey(spread(number % 5000).to_be_bytes()), ten_minutes),
        (LimitKey([1; 16]), minute),
        (LimitKey([2; 16]), minute),
    ];
    store.take(&limits, NOW).await.expect("a decision");
    store.create(&session_id(number), &SEALED, NOW + SignedDuration::from_mins(15)).await.expect("a session")
}

/// With a database on this machine, with TLS and commits that wait for the disk.
async fn database_calls() {
    let authority = Authority::new().expect("an authority");
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).expect("a file");
    let server = Postgres::start(&authority, Durability::Durable).await.expect("a server");
    calls(async || {
        let url = server.create_database().expect("a database");
        let config = PostgresConfig {
            host: PostgresHost::Tcp("127.0.0.1".to_owned(), server.port()),
            user: postgres::ROLE.to_owned(),
            database: url.rsplit('/').next().unwrap_or_default().to_owned(),
            password: Some(Zeroizing::new(postgres::PASSWORD.to_owned())),
            tls: true,
            ca_file: Some(ca_file.clone()),
            connections: 16,
            deadline: DEADLINE,
        };
        (Arc::new(PostgresStore::open(&config).await.expect("a store")) as _, None)
    })
    .await;
}

/// Counted calls per second by the number of concurrent callers, each time in a new store.
async fn calls(open: impl AsyncFn() -> (Arc<dyn Store>, Option<tempfile::TempDir>)) {
    for callers in [1, 16, 64, 256, 1024] {
        let (store, _folder) = open().await;
        let (next, started) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let tasks: Vec<_> = (0..callers)
            .map(|_| {
                let (store, next) = (Arc::clone(&store), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut durations = Vec::new();
                    while started.elapsed() < MEASURED {
                        let call = Instant::now();
                        identify(&*store, next.fetch_add(1, Ordering::Relaxed)).await;
                        durations.push(call.elapsed());
                    }
                    durations
                })
            })
            .collect();
        let mut durations = Vec::new();
        for task in tasks {
            durations.extend(task.await.expect("a caller"));
        }
        let per_second =
            f64::from(u32::try_from(durations.len()).expect("few calls")) / started.elapsed().as_secs_f64();
        println!("{callers:5} callers: {per_second:6.0} calls/s, {}", percentiles(durations));
        store.close().await;
    }
}

fn percentiles(mut durations: Vec<Duration>) -> String {
    durations.sort_unstable();
    let at = |percent: usize| {
        let index = (durations.len() * percent / 100).min(durations.len().saturating_sub(1));
        durations.get(index).copied().unwrap_or_default()
    };
    format!("median {:.2?}, 99th percentile {:.2?}, longest {:.2?}", at(50), at(99), at(100))
}

/// Resident memory and time per request with few and with many sessions, and while they expire.
async fn sessions() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    println!("empty: {} resident", resident_memory());
    fill(&store, 0, 100).await;
    measure_requests(&store, 100).await;
    let started = Instant::now();
    fill(&store, 100, MANY_SESSIONS).await;
    println!("{MANY_SESSIONS} sessions created in {:.0?}", started.elapsed());
    measure_requests(&store, MANY_SESSIONS).await;
    measure_purge(&store).await;
    let size = std::fs::metadata(folder.path().join("reset.db")).map_or(0, |metadata| metadata.len());
    println!("file: {} MB", size / 1_000_000);
    store.close().await;
}

async fn fill(store: &Arc<SqliteStore>, from: u64, to: u64) {
    let next = Arc::new(AtomicU64::new(from));
    let tasks: Vec<_> = (0..512)
        .map(|_| {
            let (store, next) = (Arc::clone(store), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= to {
                        return;
                    }
                    let expires = NOW + SignedDuration::from_mins(15);
                    store.create(&session_id(number), &SEALED, expires).await.expect("a session");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a caller");
    }
}

/// One request after the other, as a step of the wizard: load, count, swap.
async fn measure_requests(store: &SqliteStore, sessions: u64) {
    let (mut loads, mut steps) = (Vec::new(), Vec::new());
    for round in 0..2000_u64 {
        let number = round.wrapping_mul(0x9e37_79b9) % sessions;
        let id = session_id(number);
        let started = Instant::now();
        let stored = store.load(&id).await.expect("an answer").expect("a session");
        loads.push(started.elapsed());
        let expires = NOW + SignedDuration::from_mins(15);
        let swap = store.swap(&id, stored.revision, &SEALED, expires).await.expect("an answer");
        assert!(matches!(swap, Swap::Won(_)), "no other task changes it");
        steps.push(started.elapsed());
    }
    println!("{sessions} sessions: {} resident", resident_memory());
    println!("  load: {}", percentiles(loads));
    println!("  load and swap: {}", percentiles(steps));
}

/// All sessions expire at once: how long do callers wait while they are deleted?
async fn measure_purge(store: &Arc<SqliteStore>) {
    let ended = Arc::new(AtomicBool::new(false));
    let caller = tokio::spawn({
        let (store, ended) = (Arc::clone(store), Arc::clone(&ended));
        async move {
            let mut durations = Vec::new();
            for number in MANY_SESSIONS.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let call = Instant::now();
                identify(&*store, number).await;
                durations.push(call.elapsed());
            }
            durations
        }
    });
    let started = Instant::now();
    store.purge(NOW + SignedDuration::from_hours(1)).await.expect("expired sessions deleted");
    let elapsed = started.elapsed();
    ended.store(true, Ordering::Relaxed);
    let durations = caller.await.expect("a caller");
    println!(
        "{MANY_SESSIONS} sessions deleted in {elapsed:.1?}; a call meanwhile: {}",
        percentiles(durations)
    );
}

fn resident_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    kilobytes.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
