//! The table test of the state machine: what every command does at every stage. The table is part of
//! `docs/architecture.md`; the test fails if the two differ. `UPDATE_DOCS=1` writes it there.

use super::rate_limit::RateLimitConfig;
use super::session::{Open, SessionKind};
use super::state::{CLAIM_LIFETIME, Finished, Identified, Proof, Stage};
use super::*;
use crate::ports::clock::Clock as _;
use crate::ports::otp_provider::ProviderUserName;
use crate::ports::rate_limits::Limit;
use crate::ports::records::{Record, Records as _, RegisteredValue};
use crate::ports::waiting_resets::WaitingReset;
use crate::record_values::digest;
use crate::test_support::authenticators::FakeAuthenticators;
use crate::test_support::directory::FakeDirectory;
use crate::test_support::notifier::FakeNotifier;
use crate::test_support::otp_provider::FakeOtpProvider;
use crate::test_support::{ManualClock, MemoryAudit, MemoryStore};
use app::api::enrollment_state::Source;
use app::api::step::OtpMethod;
use app::domain::birthdate::Birthdate;
use app::domain::call_code::CallCode;
use app::domain::raw_input::RawInput;
use app::policy::{Personal, Rules, Score};
use jiff::Timestamp;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

const LOGIN: &str = "A.Janssen";
const BIRTHDATE: &str = "1984-10-01";
const BEGIN: &str = "<!-- transitions: begin -->\n";
const END: &str = "<!-- transitions: end -->";

/// The rows: a stage, and for a claim whether the request that made it is still running.
#[derive(Clone, Copy)]
enum Start {
    NoSession,
    Identified,
    AwaitingCode,
    Checking,
    CheckingAbandoned,
    Verified,
    Waiting,
    Called,
    NewApp,
    Writing,
    WritingAbandonedNotSet,
    WritingAbandonedSet,
    Finished,
}

const STARTS: [(Start, &str); 13] = [
    (Start::NoSession, "no session"),
    (Start::Identified, "Identified"),
    (Start::AwaitingCode, "AwaitingCode"),
    (Start::Checking, "Checking"),
    (Start::CheckingAbandoned, "Checking, abandoned"),
    (Start::Verified, "Verified"),
    (Start::Waiting, "Waiting"),
    (Start::Called, "Called"),
    (Start::NewApp, "NewApp"),
    (Start::Writing, "Writing"),
    (Start::WritingAbandonedNotSet, "Writing, abandoned, not set"),
    (Start::WritingAbandonedSet, "Writing, abandoned, set"),
    (Start::Finished, "Finished"),
];

/// The columns.
#[derive(Clone, Copy)]
enum Command {
    Identify,
    Birthdate,
    RightCode,
    WrongCode,
    Resend,
    Password,
    WeakPassword,
    Unlock,
    Activate,
    App,
    Extend,
    Cancel,
    Current,
}

const COMMANDS: [(Command, &str); 13] = [
    (Command::Identify, "identify"),
    (Command::Birthdate, "birthdate"),
    (Command::RightCode, "code, right"),
    (Command::WrongCode, "code, wrong"),
    (Command::Resend, "resend"),
    (Command::Password, "password"),
    (Command::WeakPassword, "password, weak"),
    (Command::Unlock, "unlock"),
    (Command::Activate, "activate"),
    (Command::App, "app"),
    (Command::Extend, "extend"),
    (Command::Cancel, "cancel"),
    (Command::Current, "current"),
];

struct Fixture {
    service: Arc<ResetService>,
    provider: Arc<FakeOtpProvider>,
    clock: Arc<ManualClock>,
    account: AccountId,
    password_last_set: i64,
}

fn config() -> ResetConfig {
    let off = Limit { max: 0, window: Duration::from_secs(1) };
    ResetConfig {
        site: Site {
            logo: None,
            organisation: crate::config::shipped_organisation().unwrap(),
            rules: rules(),
            methods: vec![OtpMethod::Token],
            kept_days: 30,
            waiting_seconds: 24 * 3600,
            calls: false,
            application_groups: vec![],
        },
        verification_mode: VerificationMode::Joint,
        min_response_time: SignedDuration::ZERO,
        session_idle: SignedDuration::from_mins(15),
        provider_user_name: ProviderUserName::Login,
        birthdate_from_directory: false,
        require_mobile: false,
        offer_unlock: true,
        high_impact_wait: SignedDuration::from_hours(24),
        limits: RateLimitConfig {
            per_address: off,
            own_networks: vec![],
            per_own_network: off,
            per_device: off,
            device_lifetime: SignedDuration::from_hours(24),
            calls_per_session: 0,
            codes_per_session: 5,
            passwords_per_session: 20,
            global: off,
            account_failures: Limit { max: 3, window: Duration::from_hours(24) },
            code_reserve: 0,
        },
    }
}

fn rules() -> Rules {
    Rules {
        min_length: 12,
        max_length: 127,
        complexity: true,
        min_score: Score::new(3).unwrap(),
        banned_words: vec![],
        history: None,
    }
}

impl Fixture {
    async fn new() -> Self {
        let directory = Arc::new(FakeDirectory::new());
        let account = directory.add_account(LOGIN, "Anna Janssen", "Fiets-Regen-42!");
        directory.edit(LOGIN, |member| member.account.locked = true);
        let password_last_set = directory.member(LOGIN).unwrap().account.password_last_set;
        let clock = Arc::new(ManualClock::at(Timestamp::constant(1_800_000_000, 0)));
        let keys = Arc::new(Keyring::new(vec![Zeroizing::new([7; 32])]).unwrap());
        let store = Arc::new(MemoryStore::default());
        let date = Birthdate::parse_iso(BIRTHDATE).unwrap();
        let birthdate = RegisteredValue::by(Source::Hr, digest(&keys, account, &date), clock.now());
        store.store(account, &Record::with_birthdate(birthdate), None).await.unwrap();
        let provider = Arc::new(FakeOtpProvider::new().with([LOGIN]));
        let deps = ServiceDeps {
            directory,
            otp_provider: provider.clone(),
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
            clock: clock.clone(),
            keys,
            notifier: Arc::new(FakeNotifier::default()),
            breach_check: BreachCheck::default(),
        };
        let shared = SharedComponents::new(&deps, &config());
        let service = ResetService::new(&deps, &shared, config());
        Self { service, provider, clock, account, password_last_set }
    }

    /// Stores a session at a stage; `None` without a session.
    async fn session_at(&self, start: Start) -> Option<Open> {
        let now = self.clock.now();
        let abandoned = now - CLAIM_LIFETIME;
        let identified =
            Identified { username: Username::parse(LOGIN, &config().site.organisation.domains).unwrap() };
        let birthdate = Birthdate::parse_iso(BIRTHDATE).unwrap();
        let awaiting = identified.clone().with_birthdate(birthdate, OtpMethod::Token);
        let proof = Proof { account: self.account, code_digest: [0; 32] };
        let verified = awaiting
            .clone()
            .claim(now)
            .verified(proof, rules(), Personal::default(), now, now + PROOF_LIFETIME)
            .with_unlockable(true);
        let stage = match start {
            Start::NoSession => return None,
            Start::Identified => Stage::Identified(identified),
            Start::AwaitingCode => Stage::AwaitingCode(awaiting),
            Start::Checking => Stage::Checking(awaiting.claim(now)),
            Start::CheckingAbandoned => Stage::Checking(awaiting.claim(abandoned)),
            Start::Verified => Stage::Verified(verified),
            Start::Waiting => {
                let proof = Proof { account: self.account, code_digest: [0; 32] };
                let wait = WaitingReset::starting(now, config().high_impact_wait);
                Stage::Waiting(awaiting.claim(now).waiting(proof, wait, now))
            }
            Start::Called => {
                let proof = Proof { account: self.account, code_digest: [0; 32] };
                let code = CallCode::from_random([1; 6]);
                Stage::Called(awaiting.claim(now).called(proof, code, now + call::CALL_CODE_LIFETIME, now))
            }
            Start::NewApp => {
                let proof = Proof { account: self.account, code_digest: [0; 32] };
                Stage::NewApp(awaiting.claim(now).new_app(proof, false, now))
            }
            Start::Writing => Stage::Writing(verified.claim(self.password_last_set, now)),
            Start::WritingAbandonedNotSet => {
                Stage::Writing(verified.claim(self.password_last_set, abandoned))
            }
            Start::WritingAbandonedSet => {
                Stage::Writing(verified.claim(self.password_last_set - 1, abandoned))
            }
            Start::Finished => Stage::Finished(Finished::default()),
        };
        Some(self.service.control.sessions.start(stage, SessionKind::Reset).await.unwrap())
    }

    async fn run(&self, command: Command, client: &ClientContext) -> Result<Answer, Answer> {
        let text = RawInput::new;
        let command = match command {
            Command::Identify => ResetCommand::Identify(text(LOGIN), None),
            Command::Birthdate => ResetCommand::Birthdate(text(BIRTHDATE)),
            Command::RightCode => ResetCommand::Code(text(self.provider.code(LOGIN).unwrap().expose())),
            Command::WrongCode => ResetCommand::Code(text(FakeOtpProvider::wrong_code().unwrap().expose())),
            Command::Resend => ResetCommand::Resend(None),
            Command::Password => ResetCommand::Password(text("Zomer-Kanaal-87?paars")),
            Command::WeakPassword => ResetCommand::Password(text("kort")),
            Command::Unlock => ResetCommand::Unlock,
            Command::Activate => ResetCommand::Activate,
            Command::App => ResetCommand::App,
            Command::Extend => ResetCommand::Extend,
            Command::Cancel => ResetCommand::Cancel,
            Command::Current => ResetCommand::Current,
        };
        self.service.run(client, command).await
    }

    /// The name of the stage of a session.
    async fn stage(&self, id: Option<&SessionId>) -> &'static str {
        let Some(id) = id else { return "no session" };
        match self.service.control.sessions.load(id).await.unwrap().map(|open| open.session.stage) {
            None => "no session",
            Some(Stage::Identified(_)) => "Identified",
            Some(Stage::AwaitingCode(_)) => "AwaitingCode",
            Some(Stage::Checking(_)) => "Checking",
            Some(Stage::Verified(_)) => "Verified",
            Some(Stage::Waiting(_)) => "Waiting",
            Some(Stage::Called(_)) => "Called",
            Some(Stage::NewApp(_)) => "NewApp",
            Some(Stage::Writing(_)) => "Writing",
            Some(Stage::Finished(_)) => "Finished",
        }
    }
}

/// What a command does at a stage, e.g. `→ Verified`, `start_again`, `not_verified → AwaitingCode`.
async fn cell(start: Start, command: Command) -> String {
    let fixture = Fixture::new().await;
    let open = fixture.session_at(start).await;
    let client = ClientContext {
        session: open.map(|open| open.id),
        device: None,
        address: "192.0.2.1".parse().unwrap(),
    };
    let before = fixture.stage(client.session.as_ref()).await;
    let (Ok(answer) | Err(answer)) = fixture.run(command, &client).await;
    let id = match answer.cookie {
        Cookie::Keep => client.session,
        Cookie::Set(id) => Some(id),
        Cookie::Clear => None,
    };
    let after = fixture.stage(id.as_ref()).await;
    let refusal = answer.outcome.err().map(|refusal| {
        let json = serde_json::to_value(refusal).unwrap();
        json["refusal"].as_str().unwrap().to_owned()
    });
    match (refusal, before == after) {
        (Some(refusal), true) => refusal,
        (Some(refusal), false) => format!("{refusal} → {after}"),
        (None, true) => "stays".to_owned(),
        (None, false) => format!("→ {after}"),
    }
}

async fn table() -> String {
    let mut table = String::from("| stage |");
    for (_, name) in COMMANDS {
        write!(table, " {name} |").unwrap();
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(COMMANDS.len()));
    table.push('\n');
    for (start, name) in STARTS {
        write!(table, "| {name} |").unwrap();
        for (command, _) in COMMANDS {
            write!(table, " {} |", cell(start, command).await).unwrap();
        }
        table.push('\n');
    }
    table
}

#[tokio::test]
async fn the_table_of_transitions_is_the_one_in_the_documentation() {
    let table = table().await;
    eprintln!("{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/architecture.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("docs/architecture.md has the marker");
    let (documented, after) = rest.split_once(END).expect("docs/architecture.md has the end marker");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(documented, table, "UPDATE_DOCS=1 writes the table to docs/architecture.md");
    }
}
