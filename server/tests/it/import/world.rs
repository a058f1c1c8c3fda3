//! Test fixture of the import: a directory, a store and a file.

use app::api::enrollment_state::Source;
use jiff::{SignedDuration, Timestamp};
use server::adapters::sqlite::SqliteStore;
use server::config::Settings;
use server::crypto::Keyring;
use server::import::{ImportConfig, ImportDeps, ImportError, LineOutcome, Report, import};
use server::mobile::Mobile;
use server::ports::directory::AccountId;
use server::ports::notifier::NoticeKind;
use server::ports::records::{Record, Records, RegisteredValue};
use server::record_values;
use server::test_support::MemoryStore;
use server::test_support::directory::FakeDirectory;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use zeroize::Zeroizing;

pub(crate) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
pub(crate) const WAIT: SignedDuration = SignedDuration::from_hours(24);

pub(crate) struct World {
    pub(crate) directory: FakeDirectory,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) keys: Keyring,
    pub(crate) config: ImportConfig,
    folder: TempDir,
}

pub(crate) fn keyring(secrets: &[u8]) -> Keyring {
    Keyring::new(secrets.iter().map(|secret| Zeroizing::new([*secret; 32])).collect()).unwrap()
}

pub(crate) fn settings() -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    let text = "public_url = \"https://reset.example.org\"\n\
        [directory]\nurls = [\"ldaps://dc1.example.org\"]\nbind_dn = \"svc\"\nbind_password_file = \"none\"\n\
        base_dn = \"DC=example\"\n\
        [entrust]\nurl = \"https://entrust.example.org\"\napplication_id = \"none\"\ndecoy_user = \"decoy\"\n\
        [store]\nkey_files = [\"none\"]\n";
    std::fs::write(&file, text).unwrap();
    Settings::load(&file).unwrap()
}

/// One world for each store implementation.
pub(crate) async fn worlds() -> Vec<World> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(&folder.path().join("reset.db")).await.unwrap();
    let mut second = World::with_store(Arc::new(sqlite));
    second.folder = folder;
    vec![World::with_store(Arc::new(MemoryStore::default())), second]
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_store(Arc::new(MemoryStore::default()))
    }

    pub(crate) fn with_store(records: Arc<dyn Records>) -> Self {
        Self {
            directory: FakeDirectory::new(),
            records,
            keys: keyring(&[7]),
            config: ImportConfig::of(&settings(), false).unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The pending notices of a changed number: account, old number, and the time from which the new one is usable.
    pub(crate) async fn pending_notices(&self) -> Vec<(AccountId, Option<String>, Timestamp)> {
        let stored = self.records.page(None, 1000).await.unwrap();
        let pending = stored
            .into_iter()
            .filter(|(_, stored)| stored.record.pending_notices.contains(&NoticeKind::MobileChanged));
        let notices = pending.map(|(account, stored)| {
            let old =
                stored.record.previous_mobile.and_then(|old| record_values::open(&self.keys, account, &old));
            (account, old.map(|old| old.expose().to_owned()), stored.record.mobile.unwrap().usable_from)
        });
        notices.collect()
    }

    pub(crate) fn add_account(&self, login: &str) -> AccountId {
        self.directory.add_account(login, login, "Fiets-Regen-42!")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("hr.csv")
    }

    pub(crate) async fn import(&self, content: impl AsRef<[u8]>) -> Result<Report, ImportError> {
        std::fs::write(self.file(), content).unwrap();
        self.import_again().await
    }

    /// Imports the existing file.
    pub(crate) async fn import_again(&self) -> Result<Report, ImportError> {
        let deps = ImportDeps {
            directory: &self.directory,
            records: &*self.records,
            keys: &self.keys,
            progress: &|_, _, _| {},
        };
        import(&self.file(), &self.config, &deps, NOW).await
    }

    /// The outcome of each line.
    pub(crate) async fn outcomes(&self, content: impl AsRef<[u8]>) -> Vec<(u64, LineOutcome)> {
        self.import(content).await.unwrap().lines().to_vec()
    }

    pub(crate) async fn record(&self, account: AccountId) -> Record {
        self.records.load(account).await.unwrap().unwrap().record
    }

    pub(crate) async fn number(&self, account: AccountId) -> Option<String> {
        let mobile = self.record(account).await.mobile?;
        record_values::open(&self.keys, account, &mobile.value).map(|mobile| mobile.expose().to_owned())
    }

    pub(crate) async fn count(&self) -> usize {
        self.records.page(None, 1_000_000).await.unwrap().len()
    }

    /// Stores a number that the employee registered.
    pub(crate) async fn register(&self, account: AccountId, number: &str) {
        let sealed = record_values::seal(&self.keys, account, &Mobile::from_e164(number).unwrap()).unwrap();
        let mobile = Some(RegisteredValue::by(Source::Employee, sealed, NOW));
        self.records.store(account, &Record { mobile, ..Record::default() }, None).await.unwrap();
    }
}
