//! `backup`: a copy of a store that is being written can be restored, and the command says what it lacks.

use super::records::settings_folder;
use super::world::run;
use jiff::Timestamp;
use server::adapters::sqlite::SqliteStore;
use server::ports::directory::AccountId;
use server::ports::records::{Record, Records, StoredRecord};
use server::ports::sessions::{Revision, SessionId, Sessions, Swap};
use server::ports::store::Store as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use uuid::Uuid;
use zeroize::Zeroizing;

const LATER: Timestamp = Timestamp::constant(1_800_000_900, 0);

fn id(byte: u8) -> SessionId {
    SessionId(Zeroizing::new([byte; 32]))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn backup_made_while_the_service_writes_can_be_restored() {
    let folder = settings_folder();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("audit.jsonl"), "{\"at\":\"1\"}\n{\"at\":").unwrap();
    let store = Arc::new(SqliteStore::open(&path("reset.db")).await.unwrap());
    let account = AccountId(Uuid::from_u128(1));
    store.store(account, &Record::default(), None).await.unwrap();
    let first = store.create(&id(0), b"first", LATER).await.unwrap();
    let (ended, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU8::new(0)));
    let writer = tokio::spawn({
        let (store, ended, written) = (Arc::clone(&store), Arc::clone(&ended), Arc::clone(&written));
        async move {
            for number in (1..=255).cycle() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                Sessions::remove(&*store, &id(number)).await.unwrap();
                store.create(&id(number), &[number; 2000], LATER).await.unwrap();
                written.fetch_max(number, Ordering::SeqCst);
            }
        }
    });
    let output = run(&["backup", "copy"], folder.path()).await;
    assert!(written.load(Ordering::SeqCst) > 0, "the store was written meanwhile");
    ended.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    assert_eq!((output.code, output.err.as_str()), (0, ""), "{output:?}");
    for expected in
        ["store.key_files", "directory.bind_password_file", "apart from this backup", "to restore:"]
    {
        assert!(output.out.contains(expected), "{expected}\n{}", output.out);
    }
    assert!(!output.out.contains("geheim"), "{}", output.out);

    assert_eq!(mode(&path("copy")), 0o700);
    let mut names: Vec<_> = fs::read_dir(path("copy"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["audit.jsonl", "reset.db", "settings.toml"], "no secret");
    for name in &names {
        assert_eq!(mode(&path("copy").join(name)), 0o600, "{name}");
    }
    assert_eq!(fs::read_to_string(path("copy/audit.jsonl")).unwrap(), "{\"at\":\"1\"}\n");
    assert_eq!(fs::read(path("copy/settings.toml")).unwrap(), fs::read(path("settings.toml")).unwrap());

    let restored = SqliteStore::open(&path("copy/reset.db")).await.unwrap();
    let record = Records::load(&restored, account).await.unwrap();
    assert_eq!(record, Some(StoredRecord { record: Record::default(), revision: Revision(1) }));
    assert_eq!(restored.swap(&id(0), first, b"second", LATER).await.unwrap(), Swap::Won(Revision(2)));
    let changed = restored.store(account, &Record::default(), Some(Revision(1))).await.unwrap();
    assert_eq!(changed, Swap::Won(Revision(2)));
    assert_eq!(
        Sessions::load(&*store, &id(0)).await.unwrap().unwrap().sealed,
        b"first",
        "the original is as it was"
    );
}

#[tokio::test]
async fn backup_overwrites_nothing_and_leaves_nothing_unfinished() {
    let folder = settings_folder();
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let output = run(&["backup", "copy"], folder.path()).await;
    assert_eq!((output.code, output.out.as_str()), (1, ""), "there is no store yet");
    assert!(output.err.contains("store.url: ") && output.err.contains("reset.db"), "{}", output.err);
    assert_eq!(names(), before, "neither a store nor an unfinished backup");

    SqliteStore::open(&folder.path().join("reset.db")).await.unwrap().close().await;
    fs::create_dir(folder.path().join("copy")).unwrap();
    let before = names();
    let output = run(&["backup", "copy"], folder.path()).await;
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(output.err.contains("copy: expected a folder that does not exist yet"), "{}", output.err);
    assert_eq!(names(), before);
    let output = run(&["backup", "nowhere/copy"], folder.path()).await;
    assert_eq!(output.code, 1, "{output:?}");
}
