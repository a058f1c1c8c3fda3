//! The audit log of the real binary: the events of the commands, `audit verify` and `audit export`.

use super::world::{NEW_PASSWORD, Output, Product, WRONG_CODE};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The events of one command, oldest first.
fn events_of(product: &Product, command: &str) -> Vec<Value> {
    let entries = product.audit_log().into_iter().filter(|entry| entry["network"] == command);
    entries.map(|entry| entry["event"].clone()).collect()
}

#[tokio::test]
async fn commands_record_what_they_changed_and_nothing_for_a_dry_run() {
    let product = Product::start().await;
    let imported = json!({ "event": "imported", "changed": 6, "unchanged": 0, "refused": 0 });
    assert_eq!(events_of(&product, "import"), [imported], "the import of the demo");
    let unchanged = json!({ "event": "imported", "changed": 0, "unchanged": 6, "refused": 0 });
    let file = product.demo.folder.join("registered.csv");
    let file = file.to_str().unwrap();
    for arguments in [&["import", file, "--dry-run"][..], &["hr", "--dry-run"], &["retention", "--dry-run"]] {
        let before = product.audit_log().len();
        assert_eq!(product.command(arguments).await.code, 0, "{arguments:?}");
        assert_eq!(product.audit_log().len(), before, "{arguments:?}");
    }
    for (arguments, command, expected) in [
        (&["import", file][..], "import", unchanged.clone()),
        (&["hr"], "hr", unchanged),
        // C.Peters is disabled.
        (
            &["retention"],
            "retention",
            json!({ "event": "retention", "left": 1, "returned": 0, "removed": 0 }),
        ),
        (&["person", "export", "B.Smits"], "person", json!({ "event": "person_exported" })),
        (&["person", "delete", "B.Smits"], "person", json!({ "event": "person_deleted" })),
    ] {
        let output = product.command(arguments).await;
        assert_eq!(output.code, 0, "{arguments:?}: {output:?}");
        assert_eq!(events_of(&product, command).last(), Some(&expected), "{arguments:?}");
    }
    // Only the events of one person have a subject, which is a pseudonym.
    let entries = product.audit_log();
    let subjects: Vec<_> = entries.iter().filter(|entry| entry["network"] == "person").collect();
    assert_eq!((subjects.len(), &subjects[0]["subject"]), (2, &subjects[1]["subject"]));
    assert_eq!(subjects[0]["subject"].as_str().unwrap().len(), 16);
    assert!(entries.iter().filter(|entry| entry["network"] != "person").all(|entry| entry["subject"] == ""));
    let text = fs::read_to_string(product.demo.folder.join("audit.jsonl")).unwrap();
    assert!(!text.contains("Smits") && !text.contains("smits"), "{text}");
    assert_eq!(product.command(&["audit", "verify"]).await.code, 0);
}

/// A product whose audit log has the lines of a failed and a finished reset.
async fn product_with_entries() -> (Product, PathBuf) {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    browser.code(WRONG_CODE).await;
    browser.reach_password(&product, "A.Janssen").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    let file = product.demo.folder.join("audit.jsonl");
    (product, file)
}

/// `audit verify` of one named file.
async fn verify(product: &Product, file: &Path) -> Output {
    product.command(&["audit", "verify", file.to_str().unwrap()]).await
}

#[tokio::test]
async fn audit_verify_names_file_and_line_of_a_change_and_exits_with_1() {
    let (product, file) = product_with_entries().await;
    let good = product.command(&["audit", "verify"]).await;
    assert_eq!((good.code, good.err.as_str()), (0, ""), "{good:?}");
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() > 5, "{text}");
    let copy = product.demo.folder.join("copy.jsonl");
    for (what, kind, line, damaged) in [
        // One byte: a wrong code becomes something else.
        ("byte", "changed", 3, text.replacen("\"wrong_code\"", "\"wrong_coda\"", 1)),
        ("removed line", "missing", 3, without(&lines, 2)),
        ("exchanged lines", "reordered", 3, exchanged(&lines, 2)),
    ] {
        assert_ne!(damaged, text, "{what}");
        fs::write(&copy, &damaged).unwrap();
        let found = verify(&product, &copy).await;
        assert_eq!((found.code, found.out.as_str()), (1, ""), "{what}: {found:?}");
        let expected = format!("{}:{line}: {kind}", copy.display());
        assert!(found.err.contains(&expected), "{what}: {expected}\n{}", found.err);
    }
    // Lines at the end of the log itself: the file `.chain` knows the last one.
    fs::write(&file, without(&lines, lines.len() - 1)).unwrap();
    let found = product.command(&["audit", "verify"]).await;
    assert_eq!(found.code, 1, "{found:?}");
    assert!(found.err.contains(&format!("{}:", file.display())), "{}", found.err);
    assert!(found.err.contains("truncated"), "{}", found.err);
}

fn joined<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    lines.into_iter().fold(String::new(), |text, line| text + line + "\n")
}

/// Without the line of this index.
fn without(lines: &[&str], index: usize) -> String {
    joined(lines.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, line)| *line))
}

/// The line of this index and the next one exchanged.
fn exchanged(lines: &[&str], index: usize) -> String {
    let mut lines = lines.to_vec();
    lines.swap(index, index + 1);
    joined(lines)
}

#[tokio::test]
async fn audit_export_prints_the_lines_of_the_file_or_syslog_messages() {
    let (product, file) = product_with_entries().await;
    let text = fs::read_to_string(&file).unwrap();
    let export =
        async |arguments: &[&str]| product.command(&[&["audit", "export"][..], arguments].concat()).await;
    let json = export(&[]).await;
    assert_eq!((json.code, json.out.as_str(), json.err.as_str()), (0, text.as_str(), ""));
    assert_eq!(export(&["--format", "jsonl", file.to_str().unwrap()]).await.out, text);
    let syslog = export(&["--format", "syslog"]).await;
    assert_eq!(syslog.code, 0, "{syslog:?}");
    let messages: Vec<_> = syslog.out.lines().collect();
    assert_eq!(messages.len(), text.lines().count());
    for (message, line) in messages.iter().zip(text.lines()) {
        let entry: Value = serde_json::from_str(line).unwrap();
        // Facility 13, severity 6; version, time, host, application, process id, event, structured data, text.
        let parts: Vec<_> = message.splitn(8, ' ').collect();
        // A syslog time has at most six digits of a second.
        let second = entry["at"].as_str().unwrap().get(..19).unwrap();
        assert!(parts[0] == "<110>1" && parts[1].starts_with(second), "{message}");
        assert_eq!(parts[5], entry["event"]["event"].as_str().unwrap(), "{message}");
        assert!(message.ends_with(line), "{message}");
    }
    let (first, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
    let since: Value = serde_json::from_str(last).unwrap();
    let recent = export(&["--since", since["at"].as_str().unwrap()]).await;
    assert!(recent.out.ends_with(&format!("{last}\n")) && !recent.out.contains(first), "{}", recent.out);
    let none = export(&["--since", "2999-01-01T00:00:00Z"]).await;
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert_eq!(export(&["--format", "xml"]).await.code, 2);
    let missing = export(&["/nowhere.jsonl"]).await;
    assert_eq!((missing.code, missing.err.contains("/nowhere.jsonl")), (1, true), "{missing:?}");
}

#[tokio::test]
async fn entries_of_a_reset_have_the_size_that_the_sizing_page_states() {
    let product = Product::start().await;
    let file = product.demo.folder.join("audit.jsonl");
    let before = fs::metadata(&file).unwrap().len();
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    let written = fs::metadata(&file).unwrap().len() - before;
    let page = fs::read_to_string(end2end::machine::workspace().join("docs/operations/sizing.md")).unwrap();
    let (_, rest) = page.split_once("audit log, per reset | ").unwrap();
    let stated: f64 = rest.split(' ').next().unwrap().parse().unwrap();
    let kilobytes = f64::from(u32::try_from(written).unwrap()) / 1000.0;
    assert!((stated - 0.3..=stated).contains(&kilobytes), "{kilobytes} kB, the page says {stated}");
}
