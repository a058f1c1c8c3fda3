//! What the workflow itself costs from the user name to the proof, against fakes and without the time
//! envelope. Not what directory, Entrust and disk take.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use app::api::enrollment_state::Source;
use app::api::step::Step;
use app::domain::birthdate::Birthdate;
use app::domain::raw_input::RawInput;
use criterion::Criterion;
use jiff::{SignedDuration, Timestamp};
use server::config::Settings;
use server::crypto::Keyring;
use server::enrollment::values::digest;
use server::ports::rate_limits::Limit;
use server::ports::records::{Record, Records as _, Registered};
use server::reset::{Answer, ClientContext, Cookie, ResetConfig, ResetDeps, ResetService};
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

struct World {
    workflow: Arc<ResetService>,
    codes: Arc<FakeOtpProvider>,
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let world = world(&runtime);
    criterion.bench_function("identify to code", |bencher| {
        bencher.to_async(&runtime).iter(|| from_name_to_proof(&world));
    });
    criterion.final_summary();
}

fn world(runtime: &Runtime) -> World {
    let (directory, store) = (Arc::new(FakeDirectory::new()), Arc::new(MemoryStore::default()));
    let keys = Arc::new(Keyring::new(vec![Zeroizing::new([7; 32])]).expect("a key"));
    let id = directory.hire(LOGIN, "Anna Janssen", "Fiets-Regen-42!");
    let born = Birthdate::parse_iso(BIRTHDATE).expect("a date");
    let birthdate = Registered::by(Source::Hr, digest(&keys, id, &born), Timestamp::UNIX_EPOCH);
    let record = Record::with_birthdate(birthdate);
    runtime.block_on(store.store(id, &record, None)).expect("the store in memory");
    let codes = Arc::new(FakeOtpProvider::new().with([LOGIN]));
    let parts = ResetDeps {
        directory,
        codes: codes.clone(),
        records: store.clone(),
        visits: store.clone(),
        limits: store,
        onboarding: Arc::new(FakeAuthenticators::default()),
        audit: Arc::new(MemoryAudit::default()),
        clock: Arc::new(ManualClock::at(Timestamp::constant(1_800_000_000, 0))),
        keys,
        notices: Arc::new(FakeNotifier::default()),
    };
    World { workflow: ResetService::new(parts, terms()), codes }
}

/// The shipped terms without the envelope; the limits are counted in memory and never reached.
fn terms() -> ResetConfig {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    let text = "public_url = \"https://reset.example.org\"\n\
        [directory]\nurls = [\"ldaps://dc1.example.org\"]\nbind_dn = \"svc\"\nbind_password_file = \"none\"\n\
        base_dn = \"DC=example\"\n\
        [entrust]\nurl = \"https://entrust.example.org\"\napplication_id = \"none\"\n\
        [store]\nkey_files = [\"none\"]\n";
    std::fs::write(&file, text).expect("a file");
    let mut terms = server::terms(&Settings::load(&file).expect("settings"));
    let off = Limit { most: 0, window: Duration::from_secs(1) };
    terms.min_response_time = SignedDuration::ZERO;
    terms.limits.per_address = off;
    terms.limits.global = off;
    terms
}

async fn from_name_to_proof(world: &World) {
    let workflow = &world.workflow;
    let mut caller =
        ClientContext { visit: None, device: None, address: std::net::Ipv4Addr::LOCALHOST.into() };
    let answer = workflow.identify(&caller, &RawInput::new(LOGIN)).await;
    took(&mut caller, answer);
    let answer = workflow.birthdate(&caller, &RawInput::new(BIRTHDATE)).await;
    took(&mut caller, answer);
    let code = world.codes.code(LOGIN).expect("a phone");
    let answer = workflow.code(&caller, &RawInput::new(code.expose())).await;
    let step = took(&mut caller, answer);
    assert!(matches!(step, Step::Password { .. }), "{step:?}");
    // The visit ends, so that the store stays as small as it was.
    let answer = workflow.cancel(&caller).await;
    took(&mut caller, answer);
}

fn took(caller: &mut ClientContext, answer: Result<Answer, Answer>) -> Step {
    let (Ok(answer) | Err(answer)) = answer;
    match answer.cookie {
        Cookie::Keep => {}
        Cookie::Set(id) => caller.visit = Some(id),
        Cookie::Clear => caller.visit = None,
    }
    answer.outcome.expect("a step")
}
