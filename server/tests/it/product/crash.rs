//! `kill -9` at every bad moment: after the restart the screen's promise is true.

use super::world::{Browser, NEW, Product, until};
use end2end::directory::{Fault, Operation};
use end2end::entrust::{Endpoint, Fault as EntrustFault};
use serde_json::json;

#[tokio::test]
async fn a_kill_between_any_two_steps_is_not_noticed() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    assert_eq!(browser.current().await.named(), "identify");
    product.crash_and_restart().await;
    for (step, call, field, value) in [
        ("birthdate", "identify", "username", Some("A.Janssen")),
        ("code", "birthdate", "birthdate", Some("1984-10-01")),
        ("password", "code", "code", None),
        ("done", "password", "password", Some(NEW)),
    ] {
        let value = value.map_or_else(|| product.code("A.Janssen"), ToOwned::to_owned);
        assert_eq!(browser.post(call, &json!({ field: value })).await.named(), step);
        product.crash_and_restart().await;
        assert_eq!(browser.current().await.named(), step, "after the restart");
    }
    assert_eq!(browser.password("Een-Ander-Wachtwoord-9").await.named(), "done");
    assert_eq!(product.directory().writes(), 1);
    assert!(product.directory().has_password("A.Janssen", NEW));
}

/// Where the visit stands as soon as it is no longer in progress.
async fn settled(browser: &mut Browser) -> String {
    assert_eq!(browser.current().await.named(), "in_progress", "the claim was left behind");
    until("the claim is settled", async || {
        let name = browser.current().await.named().to_owned();
        (name != "in_progress").then_some(name)
    })
    .await
}

/// Posts the password into this fault and kills the product as soon as the write has arrived.
async fn killed_while_writing(fault: Fault) -> (Product, Browser) {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    product.directory().set_fault(Some(fault));
    let mut writing = browser.clone();
    let writing =
        tokio::spawn(async move { writing.try_post("password", &json!({ "password": NEW })).await });
    until("the write arrived", async || {
        let seen = product.directory().seen();
        seen.iter().any(|seen| matches!(seen, Operation::Modify { .. })).then_some(())
    })
    .await;
    product.demo.kill().await.unwrap();
    assert!(writing.await.unwrap().is_err(), "nobody answered the browser");
    product.directory().set_fault(None);
    product.demo.start_again().await.unwrap();
    (product, browser)
}

async fn a_write_that_was_carried_out() {
    let (product, mut browser) = killed_while_writing(Fault::SilentAfterModify).await;
    assert_eq!(settled(&mut browser).await, "done");
    assert!(product.directory().has_password("A.Janssen", NEW));
    assert_eq!((product.directory().writes(), browser.password(NEW).await.named()), (1, "done"));
    assert_eq!(product.directory().writes(), 1);
}

async fn a_write_that_was_not() {
    let (product, mut browser) = killed_while_writing(Fault::CutBeforeModify).await;
    assert_eq!(settled(&mut browser).await, "password");
    assert_eq!(product.directory().writes(), 0);
    assert_eq!(browser.password(NEW).await.named(), "done");
    assert!(product.directory().has_password("A.Janssen", NEW));
}

async fn a_judgement() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    let code = product.code("A.Janssen");
    product.demo.entrust.break_down(Endpoint::Query, EntrustFault::Hang);
    let (mut judging, given) = (browser.clone(), code.clone());
    let judging = tokio::spawn(async move { judging.try_post("code", &json!({ "code": given })).await });
    product.demo.entrust.arrived(Endpoint::Query, 1).await;
    product.demo.kill().await.unwrap();
    assert!(judging.await.unwrap().is_err());
    product.demo.entrust.clear_faults();
    product.demo.start_again().await.unwrap();
    assert_eq!(settled(&mut browser).await, "code");
    let refused = browser.code(super::world::WRONG).await;
    assert_eq!(refused.json["attempts_left"], 3, "the attempt that the crash cut short counts");
    assert_eq!(browser.code(&code).await.named(), "password");
}

/// A claim is given up after 30 s: the three wait together.
#[tokio::test]
async fn a25_after_a_kill_in_the_middle_of_a_write_or_a_judgement_the_screen_tells_the_truth() {
    tokio::join!(a_write_that_was_carried_out(), a_write_that_was_not(), a_judgement());
}

#[tokio::test]
async fn a25_a_write_whose_answer_got_lost_is_still_told_right() {
    for (fault, step, writes) in
        [(Fault::CutAfterModify, "done", 1), (Fault::CutBeforeModify, "unavailable", 0)]
    {
        let product = Product::start().await;
        let mut browser = product.browser();
        browser.reach_password(&product, "A.Janssen").await;
        product.directory().set_fault(Some(fault.clone()));
        assert_eq!(browser.password(NEW).await.named(), step, "{fault:?}");
        assert_eq!(product.directory().writes(), writes);
        product.directory().set_fault(None);
        assert_eq!(browser.password(NEW).await.named(), "done", "{fault:?}");
        assert_eq!(product.directory().writes(), 1);
        assert!(product.directory().has_password("A.Janssen", NEW));
    }
}
