//! The HR source of the demo: the command `hr`, the values that it registers, and the rows of `check`.

use super::world::{Product, run};
use end2end::hr::{Fault, Person};
use serde_json::Value;

/// The rows of `check` about HR.
async fn hr_findings(product: &Product) -> Vec<Value> {
    let checked = product.command(&["check", "--json"]).await;
    let findings: Vec<Value> = serde_json::from_str(&checked.out).unwrap();
    findings.into_iter().filter(|finding| finding["part"] == "hr").collect()
}

/// The detail of the row of `check` that counts the registered mobile numbers.
async fn mobile_numbers(product: &Product) -> String {
    let checked = product.command(&["check", "--json"]).await;
    let findings: Vec<Value> = serde_json::from_str(&checked.out).unwrap();
    let row = findings.iter().find(|finding| finding["what"] == "mobile numbers").unwrap();
    row["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn hr_synchronization_registers_all_known_accounts_and_is_idempotent() {
    let product = Product::start().await;
    for deleted in ["A.Janssen", "B.Smits"] {
        assert_eq!(product.command(&["person", "delete", deleted]).await.code, 0);
    }
    let none = "(0 first, 6 the same, 0 replaced, 0 proposed), 0 superseded, 0 refused\n";
    let all = "(2 first, 4 the same, 0 replaced, 0 proposed), 0 superseded, 0 refused";
    let head = "6 persons of HR, 0 without any value; 6 lines taken";
    let dry = product.command(&["hr", "--dry-run"]).await;
    assert_eq!(dry.out, format!("{head} {all}; nothing was changed (--dry-run)\n"), "{dry:?}");
    assert_eq!((dry.code, mobile_numbers(&product).await.as_str()), (0, "4 registered"));
    let done = product.command(&["hr"]).await;
    assert_eq!((done.code, done.out), (0, format!("{head} {all}\n")), "{}", done.err);
    assert_eq!(mobile_numbers(&product).await, "6 registered");
    let again = product.command(&["hr"]).await;
    assert_eq!((again.code, again.out), (0, format!("{head} {none}")), "{}", again.err);
    // Each run reads two pages. An account that HR does not know is not registered.
    assert_eq!(product.demo.hr.calls().len(), 6);
    let eva = product.command(&["person", "export", "E.Hendriks"]).await;
    assert!(!eva.out.contains("since"), "{}", eva.out);
    let log = product.log() + &dry.err + &done.err + &again.err;
    for part in ["6123456", "06-123", "A.Janssen", "pretend & secret", "token-1"] {
        assert!(!log.contains(part), "{part} is in the log: {log}");
    }
}

#[tokio::test]
async fn invalid_hr_entries_are_reported_by_line_and_an_hr_failure_changes_nothing() {
    let product = Product::start().await;
    let with_escape = "\u{1b}[31m12";
    product.demo.hr.set_people(vec![
        Person::new("1200", "0485-845900"),
        Person::new("99", "0612345678"),
        Person::new(with_escape, "0612345678"),
    ]);
    let refused = product.command(&["hr"]).await;
    let expected = "line 1 (1200): mobile number: not a mobile number\n\
                line 2 (99): no account with this employee number\n\
                line 3: no account with this employee number\n\
                3 persons of HR, 0 without any value; 0 lines taken (0 first, 0 the same, 0 replaced, 0 proposed), \
                0 superseded, 3 refused\n";
    assert_eq!((refused.code, refused.out.as_str()), (1, expected), "{}", refused.err);
    product.demo.hr.set_fault(Some(Fault::Status(403)));
    let failed = product.command(&["hr"]).await;
    assert_eq!((failed.code, failed.out.as_str()), (1, ""));
    let expected = "page 1 of HR was not read; nothing was changed: HR at 127.0.0.1 refuses: status 403";
    assert!(failed.err.contains(expected), "{}", failed.err);
    assert_eq!(mobile_numbers(&product).await, "6 registered");
    // The check reads no person; it only obtains an access token.
    let findings = hr_findings(&product).await;
    assert_eq!((findings.len(), findings[0]["state"].as_str()), (1, Some("good")));
    product.demo.hr.set_token_fault(Some(400));
    assert_eq!(hr_findings(&product).await[0]["state"], "bad");
}

#[tokio::test]
async fn hr_command_without_a_configured_source_exits_with_2() {
    let folder = super::records::settings_folder();
    let output = run(&["hr"], folder.path()).await;
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    assert!(output.err.contains("hr.url: not set"), "{}", output.err);
}
