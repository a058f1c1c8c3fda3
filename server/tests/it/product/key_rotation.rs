//! The procedures «Rotate keys» and «Rotate other secrets» of docs/operations/upgrade.md, step by step.

use super::world::{NEW_PASSWORD, Product, wait_for};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A key file as docs/operations/install.md makes it.
fn create_key(file: &Path) {
    let mut random = [0; 32];
    std::io::Read::read_exact(&mut fs::File::open("/dev/urandom").unwrap(), &mut random).unwrap();
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(file).unwrap();
    std::io::Write::write_all(&mut file, &random).unwrap();
}

/// Replaces text of the settings file, and restarts the service.
async fn change_settings(product: &mut Product, from: &str, to: &str) {
    let file = product.demo.settings();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    fs::write(&file, text.replace(from, to)).unwrap();
    let process = product.demo.process().unwrap().to_string();
    let status = tokio::process::Command::new("kill").args(["-TERM", &process]).status().await.unwrap();
    assert!(status.success());
    product.demo.ended().await.unwrap_err();
    product.demo.restart().await.unwrap();
}

/// Waits until no notification waits. A message that a stopped service was sending waits for two minutes.
async fn all_notifications_are_sent(product: &Product) {
    wait_for("the queue of notifications is empty", async || {
        row(product, "queue").await.starts_with('0').then_some(())
    })
    .await;
}

/// `store.key_files` with these files.
fn key_files(product: &Product, names: &[&str]) -> String {
    let paths = names.iter().map(|name| format!("'{}'", product.demo.folder.join(name).display()));
    format!("key_files = [{}]", paths.collect::<Vec<_>>().join(", "))
}

/// Rows of `check`, by their name.
async fn row(product: &Product, what: &str) -> String {
    let checked = product.command(&["check", "--json"]).await;
    let findings: Vec<Value> = serde_json::from_str(&checked.out).unwrap();
    let row =
        findings.iter().find(|row| row["what"] == what).unwrap_or_else(|| panic!("{what}: {}", checked.out));
    row["detail"].as_str().unwrap().to_owned()
}

async fn on_older_keys(product: &Product) -> u32 {
    row(product, "on older keys").await.parse().unwrap()
}

/// The pseudonyms of everyone in the audit log from this entry on.
fn subjects(product: &Product, from: usize) -> Vec<String> {
    let entries = product.audit_log().split_off(from);
    let subjects = entries.iter().map(|entry| entry["subject"].as_str().unwrap().to_owned());
    subjects.filter(|subject| !subject.is_empty()).collect()
}

/// Imports these lines of the demo's file of registered values.
async fn import(product: &Product, names: &[&str]) {
    let all = fs::read_to_string(product.demo.folder.join("registered.csv")).unwrap();
    let is_wanted =
        |line: &&str| line.starts_with("username;") || names.iter().any(|name| line.starts_with(name));
    let file = product.demo.folder.join("some.csv");
    fs::write(&file, all.lines().filter(is_wanted).collect::<Vec<_>>().join("\n")).unwrap();
    let output = product.command(&["import", file.to_str().unwrap()]).await;
    assert_eq!(output.code, 0, "{output:?}");
}

#[tokio::test]
async fn records_move_to_the_new_key_and_the_old_one_is_removed() {
    let mut product = Product::start().await;
    let mut known = product.browser();
    known.reach_password(&product, "G.Oezdemir").await;
    assert_eq!(known.password(NEW_PASSWORD).await.outcome(), "done");
    let mut open = product.browser();
    open.reach_code("A.Janssen").await;
    assert_eq!(product.command(&["freeze", "C.Peters"]).await.code, 0);
    let before = product.audit_log().len();
    all_notifications_are_sent(&product).await;

    // Steps 1 and 2.
    create_key(&product.demo.folder.join("key2"));
    let (old, both, new) = (
        key_files(&product, &["key"]),
        key_files(&product, &["key2", "key"]),
        key_files(&product, &["key2"]),
    );
    change_settings(&mut product, &old, &both).await;
    assert_eq!(on_older_keys(&product).await, 6);

    // Step 3. The owner is verified, in a session that began under the old key.
    assert_eq!(open.code(&product.code("A.Janssen")).await.outcome(), "password");
    assert_eq!(open.password(NEW_PASSWORD).await.outcome(), "done");
    assert_eq!(on_older_keys(&product).await, 5);
    // The source provides both values again.
    import(&product, &["B.Smits", "C.Peters"]).await;
    assert_eq!(on_older_keys(&product).await, 3);
    // HR provides numbers only: a record counts until its birthdate has moved as well.
    assert_eq!(product.command(&["hr"]).await.code, 0);
    assert_eq!(on_older_keys(&product).await, 3);
    // A known device stays known.
    known.reach_password(&product, "G.Oezdemir").await;
    assert_eq!(on_older_keys(&product).await, 2);
    import(&product, &["D.Willems", "F.Vermeulen"]).await;
    assert_eq!(on_older_keys(&product).await, 0);
    // Pseudonyms are other ones from now on.
    let all = subjects(&product, 0);
    let (earlier, later) =
        (&all[..subjects(&product, 0).len() - subjects(&product, before).len()], subjects(&product, before));
    assert!(!earlier.is_empty() && !later.is_empty());
    assert!(later.iter().all(|subject| !earlier.contains(subject)), "{earlier:?} {later:?}");

    // Step 4.
    all_notifications_are_sent(&product).await;
    change_settings(&mut product, &both, &new).await;
    fs::remove_file(product.demo.folder.join("key")).unwrap();
    assert_eq!(product.command(&["check"]).await.code, 0);
    assert_eq!(on_older_keys(&product).await, 0);
    for name in ["A.Janssen", "B.Smits", "F.Vermeulen"] {
        let mut browser = product.browser();
        browser.reach_password(&product, name).await;
        assert_eq!(
            browser.password(&format!("Molen-{}-Rivier-52", name.len() * 7)).await.outcome(),
            "done",
            "{name}"
        );
    }
    // The freeze does not depend on a key.
    let frozen = product.command(&["unfreeze", "C.Peters"]).await;
    assert_eq!(frozen.code, 0, "{frozen:?}");
    assert_eq!(product.command(&["audit", "verify"]).await.code, 0);
    assert!(!product.log().contains("unreadable"), "{}", product.log());
}

#[tokio::test]
async fn record_under_a_removed_key_is_not_registered_until_the_key_is_back() {
    let mut product = Product::start().await;
    create_key(&product.demo.folder.join("key2"));
    let (old, new, back) = (
        key_files(&product, &["key"]),
        key_files(&product, &["key2"]),
        key_files(&product, &["key2", "key"]),
    );
    // A compromised key is removed at once.
    change_settings(&mut product, &old, &new).await;
    assert_eq!(on_older_keys(&product).await, 6);
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    assert_eq!(browser.code(&product.code("A.Janssen")).await.outcome(), "not_verified");
    let last = product.audit_log().pop().unwrap();
    assert_eq!(last["event"]["reason"], "not_registered", "{last}");
    assert!(product.log().contains("birthdate unreadable"), "{}", product.log());
    // Registered again by the source: the earlier number is unreadable, so the new one counts as another number.
    import(&product, &["B.Smits"]).await;
    let mut waits = product.browser();
    waits.reach_code("B.Smits").await;
    assert_eq!(waits.code(&product.code("B.Smits")).await.outcome(), "not_verified");
    let last = product.audit_log().pop().unwrap();
    assert_eq!(last["event"]["reason"], "too_new", "{last}");
    // Nothing was deleted: with the old key behind the new one the values are readable again.
    change_settings(&mut product, &new, &back).await;
    product.browser().reach_password(&product, "A.Janssen").await;
}

/// The public key that `audit verify` prints.
async fn public_key(product: &Product) -> String {
    let verified = product.command(&["audit", "verify"]).await;
    assert_eq!(verified.code, 0, "{verified:?}");
    let key = verified.out.lines().find_map(|line| line.strip_prefix("public key "));
    key.unwrap_or_else(|| panic!("{}", verified.out)).to_owned()
}

#[tokio::test]
async fn audit_log_that_two_signing_keys_signed_is_verified_with_both() {
    let mut product = Product::start().await;
    for name in ["audit1.key", "audit2.key"] {
        create_key(&product.demo.folder.join(name));
    }
    let file = product.demo.settings();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\n[audit]\nsigning_key_file = \"audit1.key\"\n")).unwrap();
    product.crash_and_restart().await;
    // A command signs its last entry when it ends.
    assert_eq!(product.command(&["freeze", "A.Janssen"]).await.code, 0);
    let old = public_key(&product).await;
    change_settings(&mut product, "audit1.key", "audit2.key").await;
    assert_eq!(product.command(&["unfreeze", "A.Janssen"]).await.code, 0);

    let alone = product.command(&["audit", "verify"]).await;
    assert_eq!(alone.code, 1, "{alone:?}");
    assert!(alone.err.contains("signature wrong"), "{}", alone.err);
    let new = alone.out.lines().find_map(|line| line.strip_prefix("public key ")).unwrap().to_owned();
    assert_ne!(old, new);
    let both = product.command(&["audit", "verify", "--public-key", &old, "--public-key", &new]).await;
    assert_eq!((both.code, both.err.as_str()), (0, ""), "{both:?}");
}
