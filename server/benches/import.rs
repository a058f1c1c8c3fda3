//! Benchmark: time and memory of an import of 100,000 lines into the embedded store; the target is 10 s and 100 MB
//! on two cores. The directory listing is generated, so the directory's own time is not included.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints its figures"
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
const PAGE_SIZE: u32 = 1000;

fn main() {
    let temp_dir = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let file = temp_dir.path().join("hr.csv");
    write(&file).expect("a file");
    let config = ImportConfig::of(&settings(temp_dir.path()), false).expect("terms");
    let keys = Keyring::new(vec![Zeroizing::new([7; 32])]).expect("a key");
    let store = runtime.block_on(SqliteStore::open(&temp_dir.path().join("reset.db"))).expect("a store");
    for round in ["new", "known"] {
        let deps =
            ImportDeps { directory: &Generated, records: &store, keys: &keys, progress: &|_, _, _| {} };
        let started = Instant::now();
        let report = runtime.block_on(import(&file, &config, &deps, Timestamp::now())).expect("an import");
        let elapsed = started.elapsed();
        println!(
            "{round}: {LINES} lines in {:.1} s, {:.0} lines/s, peak memory {}\n  {}",
            elapsed.as_secs_f64(),
            f64::from(LINES) / elapsed.as_secs_f64(),
            peak_memory().unwrap_or_else(|| "unknown".to_owned()),
            report.counts(),
        );
    }
}

/// Peak resident memory of this process.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}

/// Every person has a different birthdate and number; one line in twenty is invalid.
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

fn settings(temp_dir: &Path) -> Settings {
    let file = temp_dir.join("settings.toml");
    let text = "public_url = \"https://reset.example.org\"\n\
        [directory]\nurls = [\"ldaps://dc1.example.org\"]\nbind_dn = \"svc\"\nbind_password_file = \"none\"\n\
        base_dn = \"DC=example\"\n\
        [entrust]\nurl = \"https://entrust.example.org\"\napplication_id = \"none\"\ndecoy_user = \"decoy\"\n\
        [store]\nkey_files = [\"none\"]\n";
    std::fs::write(&file, text).expect("a file");
    Settings::load(&file).expect("settings")
}

/// A directory that supports only listing.
struct Generated;

fn unsupported<T>() -> Result<T, DirectoryError> {
    Err(DirectoryError::Unreachable { tried: "nothing: only the listing is there".to_owned() })
}

#[async_trait]
impl Directory for Generated {
    async fn find(&self, _: &Username) -> Result<Option<Account>, DirectoryError> {
        unsupported()
    }
    async fn read(&self, _: AccountId) -> Result<Option<Account>, DirectoryError> {
        unsupported()
    }
    fn servers(&self) -> Vec<String> {
        Vec::new()
    }
    async fn read_at(&self, _: &str, _: AccountId) -> Result<Option<Account>, DirectoryError> {
        unsupported()
    }
    async fn unlock(&self, _: &Account) -> Result<(), DirectoryError> {
        unsupported()
    }
    async fn policy(&self, _: &Account) -> Result<Policy, DirectoryError> {
        unsupported()
    }
    async fn set_password(&self, _: &Account, _: &Password) -> Result<(), SetPasswordError> {
        unsupported().map_err(SetPasswordError::NotWritten)
    }
    async fn verify_password(&self, _: &Account, _: &Password) -> Result<Option<bool>, DirectoryError> {
        unsupported()
    }
    async fn sign_in(
        &self,
        _: Option<&Account>,
        _: &Password,
        _: u32,
    ) -> Result<PasswordCheck, DirectoryError> {
        unsupported()
    }
    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        for page in 0..LINES / PAGE_SIZE {
            take((page * PAGE_SIZE..(page + 1) * PAGE_SIZE).map(listed).collect());
            tokio::task::yield_now().await;
        }
        Ok(())
    }
    async fn is_member(&self, _: AccountId, _: &[String]) -> Result<bool, DirectoryError> {
        Ok(false)
    }

    async fn written_mobile(&self, _: &Account) -> Result<Option<String>, DirectoryError> {
        unsupported()
    }
    async fn write_mobile(&self, _: &Account, _: &str) -> Result<(), DirectoryError> {
        unsupported()
    }
    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

fn listed(number: u32) -> ListedAccount {
    // Spread over the whole id space, like real ids.
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
