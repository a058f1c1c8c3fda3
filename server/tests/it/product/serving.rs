//! The serving process: an orderly end, outages, and what a hostile client sends over a real connection.

use super::world::{NEW, Product, text, until};
use end2end::entrust::{Endpoint, Fault};

#[tokio::test]
async fn an_open_request_is_finished_after_sigterm() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    let code = product.code("A.Janssen");
    product.demo.entrust.break_down(Endpoint::Query, Fault::Hang);
    let judging = tokio::spawn(async move { browser.code(&code).await });
    product.demo.entrust.arrived(Endpoint::Query, 1).await;
    let id = product.demo.process().unwrap().to_string();
    let told = tokio::process::Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
    assert!(told.success());
    until("it is shutting down", async || product.log().contains("shutting down").then_some(())).await;
    product.demo.entrust.clear_faults();
    assert_eq!(judging.await.unwrap().named(), "password");
    let ended = product.demo.ended().await.unwrap_err().to_string();
    assert_eq!(ended, "the product ended: exit status: 0");
}

#[tokio::test]
async fn a25_with_the_directory_away_the_visit_is_kept_and_the_step_repeatable() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    product.directory().stop().await;
    let code = product.code("A.Janssen");
    for _ in 0..3 {
        let answer = browser.code(&code).await;
        assert_eq!((answer.status, answer.named()), (503, "unavailable"));
        assert_eq!(answer.headers["retry-after"], "5");
    }
    let origin = product.demo.origin().to_owned();
    assert_eq!(text(&browser, &format!("{origin}/readyz")).await, (200, "degraded\n".to_owned()));
    let first = product.browser().identify("A.Janssen").await;
    assert_eq!(first.named(), "unavailable", "everybody hears it at the first step");
    let (_, status) = text(&browser, &format!("{}/status", product.demo.admin_url)).await;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["state"], "bad");
    product.demo.directory.as_mut().unwrap().start_again().await.unwrap();
    let answer = until("it answers again", async || {
        let answer = browser.code(&code).await;
        (answer.named() != "unavailable").then_some(answer)
    })
    .await;
    assert_eq!(answer.named(), "password");
    assert_eq!(browser.password(NEW).await.named(), "done");
}

#[tokio::test]
async fn pages_health_and_metrics_are_served() {
    let product = Product::start().await;
    let (browser, origin) = (product.browser(), product.demo.origin().to_owned());
    assert_eq!(text(&browser, &format!("{origin}/healthz")).await, (200, "ok\n".to_owned()));
    assert_eq!(text(&browser, &format!("{origin}/readyz")).await, (200, "ready\n".to_owned()));
    assert_eq!(text(&browser, &format!("{origin}/")).await.0, 303);
    let (status, page) = text(&browser, &product.demo.url).await;
    assert_eq!(status, 200);
    assert!(page.contains("Welkom op de website"), "{page}");
    assert_eq!(text(&browser, &format!("{origin}/metrics")).await.0, 404);
    product.browser().identify("A.Janssen").await;
    let (status, metrics) = text(&browser, &format!("{}/metrics", product.demo.admin_url)).await;
    assert_eq!(status, 200);
    assert!(metrics.contains("reset_visits_total 1"), "{metrics}");
    let (status, json) = text(&browser, &format!("{}/status", product.demo.admin_url)).await;
    assert_eq!(status, 200);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["findings"].as_array().is_some_and(|rows| rows.len() > 5), "{json}");
    for (part, state) in
        [("directory", "good"), ("history control", "good"), ("store", "good"), ("mail", "good")]
    {
        assert_eq!(json["parts"][part], state, "{part}: {json}");
    }
    assert_eq!(json["parts"]["entrust"], "warning", "it is no real one: {json}");
}

#[tokio::test]
async fn a09_ten_megabytes_are_refused_without_being_read() {
    let product = Product::start().await;
    let mut browser = product.browser();
    let answer = browser.identify(&"x".repeat(15 * 1024)).await;
    assert_eq!((answer.status, &answer.json["reason"]), (422, &"too_long".into()));
    let large = serde_json::json!({ "username": "x".repeat(10 * 1024 * 1024) });
    // The answer may cross with the rest of the body on its way: then the connection just ends.
    if let Ok(answer) = browser.try_post("identify", &large).await {
        assert_eq!((answer.status, &answer.json["reason"]), (413, &"too_large".into()));
    }
    assert_eq!(browser.identify("A.Janssen").await.named(), "birthdate", "and goes on serving");
}
