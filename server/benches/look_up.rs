//! Benchmark: the look-ups of the service desk in an audit log of a million lines, in the index of a single node and in the database
//! of several, and how long it takes to rebuild each from the log.
//!
//! `cargo bench -p server --bench look_up` measures both; `-- sqlite` or `-- postgres` one of them.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints its figures"
)]

use end2end::postgres::{self, Durability, Postgres};
use end2end::tls::Authority;
use jiff::{SignedDuration, Timestamp};
use server::adapters::audit_log::collector::{Collector, CollectorConfig};
use server::adapters::clock::SystemClock;
use server::adapters::postgres::{DEADLINE, PostgresConfig, PostgresHost, PostgresStore};
use server::adapters::sqlite::audit_index::AuditIndex;
use server::ports::collected_audit::CollectedAudit;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

const LINES: u64 = 1_000_000;
/// Every other line has a reference, and two lines have the same one.
const REFERENCES: u64 = LINES / 4;
const ACCOUNTS: u64 = 10_000;
const END: Timestamp = Timestamp::constant(1_800_000_000, 0);
/// The lines are spread over this time, so that the index keeps all of them.
const SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);
const LOOK_UPS: u64 = 1000;

fn main() {
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|argument| argument == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    print_load();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let log = folder.path().join("audit.jsonl");
    write_log(&log);
    println!("{LINES} lines, {} MB", megabytes(&log));
    if is_chosen("sqlite") {
        runtime.block_on(async {
            let file = folder.path().join("audit.jsonl.index");
            let index = Arc::new(AuditIndex::open(&file).await.expect("an index"));
            measure("index of a single node", &log, index).await;
            println!("  size: {} MB", megabytes(&file));
        });
    }
    if is_chosen("postgres") {
        runtime.block_on(in_database(&log, folder.path()));
    }
    print_load();
}

fn print_load() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load average: {}", load.trim());
}

fn megabytes(file: &Path) -> u64 {
    std::fs::metadata(file).map(|metadata| metadata.len() / 1_000_000).unwrap_or_default()
}

/// Spreads numbers like digests.
fn spread(number: u64) -> u64 {
    number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn reference(number: u64) -> String {
    let digits = format!("{:08X}", spread(number) >> 32);
    format!("{}-{}", digits.get(..4).expect("eight digits"), digits.get(4..).expect("eight digits"))
}

fn subject(number: u64) -> String {
    format!("{:016x}", spread(number % ACCOUNTS))
}

fn write_log(path: &Path) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    for number in 0..LINES {
        let step = SPAN.as_millis() / i128::from(LINES);
        let millis = i64::try_from(step * i128::from(LINES - number)).expect("a month");
        let at = END - SignedDuration::from_millis(millis);
        let reference = if number % 2 == 0 { reference(number / 4) } else { String::new() };
        let (seq, subject, prev) = (number + 1, subject(number / 6), spread(number));
        writeln!(
            file,
            r#"{{"v":2,"seq":{seq},"prev":"{prev:064x}","at":"{at}","event":{{"event":"not_verified","reason":"wrong_code","detail":""}},"reference":"{reference}","subject":"{subject}","network":"192.0.2.0/24"}}"#,
        )
        .expect("a line");
    }
    file.flush().expect("a file");
}

/// With a database on this machine, with TLS and commits that wait for the disk.
async fn in_database(log: &Path, folder: &Path) {
    let authority = Authority::new().expect("an authority");
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).expect("a file");
    let server = Postgres::start(&authority, Durability::Durable).await.expect("a server");
    let url = server.create_database().expect("a database");
    let config = PostgresConfig {
        host: PostgresHost::Tcp("127.0.0.1".to_owned(), server.port()),
        user: postgres::ROLE.to_owned(),
        database: url.rsplit('/').next().unwrap_or_default().to_owned(),
        password: Some(Zeroizing::new(postgres::PASSWORD.to_owned())),
        tls: true,
        ca_file: Some(ca_file),
        connections: 16,
        deadline: DEADLINE,
    };
    let store = Arc::new(PostgresStore::open(&config).await.expect("a store"));
    measure("PostgreSQL", log, store).await;
}

async fn measure(name: &str, log: &Path, collected: Arc<dyn CollectedAudit>) {
    println!("{name}");
    let config = CollectorConfig {
        path: log.to_owned(),
        node: "node".to_owned(),
        collected: Arc::clone(&collected),
        heads: None,
        clock: Arc::new(SystemClock),
        poll: Duration::from_secs(1),
    };
    let started = Instant::now();
    Collector::new(config).expect("a collector").collect_rest().await.expect("a copy");
    println!("  rebuilt in {:.1?}", started.elapsed());
    print_times("a reference", async |number| {
        let found = collected.lines_with_reference(&reference(spread(number) % REFERENCES)).await;
        assert_eq!(found.expect("lines").len(), 2);
    })
    .await;
    print_times("an unknown reference", async |number| {
        let found = collected.lines_with_reference(&format!("ZZZZ-{number:04}")).await;
        assert!(found.expect("lines").is_empty());
    })
    .await;
    print_times("the last 50 events of an account in a week", async |number| {
        let subjects = [subject(spread(number)), subject(spread(number + 1))];
        let since = END - SignedDuration::from_hours(7 * 24);
        let found = collected.lines_of_subjects(&subjects, since, 50).await;
        assert!(!found.expect("lines").is_empty());
    })
    .await;
}

async fn print_times(what: &str, look_up: impl AsyncFn(u64)) {
    let mut durations = Vec::new();
    for number in 0..LOOK_UPS {
        let started = Instant::now();
        look_up(number).await;
        durations.push(started.elapsed());
    }
    durations.sort_unstable();
    let at = |percent: usize| {
        let index = (durations.len() * percent / 100).min(durations.len().saturating_sub(1));
        durations.get(index).copied().unwrap_or_default()
    };
    println!("  {what}: median {:.2?}, 99th percentile {:.2?}, longest {:.2?}", at(50), at(99), at(100));
}
