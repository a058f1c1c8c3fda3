//! The server process: graceful shutdown, outages, pages and metrics, and oversized requests.

use super::world::{NEW_PASSWORD, Product, get_text, wait_for};
use end2end::entrust::{Endpoint, Fault};

#[tokio::test]
async fn open_request_is_completed_after_sigterm() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    let code = product.code("A.Janssen");
    product.demo.entrust.set_fault(Endpoint::Query, Fault::Hang);
    let verifying = tokio::spawn(async move { browser.code(&code).await });
    product.demo.entrust.arrived(Endpoint::Query, 1).await;
    let id = product.demo.process().unwrap().to_string();
    let status = tokio::process::Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
    assert!(status.success());
    wait_for("shutdown starts", async || product.log().contains("shutting down").then_some(())).await;
    product.demo.entrust.clear_faults();
    assert_eq!(verifying.await.unwrap().outcome(), "password");
    let exit = product.demo.ended().await.unwrap_err().to_string();
    assert_eq!(exit, "the product ended: exit status: 0");
}

#[tokio::test]
async fn a25_directory_outage_keeps_the_session_and_the_step_can_be_repeated() {
    let mut product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    product.directory().stop().await;
    let code = product.code("A.Janssen");
    for _ in 0..3 {
        let answer = browser.code(&code).await;
        assert_eq!((answer.status, answer.outcome()), (503, "unavailable"));
        assert_eq!(answer.headers["retry-after"], "5");
    }
    let origin = product.demo.origin().to_owned();
    assert_eq!(get_text(&browser, &format!("{origin}/readyz")).await, (200, "degraded\n".to_owned()));
    let first = product.browser().identify("A.Janssen").await;
    assert_eq!(first.outcome(), "unavailable", "reported at the first step");
    let (_, status) = get_text(&browser, &format!("{}/status", product.demo.admin_url)).await;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["state"], "bad");
    product.demo.directory.as_mut().unwrap().restart().await.unwrap();
    let answer = wait_for("the directory is reachable", async || {
        let answer = browser.code(&code).await;
        (answer.outcome() != "unavailable").then_some(answer)
    })
    .await;
    assert_eq!(answer.outcome(), "password");
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
}

#[tokio::test]
async fn pages_health_and_metrics_are_served() {
    let product = Product::start().await;
    let (browser, origin) = (product.browser(), product.demo.origin().to_owned());
    assert_eq!(get_text(&browser, &format!("{origin}/healthz")).await, (200, "ok\n".to_owned()));
    assert_eq!(get_text(&browser, &format!("{origin}/readyz")).await, (200, "ready\n".to_owned()));
    assert_eq!(get_text(&browser, &format!("{origin}/")).await.0, 303);
    let (status, page) = get_text(&browser, &product.demo.url).await;
    assert_eq!(status, 200);
    assert!(page.contains("Welkom op de website"), "{page}");
    assert_eq!(get_text(&browser, &format!("{origin}/metrics")).await.0, 404);
    product.browser().identify("A.Janssen").await;
    let (status, metrics) = get_text(&browser, &format!("{}/metrics", product.demo.admin_url)).await;
    assert_eq!(status, 200);
    assert!(metrics.contains("reset_visits_total 1"), "{metrics}");
    let (status, json) = get_text(&browser, &format!("{}/status", product.demo.admin_url)).await;
    assert_eq!(status, 200);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["findings"].as_array().is_some_and(|rows| rows.len() > 5), "{json}");
    for (part, state) in
        [("directory", "good"), ("history control", "good"), ("store", "good"), ("mail", "good")]
    {
        assert_eq!(json["parts"][part], state, "{part}: {json}");
    }
    assert_eq!(json["parts"]["entrust"], "warning", "the simulator is not the real service: {json}");
}

#[tokio::test]
async fn a09_body_of_ten_megabytes_is_refused_without_being_read() {
    let product = Product::start().await;
    let mut browser = product.browser();
    let answer = browser.identify(&"x".repeat(15 * 1024)).await;
    assert_eq!((answer.status, &answer.json["reason"]), (422, &"too_long".into()));
    let large = serde_json::json!({ "username": "x".repeat(10 * 1024 * 1024) });
    // If the response is sent before the body is complete, the connection may be closed instead.
    if let Ok(answer) = browser.try_post("identify", &large).await {
        assert_eq!((answer.status, &answer.json["reason"]), (413, &"too_large".into()));
    }
    assert_eq!(browser.identify("A.Janssen").await.outcome(), "birthdate", "the server still works");
}

#[tokio::test]
async fn unreadable_proxy_header_is_logged_once_and_shown_by_check_and_status() {
    let mut product = Product::start().await;
    let file = product.demo.folder.join("settings.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("trusted_proxies = [\"127.0.0.1/32\"]\n{settings}")).unwrap();
    product.crash_and_restart().await;
    let url = format!("{}/api/site", product.demo.origin());
    let client = product.browser().client;
    for header in ["198.51.100.7:51234", "\"[2001:db8::1]:443\""] {
        client.get(&url).header("x-forwarded-for", header).send().await.unwrap();
    }
    let table = product.command(&["check"]).await;
    assert!(!table.out.lines().any(|line| line.contains("X-Forwarded-For")), "{}", table.out);

    for _ in 0..3 {
        client.get(&url).header("x-forwarded-for", "198.51.100.77:geheim").send().await.unwrap();
    }
    let table = product.command(&["check"]).await;
    assert_eq!(table.code, 0, "{}", table.out);
    let row = table.out.lines().find(|line| line.contains("X-Forwarded-For")).unwrap();
    assert!(row.starts_with("WARNING  proxy "), "{row}");
    assert!(row.contains("the proxy's header cannot be parsed; all clients share one limit"), "{row}");
    let (_, status) = get_text(&product.browser(), &format!("{}/status", product.demo.admin_url)).await;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["parts"]["proxy"], "warning", "{status}");
    let log = product.log();
    assert_eq!(log.matches("X-Forwarded-For of a trusted proxy cannot be parsed").count(), 1, "{log}");
    for text in [&log, &table.out, &status.to_string()] {
        assert!(!text.contains("198.51.100") && !text.contains("geheim"), "{text}");
    }
}
