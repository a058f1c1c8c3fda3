//! `kill -9` between and during the steps: after the restart, the step matches the state of the directory.

use super::world::{Browser, NEW_PASSWORD, Product, wait_for};
use end2end::directory::{Fault, Operation};
use end2end::entrust::{Endpoint, Fault as EntrustFault};
use serde_json::json;

#[tokio::test]
async fn crash_between_any_two_steps_does_not_interrupt_a_reset() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    assert_eq!(browser.current().await.outcome(), "identify");
    product.crash_and_restart().await;
    for (step, call, field, value) in [
        ("birthdate", "identify", "username", Some("A.Janssen")),
        ("code", "birthdate", "birthdate", Some("1984-10-01")),
        ("password", "code", "code", None),
        ("done", "password", "password", Some(NEW_PASSWORD)),
    ] {
        let value = value.map_or_else(|| product.code("A.Janssen"), ToOwned::to_owned);
        assert_eq!(browser.post(call, &json!({ field: value })).await.outcome(), step);
        product.crash_and_restart().await;
        assert_eq!(browser.current().await.outcome(), step, "after the restart");
    }
    assert_eq!(browser.password("Een-Ander-Wachtwoord-9").await.outcome(), "done");
    assert_eq!(product.directory().writes(), 1);
    assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
}

/// Waits until the session is no longer in progress. Returns the name of its step.
async fn settled_step(browser: &mut Browser) -> String {
    assert_eq!(browser.current().await.outcome(), "in_progress", "the claim was abandoned");
    wait_for("the claim is settled", async || {
        let name = browser.current().await.outcome().to_owned();
        (name != "in_progress").then_some(name)
    })
    .await
}

/// Posts the password with this fault, kills the product when the directory receives the write, and restarts it.
async fn kill_during_write(fault: Fault) -> (Product, Browser) {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    product.directory().set_fault(Some(fault));
    let mut writing = browser.clone();
    let writing =
        tokio::spawn(async move { writing.try_post("password", &json!({ "password": NEW_PASSWORD })).await });
    wait_for("the directory receives the write", async || {
        let operations = product.directory().seen();
        operations.iter().any(|operation| matches!(operation, Operation::Modify { .. })).then_some(())
    })
    .await;
    product.demo.kill().await.unwrap();
    assert!(writing.await.unwrap().is_err(), "the browser got no response");
    product.directory().set_fault(None);
    product.demo.restart().await.unwrap();
    (product, browser)
}

async fn crash_after_an_executed_write() {
    let (product, mut browser) = kill_during_write(Fault::SilentAfterModify).await;
    assert_eq!(settled_step(&mut browser).await, "done");
    assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
    assert_eq!((product.directory().writes(), browser.password(NEW_PASSWORD).await.outcome()), (1, "done"));
    assert_eq!(product.directory().writes(), 1);
}

async fn crash_before_an_executed_write() {
    let (product, mut browser) = kill_during_write(Fault::CutBeforeModify).await;
    assert_eq!(settled_step(&mut browser).await, "password");
    assert_eq!(product.directory().writes(), 0);
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
}

async fn crash_during_a_verification() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    let code = product.code("A.Janssen");
    product.demo.entrust.set_fault(Endpoint::Query, EntrustFault::Hang);
    let (mut verifying, posted) = (browser.clone(), code.clone());
    let verifying = tokio::spawn(async move { verifying.try_post("code", &json!({ "code": posted })).await });
    product.demo.entrust.arrived(Endpoint::Query, 1).await;
    product.demo.kill().await.unwrap();
    assert!(verifying.await.unwrap().is_err());
    product.demo.entrust.clear_faults();
    product.demo.restart().await.unwrap();
    assert_eq!(settled_step(&mut browser).await, "code");
    let refused = browser.code(super::world::WRONG_CODE).await;
    assert_eq!(refused.json["attempts_left"], 3, "the attempt that the crash interrupted counts");
    assert_eq!(browser.code(&code).await.outcome(), "password");
}

/// A claim expires after 30 s, so the three cases run in parallel.
#[tokio::test]
async fn a25_step_is_correct_after_a_crash_during_a_write_or_a_verification() {
    tokio::join!(
        crash_after_an_executed_write(),
        crash_before_an_executed_write(),
        crash_during_a_verification()
    );
}

#[tokio::test]
async fn a25_write_with_a_lost_response_is_reported_correctly() {
    for (fault, step, writes) in
        [(Fault::CutAfterModify, "done", 1), (Fault::CutBeforeModify, "unavailable", 0)]
    {
        let product = Product::start().await;
        let mut browser = product.browser();
        browser.reach_password(&product, "A.Janssen").await;
        product.directory().set_fault(Some(fault.clone()));
        assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), step, "{fault:?}");
        assert_eq!(product.directory().writes(), writes);
        product.directory().set_fault(None);
        assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done", "{fault:?}");
        assert_eq!(product.directory().writes(), 1);
        assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
    }
}
