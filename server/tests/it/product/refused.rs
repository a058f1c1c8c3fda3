//! A15, A16: who may not be reset is answered like a wrong birthdate, and outside nobody can tell either.

use super::world::{BIRTHDATE, Browser, NEW, Product, WRONG};
use end2end::directory::Operation;
use end2end::entrust::{DECOY, Endpoint};

/// Name, birthdate, and the true reason.
const CLASSES: [(&str, &str, &str); 5] = [
    ("A.Janssen", "1984-10-02", "wrong_birthdate"),
    ("C.Peters", "1979-06-15", "disabled"),
    ("D.Willems", "1975-03-03", "privileged"),
    ("E.Hendriks", "1990-12-24", "not_registered"),
    ("N.Iemand", BIRTHDATE, "unknown_name"),
];

/// What the outside saw since the last look: calls to Entrust, and what was asked of the directory.
fn seen_outside(product: &Product) -> ([usize; 9], Vec<Option<String>>, usize) {
    let entrust = &product.demo.entrust;
    let calls = Endpoint::ALL.map(|endpoint| entrust.count(endpoint));
    let users = entrust.calls().into_iter().map(|call| call.user).collect();
    let searches = product.directory().seen();
    let searches = searches.iter().filter(|seen| matches!(seen, Operation::Search { .. })).count();
    entrust.forget_calls();
    product.directory().forget_seen();
    (calls, users, searches)
}

async fn refused(browser: &mut Browser, name: &str, birthdate: &str, code: &str) -> super::world::Answer {
    assert_eq!(browser.identify(name).await.named(), "birthdate");
    assert_eq!(browser.birthdate(birthdate).await.named(), "code");
    browser.code(code).await
}

#[tokio::test]
async fn a15_who_may_not_be_reset_is_answered_like_a_wrong_birthdate() {
    let product = Product::start().await;
    let people = CLASSES.map(|(name, ..)| name);
    let entries = || people.map(|name| product.directory().entry(name).map(|entry| format!("{entry:?}")));
    let before = entries();
    // A connection to the directory is opened at the first question and kept.
    refused(&mut product.browser(), "N.Iemand", BIRTHDATE, WRONG).await;
    seen_outside(&product);
    let mut first = None;
    for (name, birthdate, reason) in CLASSES {
        // Who has a phone gives the right code, even.
        let code = product.demo.entrust.unused_code(name).unwrap_or("12345678".to_owned());
        let mut browser = product.browser();
        let answer = refused(&mut browser, name, birthdate, &code).await;
        assert_eq!((answer.status, answer.named()), (403, "not_verified"), "{name}");
        assert_eq!(browser.password(NEW).await.named(), "start_again", "{name}");
        let names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        let outside = seen_outside(&product);
        assert_eq!(outside.0, [1, 1, 0, 0, 0, 0, 0, 0, 0], "{name}");
        assert!(outside.1.iter().all(|user| user.as_deref() == Some(DECOY)), "{name}: {:?}", outside.1);
        let seen = (answer.masked(), names, outside);
        match &first {
            None => first = Some(seen),
            Some(first) => assert_eq!(first, &seen, "{name}"),
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
    assert!(!product.log().contains("wrong_birthdate"), "the true reason stands in the trail only");
}

#[tokio::test]
async fn a_wrong_code_is_answered_the_same_and_is_the_only_one_that_reaches_complete() {
    let product = Product::start().await;
    let birthdate = refused(&mut product.browser(), "A.Janssen", "1984-10-02", WRONG).await;
    seen_outside(&product);
    let code = refused(&mut product.browser(), "A.Janssen", BIRTHDATE, WRONG).await;
    assert_eq!(birthdate.masked(), code.masked());
    let (calls, users, _) = seen_outside(&product);
    assert_eq!(calls, [1, 1, 1, 0, 0, 0, 0, 0, 0]);
    assert!(users.iter().all(|user| user.as_deref() == Some("A.Janssen")), "{users:?}");
}
