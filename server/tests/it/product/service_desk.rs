//! The service desk with the real binary: an agent signs in, a caller is proven, and the audit log has it all.

use super::world::{Browser, Product, wait_for};
use end2end::demo::service_desk_settings;
use end2end::people::FIRST_PASSWORD;
use serde_json::json;

async fn desk() -> Product {
    Product::with_settings(false, None, &service_desk_settings()).await
}

async fn sign_in(product: &Product, agent: &mut Browser, name: &str) {
    let credentials = json!({ "username": name, "password": FIRST_PASSWORD });
    assert_eq!(agent.post_service_desk("sign_in", &credentials).await.json["step"], "code");
    let code = json!({ "code": product.code(name) });
    assert_eq!(agent.post_service_desk("code", &code).await.json["step"], "desk");
}

#[tokio::test]
async fn caller_is_proven_unlocked_and_found_in_the_audit_log() {
    let product = desk().await;
    let mut agent = product.browser();
    // Through a nested group.
    sign_in(&product, &mut agent, "F.Vermeulen").await;
    let mut caller = product.browser();
    let purpose = json!({ "username": "B.Smits", "purpose": "call" });
    assert_eq!(caller.post("identify", &purpose).await.outcome(), "birthdate");
    caller.birthdate("1992-02-29").await;
    let call = caller.code(&product.code("B.Smits")).await;
    assert_eq!(call.outcome(), "call", "{}", call.json);
    let shown = agent.post_service_desk("caller", &json!({ "call_code": call.json["call_code"] })).await;
    assert_eq!(
        (&shown.json["caller"]["name"], &shown.json["caller"]["locked"]),
        (&json!("Bram Smits"), &json!(true))
    );
    let shown = agent.post_service_desk("act", &json!({ "action": "unlock" })).await;
    assert_eq!(
        (&shown.json["caller"]["done"], &shown.json["caller"]["locked"]),
        (&json!("unlock"), &json!(false))
    );
    // The index beside the audit log follows it.
    let what = wait_for("the events of the caller", async || {
        let shown = agent.current_service_desk().await;
        let events = shown.json["caller"]["events"].as_array().cloned().unwrap_or_default();
        let what: Vec<_> = events.iter().map(|event| event["what"].as_str().unwrap().to_owned()).collect();
        what.contains(&"administration".to_owned()).then_some(what)
    })
    .await;
    for expected in ["started", "call_code", "caller_verified"] {
        assert!(what.contains(&expected.to_owned()), "{what:?}");
    }
    // One agent's day, with one command.
    let exported = product.command(&["audit", "export"]).await;
    let day: Vec<_> = exported.out.lines().filter(|line| line.contains("\"agent\":")).collect();
    assert_eq!(day.len(), 2, "{day:?}");
    assert!(day[0].contains("caller_verified") && day[1].contains("desk_acted"), "{day:?}");
}

#[tokio::test]
async fn reference_of_a_refused_reset_is_found_after_the_index_was_deleted() {
    let mut product = desk().await;
    let mut employee = product.browser();
    employee.reach_code("A.Janssen").await;
    let refused = employee.code("000000").await;
    let reference = refused.json["reference"].as_str().unwrap().to_owned();
    product.demo.kill().await.unwrap();
    for suffix in ["index", "index-wal", "index-shm"] {
        drop(std::fs::remove_file(product.demo.folder.join(format!("audit.jsonl.{suffix}"))));
    }
    product.demo.restart().await.unwrap();
    let mut agent = product.browser();
    sign_in(&product, &mut agent, "G.Oezdemir").await;
    let look_up = json!({ "reference": reference.to_lowercase() });
    let why = wait_for("the event of the reference", async || {
        let shown = agent.post_service_desk("trail", &look_up).await;
        shown.json["trail"]["events"][0]["why"].as_str().map(ToOwned::to_owned)
    })
    .await;
    assert_eq!(why, "wrong_details");
}

#[tokio::test]
async fn service_desk_that_is_off_answers_like_an_unknown_path() {
    let product = Product::start().await;
    let mut browser = product.browser();
    let refused = browser.post_service_desk("sign_in", &json!({ "username": "a", "password": "b" })).await;
    let unknown = browser.post_service_desk("unknown", &json!({})).await;
    assert_eq!((refused.status, &refused.json), (404, &unknown.json));
    assert_eq!(
        browser.post("identify", &json!({ "username": "A.Janssen", "purpose": "call" })).await.outcome(),
        "invalid"
    );
}
