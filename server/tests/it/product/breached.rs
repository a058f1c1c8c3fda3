//! Breached passwords in the real binary: the range API in `check` and in a reset, and the command `breached build`.

use super::world::{NEW_PASSWORD, Output, Product, run};
use data_encoding::HEXUPPER;
use end2end::breach_range::{RangeApi, RangeFault};
use serde_json::json;
use sha1::{Digest as _, Sha1};
use std::path::Path;

#[tokio::test]
async fn range_api_is_checked_and_refuses_a_breached_password() {
    let server = RangeApi::start(&["password", NEW_PASSWORD], &[]).await.unwrap();
    let settings = format!("[breached]\nrange_url = \"{}\"\n", server.url());
    let product = Product::with_settings(false, None, &settings).await;
    let check = product.command(&["check"]).await;
    assert_eq!(check.code, 0, "{check:?}");
    let row = |check: &Output, state: &str| {
        check.out.lines().any(|line| line.starts_with(state) && line.contains("breached passwords"))
    };
    assert!(row(&check, "good "), "{check:?}");
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    let refused = browser.password(NEW_PASSWORD).await;
    assert_eq!((refused.status, &refused.json["breaches"]), (422, &json!([{ "breach": "breached" }])));
    server.set_fault(Some(RangeFault::Status(500)));
    let check = product.command(&["check"]).await;
    assert_eq!((check.code, row(&check, "BAD ")), (1, true), "{check:?}");
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    let events: Vec<_> = product.audit_log().iter().map(|line| line["event"]["event"].clone()).collect();
    assert!(events.contains(&json!("breach_unchecked")), "{events:?}");
    let log = product.log();
    assert!(log.contains("password accepted unchecked") && log.contains("status 500"), "{log}");
    let digest = HEXUPPER.encode(&Sha1::digest(NEW_PASSWORD.as_bytes()));
    let prefix = digest.get(..5).unwrap();
    assert!(!log.contains(&format!("/{prefix}")), "the log contains a part of the digest");
}

#[tokio::test]
async fn filter_of_the_command_refuses_a_breached_password_in_a_running_service() {
    let folder = tempfile::tempdir().unwrap();
    let list = format!("{}:12\r\n", HEXUPPER.encode(&Sha1::digest(NEW_PASSWORD.as_bytes())));
    let built = build(folder.path(), &list).await;
    assert_eq!((built.code, built.err.as_str()), (0, ""));
    let filter = folder.path().join("breached.filter");
    let bytes = std::fs::metadata(&filter).unwrap().len();
    assert_eq!(built.out, format!("1 passwords, {bytes} bytes: breached.filter\n"));
    let settings = format!("[breached]\nfilter_file = \"{}\"\n", filter.display());
    let product = Product::with_settings(false, None, &settings).await;
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    let refused = browser.password(NEW_PASSWORD).await;
    assert_eq!((refused.status, &refused.json["breaches"]), (422, &json!([{ "breach": "breached" }])));
    assert_eq!(browser.password("Herfst-Brug-19?groen").await.outcome(), "done");
}

/// Builds `breached.filter` in this folder, from this list.
async fn build(folder: &Path, list: &str) -> Output {
    std::fs::write(folder.join("list.txt"), list).unwrap();
    run(&["breached", "build", "--input", "list.txt", "--output", "breached.filter"], folder).await
}

#[tokio::test]
async fn unusable_list_leaves_the_earlier_filter_and_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = |digit: &str| format!("{}:1\n", digit.repeat(40));
    assert_eq!(build(folder.path(), &line("A")).await.code, 0);
    let filter = folder.path().join("breached.filter");
    let earlier = std::fs::read(&filter).unwrap();
    for (list, expected) in [
        (line("B") + &line("A"), "list.txt: line 2: not sorted"),
        (line("A") + &line("B").replace('B', "Z"), "list.txt: line 2: a digest with other characters"),
        (format!("{}:1\n", "A".repeat(32)), "list.txt: line 1: an NTLM digest"),
        (String::new(), "list.txt: the list is empty"),
    ] {
        let output = build(folder.path(), &list).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{output:?}");
        assert!(output.err.contains(expected), "{output:?}");
        assert_eq!(std::fs::read(&filter).unwrap(), earlier);
    }
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["breached.filter", "list.txt"], "something was left behind");
}

#[tokio::test]
async fn file_errors_of_the_command_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("list.txt"), format!("{}:1\n", "A".repeat(40))).unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    for (input, output, expected) in [
        ("missing.txt", "breached.filter", "missing.txt: "),
        ("folder", "breached.filter", "folder: "),
        ("list.txt", "missing/breached.filter", "missing/breached.filter"),
        ("list.txt", "folder", "folder: "),
    ] {
        let result = run(&["breached", "build", "--input", input, "--output", output], folder.path()).await;
        assert_eq!((result.code, result.out.as_str()), (1, ""), "{result:?}");
        assert!(result.err.contains(expected), "{result:?}");
    }
    let result = run(&["breached", "build", "--input", "list.txt"], folder.path()).await;
    assert_eq!(result.code, 2, "{result:?}");
    assert!(result.err.contains("--output"), "{result:?}");
}
