//! Benchmark: cost of the reset service from the user name to the proof, against fakes and without the minimum
//! response time. Directory, Entrust and disk are not included.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use app::api::ResetCommand;
use app::api::enrollment_state::Source;
use app::api::step::Step;
use app::domain::birthdate::Birthdate;
use app::domain::raw_input::RawInput;
use criterion::Criterion;
use jiff::{SignedDuration, Timestamp};
use server::config::Settings;
use server::crypto::Keyring;
use server::ports::rate_limits::Limit;
use server::ports::records::{Record, Records as _, RegisteredValue};
use server::record_values::digest;
use server::reset::breach_check::BreachCheck;
use server::reset::{
    Answer, ClientContext, Cookie, ResetConfig, ResetService, ServiceDeps, SharedComponents,
};
use server::test_support::authenticators::FakeAuthenticators;
use server::test_support::directory::FakeDirectory;
use server::test_support::notifier::FakeNotifier;
use server::test_support::otp_provider::FakeOtpProvider;
use server::test_support::{ManualClock, MemoryAudit, MemoryStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

const LOGIN: &str = "A.Janssen";
const BIRTHDATE: &str = "1984-10-01";

struct BenchContext {
    service: Arc<ResetService>,
    otp_provider: Arc<FakeOtpProvider>,
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let bench_context = bench_context(&runtime);
    criterion.bench_function("identify to code", |bencher| {
        bencher.to_async(&runtime).iter(|| identify_and_verify(&bench_context));
    });
    criterion.final_summary();
}

fn bench_context(runtime: &Runtime) -> BenchContext {
    let (directory, store) = (Arc::new(FakeDirectory::new()), Arc::new(MemoryStore::default()));
    let keys = Arc::new(Keyring::new(vec![Zeroizing::new([7; 32])]).expect("a key"));
    let id = directory.add_account(LOGIN, "Anna Janssen", "Fiets-Regen-42!");
    let born = Birthdate::parse_iso(BIRTHDATE).expect("a date");
    let birthdate = RegisteredValue::by(Source::Hr, digest(&keys, id, &born), Timestamp::UNIX_EPOCH);
    let record = Record::with_birthdate(birthdate);
    runtime.block_on(store.store(id, &record, None)).expect("the store in memory");
    let otp_provider = Arc::new(FakeOtpProvider::new().with([LOGIN]));
    let deps = ServiceDeps {
        directory,
        otp_provider: otp_provider.clone(),
        records: store.clone(),
        frozen: store.clone(),
        waits: store.clone(),
        calls: store.clone(),
        start_codes: store.clone(),
        sessions: store.clone(),
        devices: store.clone(),
        limits: store,
        authenticators: Arc::new(FakeAuthenticators::default()),
        audit: Arc::new(MemoryAudit::default()),
        clock: Arc::new(ManualClock::at(Timestamp::constant(1_800_000_000, 0))),
        keys,
        notifier: Arc::new(FakeNotifier::default()),
        breach_check: BreachCheck::default(),
    };
    let config = config();
    let shared = SharedComponents::new(&deps, &config);
    BenchContext { service: ResetService::new(&deps, &shared, config), otp_provider }
}

/// The shipped configuration without the minimum response time; the rate limits are disabled.
fn config() -> ResetConfig {
    let temp_dir = tempfile::tempdir().expect("a folder");
    let file = temp_dir.path().join("settings.toml");
    let text = "public_url = \"https://reset.example.org\"\n\
        [directory]\nurls = [\"ldaps://dc1.example.org\"]\nbind_dn = \"svc\"\nbind_password_file = \"none\"\n\
        base_dn = \"DC=example\"\n\
        [entrust]\nurl = \"https://entrust.example.org\"\napplication_id = \"none\"\ndecoy_user = \"decoy\"\n\
        [store]\nkey_files = [\"none\"]\n";
    std::fs::write(&file, text).expect("a file");
    let mut config = server::reset_config(&Settings::load(&file).expect("settings"));
    let off = Limit { max: 0, window: Duration::from_secs(1) };
    config.min_response_time = SignedDuration::ZERO;
    config.limits.per_address = off;
    config.limits.global = off;
    config
}

async fn identify_and_verify(bench_context: &BenchContext) {
    let service = &bench_context.service;
    let mut client =
        ClientContext { session: None, device: None, address: std::net::Ipv4Addr::LOCALHOST.into() };
    let answer = service.run(&client, ResetCommand::Identify(RawInput::new(LOGIN), None)).await;
    apply_cookie(&mut client, answer);
    let answer = service.run(&client, ResetCommand::Birthdate(RawInput::new(BIRTHDATE))).await;
    apply_cookie(&mut client, answer);
    let code = bench_context.otp_provider.code(LOGIN).expect("a phone");
    let answer = service.run(&client, ResetCommand::Code(RawInput::new(code.expose()))).await;
    let step = apply_cookie(&mut client, answer);
    assert!(matches!(step, Step::Password { .. }), "{step:?}");
    // Ends the session so that the store does not grow.
    let answer = service.run(&client, ResetCommand::Cancel).await;
    apply_cookie(&mut client, answer);
}

fn apply_cookie(client: &mut ClientContext, answer: Result<Answer, Answer>) -> Step {
    let (Ok(answer) | Err(answer)) = answer;
    match answer.cookie {
        Cookie::Keep => {}
        Cookie::Set(id) => client.session = Some(id),
        Cookie::Clear => client.session = None,
    }
    answer.outcome.expect("a step")
}
