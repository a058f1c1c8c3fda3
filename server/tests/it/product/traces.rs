//! The export of traces to a stand-in collector: the spans of a reset belong together and hold no personal data.

use super::world::{BIRTHDATE, NEW_PASSWORD, Product, WRONG_CODE, wait_for};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What the collector has received.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<Bytes>>>);

impl Received {
    fn spans(&self) -> Vec<Span> {
        let requests = self.0.lock().unwrap().clone();
        let requests = requests.into_iter().map(|body| ExportTraceServiceRequest::decode(body).unwrap());
        let resources = requests.flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

async fn receive(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    received.0.lock().unwrap().push(body);
    StatusCode::OK
}

/// Starts a collector; its address and what it receives.
async fn collector() -> (String, Received) {
    let received = Received::default();
    let app = Router::new().route("/v1/traces", post(receive)).with_state(received.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, received)
}

fn attribute<'a>(span: &'a Span, name: &str) -> Option<&'a str> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    if let Value::StringValue(text) = found.value.as_ref()?.value.as_ref()? { Some(text) } else { None }
}

/// The spans of requests for a call.
fn requests<'a>(spans: &'a [Span], call: &str) -> Vec<&'a Span> {
    let path = format!("/api/reset/{call}");
    spans.iter().filter(|span| attribute(span, "path") == Some(&path)).collect()
}

#[tokio::test]
async fn spans_of_a_reset_are_exported_without_personal_data() {
    let (url, received) = collector().await;
    let settings = format!("[telemetry]\notlp_url = \"{url}\"\n");
    let product = Product::with_settings(false, None, &settings).await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    assert_eq!(browser.code(WRONG_CODE).await.outcome(), "not_verified");
    let code = product.code("A.Janssen");
    assert_eq!(browser.code(&code).await.outcome(), "password");
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    wait_for("the span of the last step", async || {
        (!requests(&received.spans(), "password").is_empty()).then_some(())
    })
    .await;

    let spans = received.spans();
    let codes = requests(&spans, "code");
    assert_eq!(codes.len(), 2);
    assert_eq!(attribute(codes[0], "status"), Some("403"));
    assert_eq!(attribute(codes[0], "refusal"), Some("not_verified"));
    assert_eq!(attribute(codes[1], "status"), Some("200"));
    assert!(attribute(codes[1], "id").is_some_and(|id| id.len() == 36), "{codes:?}");
    for request in codes {
        let of_request: Vec<&Span> =
            spans.iter().filter(|span| span.parent_span_id == request.span_id).collect();
        let calls: BTreeSet<_> = of_request
            .iter()
            .map(|span| {
                assert_eq!(span.trace_id, request.trace_id);
                assert_eq!(attribute(span, "outcome"), Some("ok"));
                (attribute(span, "backend").unwrap(), attribute(span, "operation").unwrap())
            })
            .collect();
        for call in [("directory", "find"), ("entrust", "challenge"), ("audit trail", "record")] {
            assert!(calls.contains(&call), "{call:?} {calls:?}");
        }
    }

    let known: BTreeSet<&str> =
        ["method", "path", "id", "status", "refusal", "backend", "operation", "outcome"].into();
    for span in &spans {
        assert!(span.events.is_empty() && span.links.is_empty(), "{span:?}");
        assert!(["request", "backend call"].contains(&span.name.as_str()), "{span:?}");
        for attribute in &span.attributes {
            let is_timing = ["busy_ns", "idle_ns"].contains(&attribute.key.as_str());
            assert!(known.contains(attribute.key.as_str()) || is_timing, "{span:?}");
        }
    }
    let sent = received.0.lock().unwrap().concat();
    let sent = String::from_utf8_lossy(&sent).to_lowercase();
    for private in ["janssen", BIRTHDATE, &code, WRONG_CODE, "zomer", "dc=", "cn=", "127.0.0.1"] {
        assert!(!sent.contains(private), "{private}: {spans:?}");
    }
}

/// The calls of a request, in their order.
fn calls_of(spans: &[Span], request: &Span) -> Vec<String> {
    let mut calls: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id == request.span_id).collect();
    calls.sort_by_key(|span| span.start_time_unix_nano);
    let name = |span: &Span| {
        format!("{} {}", attribute(span, "backend").unwrap(), attribute(span, "operation").unwrap())
    };
    calls.into_iter().map(name).collect()
}

#[tokio::test]
async fn trace_does_not_show_whether_a_birthdate_was_right() {
    let (url, received) = collector().await;
    let settings = format!("[telemetry]\notlp_url = \"{url}\"\n");
    let product = Product::with_settings(false, None, &settings).await;
    for birthdate in ["1980-01-01", BIRTHDATE] {
        let mut browser = product.browser();
        browser.identify("A.Janssen").await;
        browser.birthdate(birthdate).await;
        assert_eq!(browser.code(WRONG_CODE).await.outcome(), "not_verified");
    }
    wait_for("both spans", async || (requests(&received.spans(), "code").len() == 2).then_some(())).await;
    let spans = received.spans();
    let codes = requests(&spans, "code");
    let wrong = calls_of(&spans, codes[0]);
    // Neither the call itself nor calls around it, between which a gap would show it.
    assert_eq!(wrong, ["directory find", "entrust challenge", "audit trail record"]);
    assert_eq!(calls_of(&spans, codes[1]), wrong);
}

#[tokio::test]
async fn spans_that_wait_are_sent_when_the_service_ends() {
    let (url, received) = collector().await;
    let settings = format!("[telemetry]\notlp_url = \"{url}\"\n");
    let mut product = Product::with_settings(false, None, &settings).await;
    product.browser().identify("A.Janssen").await;
    let id = product.demo.process().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    let exit = product.demo.ended().await.unwrap_err().to_string();
    assert_eq!(exit, "the product ended: exit status: 0");
    assert_eq!(requests(&received.spans(), "identify").len(), 1);
}

#[tokio::test]
async fn missing_collector_is_reported_once_and_resets_go_on() {
    let settings = "[telemetry]\notlp_url = \"http://127.0.0.1:9\"\n";
    let product = Product::with_settings(false, None, settings).await;
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    let message = "trace collector unavailable: spans are lost";
    wait_for("the report", async || product.log().contains(message).then_some(())).await;
    assert_eq!(product.log().matches(message).count(), 1);
}
