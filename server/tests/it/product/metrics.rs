//! `/metrics` of the real product: a reset, refusals and an outage appear, and no personal data.

use super::world::{BIRTHDATE, Browser, NEW_PASSWORD, Product, WRONG_CODE, get_text, wait_for};
use metrics_exporter_prometheus::PrometheusHandle;
use server::config::Settings;
use server::telemetry::catalog::{METRICS, MetricKind};
use server::telemetry::recorder;
use std::collections::BTreeMap;
use std::net::SocketAddr;

async fn scrape(product: &Product) -> String {
    get_text(&product.browser(), &format!("{}/metrics", product.demo.admin_url)).await.1
}

/// The value of a series whose labels contain all of these texts.
fn value(metrics: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let mut lines = metrics.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
    let line = lines.find(|line| labels.iter().all(|label| line.contains(label)))?;
    line.rsplit(' ').next().unwrap().parse().ok()
}

#[tokio::test]
async fn reset_appears_in_the_metrics() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    assert_eq!(browser.code(WRONG_CODE).await.outcome(), "not_verified");
    assert_eq!(browser.code(&product.code("A.Janssen")).await.outcome(), "password");
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    let mut second = product.browser();
    second.identify("B.Smits").await;
    second.post("cancel", &serde_json::json!({})).await;

    let metrics = scrape(&product).await;
    let sessions = |outcome: &str| {
        value(&metrics, "reset_sessions_total", &[&format!("outcome=\"{outcome}\"")]).unwrap_or_default()
    };
    for (outcome, count) in [
        ("started", 2.0),
        ("verified", 1.0),
        ("password_set", 1.0),
        ("cancelled", 1.0),
        ("not_verified", 0.0),
        ("replaced", 0.0),
    ] {
        assert!((sessions(outcome) - count).abs() < 0.1, "{outcome}: {metrics}");
    }
    let route = "route=\"/api/reset/code\"";
    assert_eq!(value(&metrics, "http_requests_total", &[route, "status=\"403\""]), Some(1.0));
    assert_eq!(value(&metrics, "http_requests_total", &[route, "status=\"200\""]), Some(1.0));
    assert_eq!(value(&metrics, "refusals_total", &[route, "refusal=\"not_verified\""]), Some(1.0));
    assert_eq!(value(&metrics, "http_request_duration_seconds_count", &[route]), Some(2.0));
    let calls = "backend_call_duration_seconds_count";
    let calls = |operation: &str| {
        value(&metrics, calls, &[&format!("operation=\"{operation}\""), "outcome=\"ok\""]).unwrap()
    };
    assert!(calls("find") >= 2.0 && calls("challenge") >= 2.0 && calls("sessions") > 5.0, "{metrics}");
    assert!((calls("set_password") - 1.0).abs() < 0.1 && calls("record") >= 5.0, "{metrics}");
    assert!(calls("verify").abs() < 0.1, "single verifications are not visible: {metrics}");
    assert_eq!(value(&metrics, "circuit_breaker_open", &["directory"]), Some(0.0));
    assert_eq!(value(&metrics, "clock_offset_seconds", &["directory"]), Some(0.0));
    assert_eq!(value(&metrics, "directory_server_up", &[]), Some(1.0));
    assert!(metrics.contains("wachtwoord_reset_build_info{"), "{metrics}");
    for private in ["janssen", "smits", BIRTHDATE, "127.0.0.1\"", "dc=", "cn="] {
        assert!(!metrics.to_lowercase().contains(private), "{private}: {metrics}");
    }
}

#[tokio::test]
async fn each_metric_of_the_product_is_in_the_catalog_with_its_type() {
    let product = Product::start().await;
    product.browser().identify("A.Janssen").await;
    let metrics = wait_for("the first sample", async || {
        let metrics = scrape(&product).await;
        metrics.contains("process_max_fds").then_some(metrics)
    })
    .await;
    let mut seen = 0;
    for line in metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let metric = METRICS.iter().find(|metric| metric.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in the catalog"));
        // Without buckets the exporter would make a summary of a histogram.
        assert_eq!(kind, metric.kind.name(), "{name}");
        assert!(metrics.contains(&format!("# HELP {name} {}", metric.help)), "{name}");
        seen += 1;
    }
    // The others appear with their first event.
    assert!(seen > 25, "{seen}: {metrics}");
    for metric in
        METRICS.iter().filter(|metric| metric.kind == MetricKind::Counter && metric.labels.is_empty())
    {
        let exists = value(&metrics, metric.name, &[]).is_some();
        assert!(exists, "{} starts at zero: an alert on its increase sees the first one", metric.name);
    }
    for (name, label) in [
        ("notices_total", "given_up"),
        ("tasks_panicked_total", "jobs"),
        ("tasks_panicked_total", "metrics"),
        ("reset_unavailable_total", "entrust"),
        ("reset_limited_total", "global"),
        ("reset_sessions_total", "password_set"),
    ] {
        assert_eq!(value(&metrics, name, &[label]), Some(0.0), "{name}: {metrics}");
    }
}

/// The counters, and how often each histogram was used.
fn counts(recorder: &PrometheusHandle) -> BTreeMap<String, f64> {
    let text = recorder.render();
    let lines = text.lines().filter(|line| {
        let name = line.split(['{', ' ']).next().unwrap();
        name.ends_with("_total") || name.ends_with("_count")
    });
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
        .collect()
}

/// What an attempt with a wrong code adds to the metrics.
async fn added_by(recorder: &PrometheusHandle, mut browser: Browser, name: &str, birthdate: &str) -> String {
    let before = counts(recorder);
    assert_eq!(browser.identify(name).await.outcome(), "birthdate");
    assert_eq!(browser.birthdate(birthdate).await.outcome(), "code");
    assert_eq!(browser.code(WRONG_CODE).await.outcome(), "not_verified");
    let after = counts(recorder);
    let added = after.into_iter().map(|(series, value)| {
        let earlier = before.get(&series).copied().unwrap_or_default();
        (series, value - earlier)
    });
    let added: Vec<String> =
        added.filter(|(_, added)| *added > 0.0).map(|(series, added)| format!("{series} {added}")).collect();
    added.join("\n")
}

#[tokio::test]
async fn attempt_with_the_right_birthdate_adds_the_same_to_the_metrics_as_any_other() {
    let recorder = recorder::builder().unwrap().build_recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let recorder = recorder.handle();
    let mut product = Product::start().await;
    // In this process no periodic work adds to the metrics.
    product.demo.kill().await.unwrap();
    let settings = Settings::load(&product.demo.settings()).unwrap();
    let deps = server::deps(&settings).await.unwrap();
    let app = server::router(deps, &settings).unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let browser = || Browser { origin: origin.clone(), ..product.browser() };
    // The first attempt opens connections.
    added_by(&recorder, browser(), "A.Janssen", "1980-01-01").await;
    let wrong = added_by(&recorder, browser(), "A.Janssen", "1980-01-01").await;
    let unknown = added_by(&recorder, browser(), "N.Niemand", BIRTHDATE).await;
    let right = added_by(&recorder, browser(), "A.Janssen", BIRTHDATE).await;
    server.abort();
    assert!(
        right.contains("operation=\"challenge\"") && right.contains("reset_not_verified_total"),
        "{right}"
    );
    assert_eq!(right, wrong);
    assert_eq!(unknown, wrong);
}

#[tokio::test]
async fn outage_of_the_directory_appears_in_the_metrics_until_it_answers() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    // The first search opens a connection.
    browser.code(WRONG_CODE).await;
    product.directory().stop().await;
    for _ in 0..3 {
        assert_eq!(browser.code(WRONG_CODE).await.outcome(), "unavailable");
    }
    let metrics = scrape(&product).await;
    assert_eq!(value(&metrics, "directory_server_up", &[]), Some(0.0), "{metrics}");
    assert_eq!(value(&metrics, "circuit_breaker_open", &["directory"]), Some(1.0), "{metrics}");
    assert_eq!(value(&metrics, "circuit_breaker_open", &["entrust"]), Some(0.0), "{metrics}");
    assert_eq!(value(&metrics, "reset_unavailable_total", &["directory"]), Some(3.0), "{metrics}");
    let failed =
        value(&metrics, "backend_call_duration_seconds_count", &["operation=\"find\"", "outcome=\"error\""]);
    assert_eq!(failed, Some(3.0), "{metrics}");
    assert_eq!(value(&metrics, "http_requests_total", &["/api/reset/code", "503"]), Some(3.0), "{metrics}");
}
