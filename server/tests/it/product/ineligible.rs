//! A15, A16: ineligible accounts get the same answer as a wrong birthdate, after the same external calls.

use super::world::{BIRTHDATE, Browser, NEW_PASSWORD, Product, WRONG_CODE};
use end2end::directory::Operation;
use end2end::entrust::{DECOY, Endpoint};

/// User name, birthdate, and the reason in the audit log.
const FAILURES: [(&str, &str, &str); 5] = [
    ("A.Janssen", "1984-10-02", "wrong_birthdate"),
    ("C.Peters", "1979-06-15", "disabled"),
    ("D.Willems", "1975-03-03", "privileged"),
    ("E.Hendriks", "1990-12-24", "not_registered"),
    ("N.Iemand", BIRTHDATE, "unknown_name"),
];

/// Takes the recorded external calls: the count per Entrust endpoint, their users, and the directory searches.
fn take_external_calls(product: &Product) -> ([usize; 9], Vec<Option<String>>, usize) {
    let entrust = &product.demo.entrust;
    let calls = Endpoint::ALL.map(|endpoint| entrust.count(endpoint));
    let users = entrust.calls().into_iter().map(|call| call.user).collect();
    let searches = product.directory().seen();
    let searches = searches.iter().filter(|operation| matches!(operation, Operation::Search { .. })).count();
    entrust.forget_calls();
    product.directory().clear_operations();
    (calls, users, searches)
}

async fn fail_verification(
    browser: &mut Browser,
    name: &str,
    birthdate: &str,
    code: &str,
) -> super::world::Answer {
    assert_eq!(browser.identify(name).await.outcome(), "birthdate");
    assert_eq!(browser.birthdate(birthdate).await.outcome(), "code");
    browser.code(code).await
}

#[tokio::test]
async fn a15_ineligible_account_gets_the_same_answer_as_a_wrong_birthdate() {
    let product = Product::start().await;
    let people = FAILURES.map(|(name, ..)| name);
    let entries = || people.map(|name| product.directory().entry(name).map(|entry| format!("{entry:?}")));
    let before = entries();
    // The first search opens a connection to the directory, which is reused.
    fail_verification(&mut product.browser(), "N.Iemand", BIRTHDATE, WRONG_CODE).await;
    take_external_calls(&product);
    let mut first = None;
    for (name, birthdate, reason) in FAILURES {
        // Users with the app even enter a correct code.
        let code = product.demo.entrust.unused_code(name).unwrap_or("12345678".to_owned());
        let mut browser = product.browser();
        let answer = fail_verification(&mut browser, name, birthdate, &code).await;
        assert_eq!((answer.status, answer.outcome()), (403, "not_verified"), "{name}");
        assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "start_again", "{name}");
        let names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        let calls = take_external_calls(&product);
        assert_eq!(calls.0, [1, 1, 0, 0, 0, 0, 0, 0, 0], "{name}");
        assert!(calls.1.iter().all(|user| user.as_deref() == Some(DECOY)), "{name}: {:?}", calls.1);
        let observed = (answer.masked(), names, calls);
        match &first {
            None => first = Some(observed),
            Some(first) => assert_eq!(first, &observed, "{name}"),
        }
        let shown = product.command(&["audit", "show", answer.reference()]).await;
        assert_eq!(shown.code, 0, "{shown:?}");
        let line: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(
            (&line["event"]["event"], &line["event"]["reason"]),
            (&"not_verified".into(), &reason.into())
        );
    }
    assert_eq!(product.directory().writes(), 0);
    assert_eq!(entries(), before, "nothing in the directory has changed");
    assert!(!product.log().contains("wrong_birthdate"), "the reason is in the audit log only");
}

#[tokio::test]
async fn wrong_code_gets_the_same_answer_and_is_the_only_refusal_that_completes_a_challenge() {
    let product = Product::start().await;
    let birthdate = fail_verification(&mut product.browser(), "A.Janssen", "1984-10-02", WRONG_CODE).await;
    take_external_calls(&product);
    let code = fail_verification(&mut product.browser(), "A.Janssen", BIRTHDATE, WRONG_CODE).await;
    assert_eq!(birthdate.masked(), code.masked());
    let (calls, users, _) = take_external_calls(&product);
    assert_eq!(calls, [1, 1, 1, 0, 0, 0, 0, 0, 0]);
    assert!(users.iter().all(|user| user.as_deref() == Some("A.Janssen")), "{users:?}");
}
