//! The HR source of the demo: the command, what it registers, and what a check says of it.

use super::world::{Product, run};
use end2end::hr::{Fault, Person};
use serde_json::Value;

/// What `check` says of HR.
async fn rows(product: &Product) -> Vec<Value> {
    let checked = product.command(&["check", "--json"]).await;
    let findings: Vec<Value> = serde_json::from_str(&checked.out).unwrap();
    findings.into_iter().filter(|finding| finding["part"] == "hr").collect()
}

async fn numbers(product: &Product) -> String {
    let checked = product.command(&["check", "--json"]).await;
    let findings: Vec<Value> = serde_json::from_str(&checked.out).unwrap();
    let row = findings.iter().find(|finding| finding["what"] == "mobile numbers").unwrap();
    row["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_round_of_hr_registers_everybody_whom_it_knows_and_doing_it_again_changes_nothing() {
    let product = Product::start().await;
    for forgotten in ["A.Janssen", "B.Smits"] {
        assert_eq!(product.command(&["person", "delete", forgotten]).await.code, 0);
    }
    let none = "(0 first, 6 the same, 0 replaced, 0 proposed), 0 superseded, 0 refused\n";
    let all = "(2 first, 4 the same, 0 replaced, 0 proposed), 0 superseded, 0 refused";
    let head = "6 persons of HR, 0 without any value; 6 lines taken";
    let dry = product.command(&["hr", "--dry-run"]).await;
    assert_eq!(dry.out, format!("{head} {all}; nothing was changed (--dry-run)\n"), "{dry:?}");
    assert_eq!((dry.code, numbers(&product).await.as_str()), (0, "4 registered"));
    let done = product.command(&["hr"]).await;
    assert_eq!((done.code, done.out), (0, format!("{head} {all}\n")), "{}", done.err);
    assert_eq!(numbers(&product).await, "6 registered");
    let again = product.command(&["hr"]).await;
    assert_eq!((again.code, again.out), (0, format!("{head} {none}")), "{}", again.err);
    // Two pages each time, and who has nothing registered has still nothing.
    assert_eq!(product.demo.hr.calls().len(), 6);
    let eva = product.command(&["person", "export", "E.Hendriks"]).await;
    assert!(!eva.out.contains("since"), "{}", eva.out);
    let log = product.log() + &dry.err + &done.err + &again.err;
    for part in ["6123456", "06-123", "A.Janssen", "pretend & secret", "token-1"] {
        assert!(!log.contains(part), "{part} stands in: {log}");
    }
}

#[tokio::test]
async fn what_hr_has_wrong_is_told_by_entry_and_hr_that_fails_changes_nothing() {
    let product = Product::start().await;
    let odd = "\u{1b}[31m12";
    product.demo.hr.set_people(vec![
        Person::new("1200", "0485-845900"),
        Person::new("99", "0612345678"),
        Person::new(odd, "0612345678"),
    ]);
    let refused = product.command(&["hr"]).await;
    let told = "line 1 (1200): mobile number: not a mobile number\n\
                line 2 (99): no account with this employee number\n\
                line 3: no account with this employee number\n\
                3 persons of HR, 0 without any value; 0 lines taken (0 first, 0 the same, 0 replaced, 0 proposed), \
                0 superseded, 3 refused\n";
    assert_eq!((refused.code, refused.out.as_str()), (1, told), "{}", refused.err);
    product.demo.hr.set_fault(Some(Fault::Status(403)));
    let failed = product.command(&["hr"]).await;
    assert_eq!((failed.code, failed.out.as_str()), (1, ""));
    let told = "page 1 of HR was not read; nothing was changed: HR at 127.0.0.1 refuses: status 403";
    assert!(failed.err.contains(told), "{}", failed.err);
    assert_eq!(numbers(&product).await, "6 registered");
    // A check reads no person; it sees whether there are tokens.
    let good = rows(&product).await;
    assert_eq!((good.len(), good[0]["state"].as_str()), (1, Some("good")));
    product.demo.hr.set_token_fault(Some(400));
    assert_eq!(rows(&product).await[0]["state"], "bad");
}

#[tokio::test]
async fn without_a_source_there_is_nothing_to_ask() {
    let folder = super::registered::folder();
    let output = run(&["hr"], folder.path()).await;
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    assert!(output.err.contains("hr.url: not set"), "{}", output.err);
}
