//! Faulty responses of a network, a proxy or a broken Entrust, and their results at the port.

use super::world::{config, employee};
use app::api::step::OtpMethod;
use app::domain::code::Code;
use serde_json::{Value, json};
use server::adapters::entrust::Entrust;
use server::ports::health_finding::State;
use server::ports::otp_provider::{Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError};
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zeroize::Zeroizing;

pub(super) const QUERY: &str = "/api/web/v2/authentication/users";
pub(super) const CHALLENGE: &str = "/api/web/v2/authentication/users/authenticate/TOKEN";
const COMPLETE: &str = "/api/web/v1/authentication/users/authenticate/TOKEN/complete";

pub(super) fn adapter_for(server: &MockServer) -> Entrust {
    Entrust::new(config(&server.uri())).unwrap()
}

pub(super) fn sample_challenge() -> Challenge {
    Challenge {
        token: Zeroizing::new("GCFi6g==".into()),
        user_name: "A.Janssen".into(),
        method: OtpMethod::Token,
        attempts_left: None,
    }
}

pub(super) async fn respond(server: &MockServer, url_path: &str, response: ResponseTemplate) {
    Mock::given(method("POST")).and(path(url_path)).respond_with(response).mount(server).await;
}

pub(super) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// The result of `verify` for this response. Asserts that there is exactly one request, whatever the response.
async fn verdict(response: ResponseTemplate) -> Result<CodeVerdict, OtpProviderError> {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(COMPLETE))
        .and(header("Authorization", "GCFi6g=="))
        .and(header("Content-Type", "application/json"))
        .and(body_partial_json(json!({"response": "12345678", "userId": "A.Janssen"})))
        .respond_with(response)
        .expect(1)
        .mount(&server)
        .await;
    adapter_for(&server).verify(&sample_challenge(), &Code::parse("12345678").unwrap()).await
}

/// The result of `open` for these responses to query and challenge.
pub(super) async fn open_result(
    query: &Value,
    challenge: &Value,
) -> Result<ChallengeOutcome, OtpProviderError> {
    let server = MockServer::start().await;
    respond(&server, QUERY, ok(query)).await;
    respond(&server, CHALLENGE, ok(challenge)).await;
    adapter_for(&server).open(&employee("A.Janssen"), OtpMethod::Token).await
}

pub(super) fn is_unreachable<T>(answer: &Result<T, OtpProviderError>) -> bool {
    matches!(answer, Err(OtpProviderError::Unreachable { .. }))
}

pub(super) fn is_unusable<T>(answer: &Result<T, OtpProviderError>) -> bool {
    matches!(answer, Err(OtpProviderError::Unusable { .. }))
}

#[tokio::test]
async fn only_an_explicit_success_is_right() {
    let success = json!({"authenticationCompleted": true, "userId": "a.janssen", "token": null, "news": [1]});
    assert_eq!(verdict(ok(&success)).await.unwrap(), CodeVerdict::Right);
    let anonymous = json!({"authenticationCompleted": true, "userId": null});
    assert_eq!(verdict(ok(&anonymous)).await.unwrap(), CodeVerdict::Right);

    let other = json!({"authenticationCompleted": true, "userId": "B.Smits"});
    assert_eq!(verdict(ok(&other)).await.unwrap(), CodeVerdict::Wrong("other_user".into()));
    let more = json!({"authenticationCompleted": false, "token": "next"});
    assert_eq!(verdict(ok(&more)).await.unwrap(), CodeVerdict::Wrong("not_completed".into()));
    for odd in [
        json!({}),
        json!({"authenticationCompleted": null}),
        json!({"authenticationCompleted": "true"}),
        json!({"authenticationCompleted": 1}),
        json!([true]),
        json!(true),
        json!(null),
    ] {
        assert!(is_unusable(&verdict(ok(&odd)).await), "{odd}");
    }
}

/// Bodies with status 200 that say nothing: from a proxy, a captive portal or a broken Entrust.
const EMPTY_ANSWERS: [&str; 12] = [
    "",
    " ",
    "null",
    "true",
    "17",
    r#""ok""#,
    "[]",
    "{}",
    r#"{"status":"ok"}"#,
    r#"{"errorCode":"invalid_user_response"}"#,
    "<html><body>Sign in to the network</body></html>",
    r#"{"authenticationTypes":["TOKEN"],"token":"GCFi6g==","authenticationCompl"#,
];

#[tokio::test]
async fn answer_that_lacks_a_required_field_is_an_outage() {
    let query = json!({"authenticationTypes": ["TOKEN"]}).to_string();
    let challenge = json!({"token": "GCFi6g=="}).to_string();
    let text = |body: &str| ResponseTemplate::new(200).set_body_raw(body, "application/json");
    let open = async |query: &str, challenge: &str| {
        let server = MockServer::start().await;
        respond(&server, QUERY, text(query)).await;
        respond(&server, CHALLENGE, text(challenge)).await;
        adapter_for(&server).open(&employee("A.Janssen"), OtpMethod::Token).await
    };
    assert!(matches!(open(&query, &challenge).await, Ok(ChallengeOutcome::Challenge(_))));
    for body in EMPTY_ANSWERS {
        assert!(is_unusable(&open(body, &challenge).await), "query: {body}");
        assert!(is_unusable(&open(&query, body).await), "challenge: {body}");
        assert!(is_unusable(&verdict(text(body)).await), "complete: {body}");
    }
    for body in [
        json!({"authenticationTypes": null}),
        json!({"authenticationTypes": null, "authenticationCompleted": false, "token": "first"}),
        json!({"authenticationTypes": "TOKEN"}),
        json!({"authenticationTypes": {"TOKEN": true}}),
        json!({"authenticationTypes": [1]}),
        json!({"authenticationTypes": ["TOKEN"], "authenticationCompleted": "no"}),
        json!({"authenticationTypes": ["TOKEN"], "authenticatorLockoutStatus": "none"}),
        json!({"authenticatorLockoutStatus": [{"type": "TOKEN", "locked": true}]}),
    ] {
        assert!(is_unusable(&open(&body.to_string(), &challenge).await), "query: {body}");
    }
    for body in [
        json!({"token": null, "authenticationCompleted": false}),
        json!({"token": ""}),
        json!({"token": 17}),
        json!({"token": ["GCFi6g=="]}),
        json!({"token": "GCFi6g==", "authenticationCompleted": 0}),
    ] {
        assert!(is_unusable(&open(&query, &body.to_string()).await), "challenge: {body}");
    }
    for body in [
        json!({"status": "CONFIRM", "token": "next", "userId": "A.Janssen"}),
        json!({"authenticationCompleted": null, "userId": "A.Janssen"}),
        json!({"authenticationCompleted": "true", "userId": "A.Janssen"}),
        json!({"authenticationCompleted": true, "userId": ""}),
        json!({"authenticationCompleted": true, "userId": " "}),
        json!({"authenticationCompleted": true, "userId": 17}),
        json!({"authenticationCompleted": true, "userId": "A.Janssen", "token": 17}),
    ] {
        assert!(is_unusable(&verdict(ok(&body)).await), "complete: {body}");
    }
}

#[tokio::test]
async fn check_reports_a_query_answer_that_lacks_the_methods() {
    for body in [json!({}), json!({"authenticationTypes": null}), json!({"status": "ok"})] {
        let server = MockServer::start().await;
        respond(&server, QUERY, ok(&body)).await;
        let rows = adapter_for(&server).check().await;
        let row = rows.first().unwrap();
        let expected = "answers, but not like Entrust: no authenticationTypes";
        assert_eq!((row.state, row.detail.as_str()), (State::Bad, expected), "{body}");
    }
}

#[tokio::test]
async fn every_4xx_is_a_wrong_code() {
    for status in [400, 401, 403, 404, 409, 418, 422] {
        let body = json!({"errorCode": "something_new", "errorMessage": "", "parameters": null});
        let answer = verdict(ResponseTemplate::new(status).set_body_json(body)).await.unwrap();
        assert_eq!(answer, CodeVerdict::Wrong("something_new".into()), "{status}");
        let answer = verdict(ResponseTemplate::new(status).set_body_string("<html>12345678")).await.unwrap();
        assert_eq!(answer, CodeVerdict::Wrong(format!("http_{status}")));
    }
}

#[tokio::test]
async fn success_body_with_another_status_is_not_accepted() {
    let success = json!({"authenticationCompleted": true, "userId": "A.Janssen"});
    for status in [201, 202, 204, 206] {
        assert!(
            is_unusable(&verdict(ResponseTemplate::new(status).set_body_json(&success)).await),
            "{status}"
        );
    }
    for status in [408, 429, 500, 502, 503, 504, 599] {
        assert!(
            is_unreachable(&verdict(ResponseTemplate::new(status).set_body_json(&success)).await),
            "{status}"
        );
    }
    let answer = verdict(ResponseTemplate::new(401).set_body_json(&success)).await.unwrap();
    assert_eq!(answer, CodeVerdict::Wrong("http_401".into()));
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let redirect_target = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ok(&json!({"authenticationCompleted": true})))
        .expect(0)
        .mount(&redirect_target)
        .await;
    for status in [301, 302, 303, 307, 308] {
        let redirect = ResponseTemplate::new(status).insert_header("Location", redirect_target.uri());
        assert!(is_unusable(&verdict(redirect).await), "{status}");
    }
}

#[tokio::test]
async fn oversized_response_is_not_read_completely() {
    let long = format!(r#"{{"authenticationCompleted":true,"token":"{}"}}"#, "a".repeat(300 * 1024));
    assert!(is_unusable(&verdict(ResponseTemplate::new(200).set_body_string(&long)).await));
    assert!(is_unusable(&verdict(ResponseTemplate::new(400).set_body_string(long)).await));
}

#[tokio::test]
async fn error_does_not_quote_the_response() {
    for body in ["<html>87654321</html>", r#"{"token":87654321}"#, r#"{"userId":{"87654321":1}}"#] {
        let error = verdict(ResponseTemplate::new(200).set_body_string(body)).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("87654321"), "{error}");
    }
}
