//! How long an import of 100,000 lines takes against the embedded store, and how much memory: the target is
//! 10 s and 100 MB on two cores. Not the directory's own time: the listing is made up here, page by page.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures, and prints what it measured"
)]

use app::domain::password::Password;
use app::domain::username::Username;
use async_trait::async_trait;
use jiff::Timestamp;
use server::adapters::sqlite::SqliteStore;
use server::config::Settings;
use server::crypto::Keyring;
use server::import::{ImportConfig, ImportDeps, import};
use server::ports::directory::{
    Account, AccountId, Directory, DirectoryError, Eligibility, ListedAccount, PageSink, PasswordCheck,
    Policy, SetPasswordError,
};
use server::ports::health_finding::Finding;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

const LINES: u32 = 100_000;
const PAGE: u32 = 1000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let file = folder.path().join("hr.csv");
    write(&file).expect("a file");
    let terms = ImportConfig::of(&settings(folder.path()), false).expect("terms");
    let keys = Keyring::new(vec![Zeroizing::new([7; 32])]).expect("a key");
    let store = runtime.block_on(SqliteStore::open(&folder.path().join("reset.db"))).expect("a store");
    for round in ["new", "known"] {
        let parts =
            ImportDeps { directory: &Generated, records: &store, keys: &keys, progress: &|_, _, _| {} };
        let begun = Instant::now();
        let report = runtime.block_on(import(&file, &terms, &parts, Timestamp::now())).expect("an import");
        let took = begun.elapsed();
        println!(
            "{round}: {LINES} lines in {:.1} s, {:.0} lines/s, peak memory {}\n  {}",
            took.as_secs_f64(),
            f64::from(LINES) / took.as_secs_f64(),
            peak().unwrap_or_else(|| "unknown".to_owned()),
            report.counts(),
        );
    }
}

/// The most memory this process ever held.
fn peak() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}

/// Everybody has a birthdate and a number of their own; one line in twenty cannot be taken.
fn write(file: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(file)?);
    writeln!(file, "username;birthdate;mobile;since")?;
    for number in 0..LINES {
        let (day, year, mobile) = (number % 28 + 1, 1950 + number % 50, 10_000_000 + number);
        if number % 20 == 0 {
            writeln!(file, "medewerker.{number};{day:02}-10-{year};0485-845900;01-01-2020")?;
        } else {
            writeln!(file, "medewerker.{number};{day:02}-10-{year};06-{mobile};01-01-2020")?;
        }
    }
    file.flush()
}

fn settings(folder: &Path) -> Settings {
    let file = folder.join("settings.toml");
    let text = "public_url = \"https://reset.example.org\"\n\
        [directory]\nurls = [\"ldaps://dc1.example.org\"]\nbind_dn = \"svc\"\nbind_password_file = \"none\"\n\
        base_dn = \"DC=example\"\n\
        [entrust]\nurl = \"https://entrust.example.org\"\napplication_id = \"none\"\n\
        [store]\nkey_files = [\"none\"]\n";
    std::fs::write(&file, text).expect("a file");
    Settings::load(&file).expect("settings")
}

/// A directory that is nothing but a listing.
struct Generated;

fn nothing<T>() -> Result<T, DirectoryError> {
    Err(DirectoryError::Unreachable { tried: "nothing: only the listing is there".to_owned() })
}

#[async_trait]
impl Directory for Generated {
    async fn find(&self, _: &Username) -> Result<Option<Account>, DirectoryError> {
        nothing()
    }
    async fn read(&self, _: AccountId) -> Result<Option<Account>, DirectoryError> {
        nothing()
    }
    fn servers(&self) -> Vec<String> {
        Vec::new()
    }
    async fn read_at(&self, _: &str, _: AccountId) -> Result<Option<Account>, DirectoryError> {
        nothing()
    }
    async fn unlock(&self, _: &Account) -> Result<(), DirectoryError> {
        nothing()
    }
    async fn policy(&self, _: &Account) -> Result<Policy, DirectoryError> {
        nothing()
    }
    async fn set_password(&self, _: &Account, _: &Password) -> Result<(), SetPasswordError> {
        nothing().map_err(SetPasswordError::NotWritten)
    }
    async fn verify_password(&self, _: &Account, _: &Password) -> Result<Option<bool>, DirectoryError> {
        nothing()
    }
    async fn sign_in(
        &self,
        _: Option<&Account>,
        _: &Password,
        _: u32,
    ) -> Result<PasswordCheck, DirectoryError> {
        nothing()
    }
    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        for page in 0..LINES / PAGE {
            take((page * PAGE..(page + 1) * PAGE).map(listed).collect());
            tokio::task::yield_now().await;
        }
        Ok(())
    }
    async fn write_mobile(&self, _: &Account, _: &str) -> Result<(), DirectoryError> {
        nothing()
    }
    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

fn listed(number: u32) -> ListedAccount {
    // Spread over all identities, as the directory's own are.
    let id = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    ListedAccount {
        id: AccountId(Uuid::from_u128(id)),
        dn: format!("CN=Medewerker {number},OU=Zorg,DC=pantein,DC=grp"),
        login: format!("medewerker.{number}"),
        principal_name: Some(format!("m{number}@pantein.grp")),
        mail: Some(format!("medewerker.{number}@pantein.nl")),
        employee_number: Some(format!("{number:06}")),
        birthdate: None,
        mobile: None,
        eligibility: Eligibility::Eligible,
    }
}
