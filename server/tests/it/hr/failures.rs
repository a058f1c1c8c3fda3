//! Slow, broken or malicious HR API: bounded in size and time, reported without quoting the response, and no value is
//! applied.

use super::world::{first_page_error, real, real_with, staff};
use end2end::hr::Fault;
use server::adapters::youforce::YouforceConfig;
use server::config::HttpsUrl;
use server::hr_sync::{CollectError, collect};
use server::ports::health_finding::State;
use server::ports::hr::{HrError, HrSource as _};
use std::time::Duration;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn malformed_page_is_unusable() {
    let real = real(staff(3), 2).await;
    for body in [
        "",
        "<html>0612345678</html>",
        "[]",
        "{}",
        "null",
        r#"{"value":"Janssen"}"#,
        r#"{"value":[],"nextLink":17.5}"#,
        r#"{"value":[],"nextLink":{"x":"0612345678"}}"#,
        r#"{"value":[{"personCode":["Janssen"]}]}"#,
        r#"{"value":[{"phoneNumbers":[{"type":"Mobile","number":{"x":"0612345678"}}]}]}"#,
        r#"{"value":[{"personCode":"0612345678"#,
        r#"{"value":null}"#,
        r#"{"value":["Janssen"]}"#,
        r#"{"value":[null]}"#,
        r#"{"value":[17]}"#,
        r#"{"value":[{"personCode":"7"},[]]}"#,
        r#"{"value":[{"personCode":"7","phoneNumbers":["0612345678"]}]}"#,
        r#"{"value":[{"personCode":"7","phoneNumbers":[null]}]}"#,
        r#"{"value":[{"personCode":"7","phoneNumbers":"0612345678"}]}"#,
        r#"{"error":"invalid_request"}"#,
    ] {
        real.simulator.set_fault(Some(Fault::Body(body.to_owned())));
        assert!(matches!(first_page_error(&*real.hr).await, HrError::Unusable { .. }), "{body}");
    }
    let deep = "[".repeat(100_000);
    real.simulator.set_fault(Some(Fault::Body(deep)));
    assert!(matches!(first_page_error(&*real.hr).await, HrError::Unusable { .. }));
}

#[tokio::test]
async fn answer_of_the_token_service_without_a_token_is_unusable() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "<html>0612345678</html>",
        r#"{"token_type":"Bearer","expires_in":300}"#,
        r#"{"access_token":null}"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":" "}"#,
        r#"{"access_token":17}"#,
        r#"{"access_token":["0612345678"]}"#,
        r#"{"access_token":"a\nb"}"#,
        r#"{"access_token":"t","expires_in":"soon"}"#,
        r#"{"error":"invalid_client"}"#,
    ] {
        let tokens = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        Mock::given(method("POST")).respond_with(answer).mount(&tokens).await;
        let token_url = HttpsUrl::parse_base(&tokens.uri()).unwrap();
        let real = real_with(staff(3), 2, |config| YouforceConfig { token_url, ..config }).await;
        assert!(matches!(first_page_error(&*real.hr).await, HrError::Unusable { .. }), "{body}");
        assert!(real.hr.check().await.iter().all(|row| row.state == State::Bad), "{body}");
        assert!(real.simulator.calls().is_empty(), "{body}");
    }
}

#[tokio::test]
async fn response_size_is_limited() {
    let real = real(staff(3), 2).await;
    real.simulator.set_fault(Some(Fault::Huge));
    let error = first_page_error(&*real.hr).await.to_string();
    assert!(error.ends_with("an answer of more than 20 MB"), "{error}");
}

#[tokio::test]
async fn response_time_is_limited() {
    let quick = Duration::from_millis(200);
    let real = real_with(staff(3), 2, |config| YouforceConfig { timeout: quick, ..config }).await;
    real.simulator.set_fault(Some(Fault::Hang));
    assert!(matches!(first_page_error(&*real.hr).await, HrError::Unreachable { .. }));
}

#[tokio::test]
async fn every_status_maps_to_its_error() {
    let real = real(staff(3), 2).await;
    for status in [500, 502, 503, 408] {
        real.simulator.set_fault(Some(Fault::Status(status)));
        assert!(matches!(first_page_error(&*real.hr).await, HrError::Unreachable { .. }), "{status}");
    }
    for status in [400, 403, 404, 410] {
        real.simulator.set_fault(Some(Fault::Status(status)));
        assert!(matches!(first_page_error(&*real.hr).await, HrError::Refused { .. }), "{status}");
    }
    real.simulator.set_fault(Some(Fault::Status(204)));
    assert!(matches!(first_page_error(&*real.hr).await, HrError::Unusable { .. }));
    for (status, unreachable) in [(500, true), (429, true), (401, false), (403, false)] {
        real.simulator.expire_token();
        real.simulator.set_fault(None);
        real.simulator.set_token_fault(Some(status));
        assert_eq!(
            matches!(first_page_error(&*real.hr).await, HrError::Unreachable { .. }),
            unreachable,
            "{status}"
        );
    }
}

#[tokio::test]
async fn token_is_sent_to_no_other_server() {
    let (legitimate, attacker) = (real(staff(3), 2).await, real(staff(3), 2).await);
    let stolen = format!("{}/persons?take=2", attacker.simulator.url());
    legitimate.simulator.set_fault(Some(Fault::Next(stolen.clone())));
    let error = first_page_error(&*legitimate.hr).await;
    assert!(error.to_string().ends_with("a link to the next page that leads to another server"), "{error}");
    legitimate.simulator.set_fault(Some(Fault::Redirect(stolen)));
    assert!(matches!(first_page_error(&*legitimate.hr).await, HrError::Unusable { .. }));
    legitimate.simulator.set_fault(Some(Fault::Next("/admin".into())));
    let error = first_page_error(&*legitimate.hr).await;
    assert!(error.to_string().ends_with("a link to the next page that leads out of the API"), "{error}");
    assert_eq!((attacker.simulator.calls(), attacker.simulator.tokens()), (vec![], 0));
}

#[tokio::test]
async fn circular_paging_is_stopped() {
    let real = real(staff(6), 2).await;
    real.simulator.set_fault(Some(Fault::Next(format!("{}/persons?take=1000&skip=2", real.simulator.url()))));
    let error = collect(&*real.hr, &*real.clock).await.unwrap_err();
    assert!(matches!(error, CollectError::Loop { page: 2 }), "{error}");
    assert_eq!(real.simulator.calls().len(), 2);
}

#[tokio::test]
async fn total_duration_of_a_sync_is_limited() {
    let real = real_with(staff(130), 1, |config| YouforceConfig { calls_per_minute: 1, ..config }).await;
    let error = collect(&*real.hr, &*real.clock).await.unwrap_err();
    assert!(matches!(error, CollectError::TooSlow { pages: 122 }), "{error}");
}
