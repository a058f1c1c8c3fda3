//! The procedure «Backup and restore» of docs/operations/runbook.md: a backup of a running service is restored on an empty
//! host, from its files and from those that the command names.

use super::world::{NEW_PASSWORD, Product, WRONG_CODE};
use end2end::directory::content::BOARD;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The path of each file of the service that a backup lacks, as `backup` prints it: `  KEY  PATH`.
fn named_apart(output: &str) -> Vec<PathBuf> {
    let words = output.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let paths = words.map(|(_, path)| PathBuf::from(path)).filter(|path| path.is_absolute());
    paths.collect()
}

/// Writes a file with mode 0600.
fn put(file: &Path, content: &[u8]) {
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(file).unwrap();
    std::io::Write::write_all(&mut file, content).unwrap();
}

/// Signs the end of the audit log, and has accounts of high impact.
async fn signed_product() -> Product {
    let mut product = Product::start().await;
    let file = product.demo.settings();
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("[directory]\n", &format!("[directory]\nhigh_impact_groups = [\"{BOARD}\"]\n"));
    fs::write(&file, format!("{text}\n[audit]\nsigning_key_file = \"audit.key\"\n")).unwrap();
    put(&product.demo.folder.join("audit.key"), &[5; 32]);
    product.crash_and_restart().await;
    product
}

#[tokio::test]
async fn backup_of_a_running_service_is_restored_on_an_empty_host() {
    let mut product = signed_product().await;
    // A waiting reset, a frozen account, an open session and registered values.
    let mut waiting = product.browser();
    waiting.reach_code("G.Oezdemir").await;
    let waits = waiting.code(&product.code("G.Oezdemir")).await;
    assert_eq!(waits.outcome(), "waiting");
    let mut open = product.browser();
    open.reach_code("F.Vermeulen").await;
    let frozen = product.command(&["freeze", "A.Janssen"]).await;
    assert_eq!(frozen.code, 0, "{frozen:?}");

    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy");
    let backup = product.command(&["backup", copy.to_str().unwrap()]).await;
    assert_eq!((backup.code, backup.err.as_str()), (0, ""), "{backup:?}");
    // After the backup: this is lost.
    assert_eq!(product.command(&["unfreeze", "A.Janssen"]).await.code, 0);

    // The host is gone. What is left are the backup, and the files that it names, in another safe place.
    product.demo.kill().await.unwrap();
    let apart: Vec<(PathBuf, Vec<u8>)> =
        named_apart(&backup.out).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect();
    assert!(apart.iter().any(|(path, _)| path.ends_with("audit.key")), "{}", backup.out);
    let folder = product.demo.folder.clone();
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();

    // Steps 2 and 3 of the runbook.
    for name in ["settings.toml", "reset.db", "audit.jsonl", "audit.jsonl.heads"] {
        put(&folder.join(name), &fs::read(copy.join(name)).unwrap());
    }
    for (path, content) in &apart {
        put(path, content);
    }
    // Step 4.
    let verified = product.command(&["audit", "verify"]).await;
    assert_eq!((verified.code, verified.err.as_str()), (0, ""), "{verified:?}");
    let check = product.command(&["check"]).await;
    assert_eq!(check.code, 0, "{}", check.out);
    let records = check.out.lines().filter(|line| line.contains("records ")).collect::<Vec<_>>().join("\n");
    assert!(records.contains("6 registered") && records.contains("frozen"), "{records}");
    // Step 5.
    product.demo.restart().await.unwrap();

    // The record is there: the birthdate and the code open the password step.
    assert_eq!(
        open.code(&product.code("F.Vermeulen")).await.outcome(),
        "password",
        "the open session goes on"
    );
    assert_eq!(open.password(NEW_PASSWORD).await.outcome(), "done");
    // The freeze is there, and the backup does not know that it was lifted.
    let mut refused = product.browser();
    refused.reach_code("A.Janssen").await;
    assert_eq!(refused.code(&product.code("A.Janssen")).await.outcome(), "not_verified");
    // The wait is there, with its time.
    let mut again = product.browser();
    again.reach_code("G.Oezdemir").await;
    let still = again.code(&product.code("G.Oezdemir")).await;
    assert_eq!((still.outcome(), &still.json["from"]), ("waiting", &waits.json["from"]));
    // The chain goes on from the restored entries.
    let verified = product.command(&["audit", "verify"]).await;
    assert_eq!((verified.code, verified.err.as_str()), (0, ""), "{verified:?}");
    let numbers: Vec<_> = product.audit_log().iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected);
    let mode = fs::metadata(folder.join("reset.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[tokio::test]
async fn store_of_a_backup_is_restored_beside_the_newer_audit_log() {
    let mut product = signed_product().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy");
    assert_eq!(product.command(&["backup", copy.to_str().unwrap()]).await.code, 0);
    // After the backup: the record of B.Smits is deleted, which the restore undoes, and the log says so.
    assert_eq!(product.command(&["person", "delete", "B.Smits"]).await.code, 0);
    let entries = product.audit_log().len();

    // Steps 1 and 2 of the runbook, on the host that still has its other files.
    product.demo.kill().await.unwrap();
    let folder = product.demo.folder.clone();
    for name in ["reset.db", "reset.db-wal", "reset.db-shm"] {
        // After a kill all three exist; after a regular stop only the first.
        fs::remove_file(folder.join(name)).unwrap();
    }
    put(&folder.join("reset.db"), &fs::read(copy.join("reset.db")).unwrap());
    // Steps 4 and 5.
    assert_eq!(product.command(&["check"]).await.code, 0);
    assert_eq!(product.command(&["audit", "verify"]).await.code, 0);
    product.demo.restart().await.unwrap();

    let mut browser = product.browser();
    browser.reach_code("B.Smits").await;
    assert_eq!(browser.code(WRONG_CODE).await.outcome(), "not_verified");
    browser.reach_password(&product, "B.Smits").await;
    assert!(product.audit_log().len() > entries);
    assert_eq!(product.command(&["audit", "verify"]).await.code, 0);
}
