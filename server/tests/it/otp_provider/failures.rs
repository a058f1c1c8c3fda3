//! Faulty responses of a network, a proxy or a broken Entrust, and their results at the port.

use super::world::{Real, World, config, employee, open_challenge, real, refusal, tls};
use app::api::step::OtpMethod;
use app::domain::code::Code;
use end2end::entrust::{Endpoint, Fault};
use serde_json::{Value, json};
use server::adapters::entrust::{Entrust, EntrustConfig, EntrustConfigError};
use server::ports::health_finding::State;
use server::ports::otp_provider::{Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError};
use std::time::Duration;
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zeroize::Zeroizing;

const QUERY: &str = "/api/web/v2/authentication/users";
const CHALLENGE: &str = "/api/web/v2/authentication/users/authenticate/TOKEN";
const COMPLETE: &str = "/api/web/v1/authentication/users/authenticate/TOKEN/complete";

fn adapter_for(server: &MockServer) -> Entrust {
    Entrust::new(config(&server.uri())).unwrap()
}

fn sample_challenge() -> Challenge {
    Challenge {
        token: Zeroizing::new("GCFi6g==".into()),
        user_name: "A.Janssen".into(),
        method: OtpMethod::Token,
        attempts_left: None,
    }
}

async fn respond(server: &MockServer, url_path: &str, response: ResponseTemplate) {
    Mock::given(method("POST")).and(path(url_path)).respond_with(response).mount(server).await;
}

fn ok(body: &Value) -> ResponseTemplate {
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
async fn open_result(query: &Value, challenge: &Value) -> Result<ChallengeOutcome, OtpProviderError> {
    let server = MockServer::start().await;
    respond(&server, QUERY, ok(query)).await;
    respond(&server, CHALLENGE, ok(challenge)).await;
    adapter_for(&server).open(&employee("A.Janssen"), OtpMethod::Token).await
}

fn is_unreachable<T>(answer: &Result<T, OtpProviderError>) -> bool {
    matches!(answer, Err(OtpProviderError::Unreachable { .. }))
}

fn is_unusable<T>(answer: &Result<T, OtpProviderError>) -> bool {
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

#[tokio::test]
async fn minimal_query_response_is_sufficient() {
    let query = json!({"authenticationTypes": ["TOKEN"], "token": null, "authenticatorLockoutStatus": null});
    let challenge = json!({"token": "GCFi6g==", "expires": 0, "authenticationCompleted": false, "news": {}});
    match open_result(&query, &challenge).await.unwrap() {
        ChallengeOutcome::Challenge(challenge) => {
            assert_eq!(challenge.token.as_str(), "GCFi6g==");
            assert_eq!(challenge.attempts_left, None);
        }
        ChallengeOutcome::Refused(code) => panic!("{code}"),
    }
}

#[tokio::test]
async fn lowest_attempts_of_the_requested_method_count() {
    let query = json!({"authenticationTypes": ["TOKEN"], "authenticatorLockoutStatus": [
        {"type": "PASSWORD", "locked": true, "remainingAuthenticationAttempts": 0},
        {"type": "TOKEN", "locked": false, "remainingAuthenticationAttempts": 4},
        {"type": "TOKEN", "locked": null, "remainingAuthenticationAttempts": 2},
        {"type": "TOKEN"},
        {"type": null, "locked": true},
    ]});
    match open_result(&query, &json!({"token": "GCFi6g=="})).await.unwrap() {
        ChallengeOutcome::Challenge(challenge) => assert_eq!(challenge.attempts_left, Some(2)),
        ChallengeOutcome::Refused(code) => panic!("{code}"),
    }
}

#[tokio::test]
async fn response_without_a_code_offer_is_refused() {
    let token = json!({"token": "GCFi6g=="});
    for (query, expected) in [
        (json!({"authenticationTypes": ["PASSWORD", "TOKEN"]}), "way_not_offered"),
        (json!({"authenticationTypes": ["OTP"]}), "way_not_offered"),
        (json!({"authenticationTypes": []}), "way_not_offered"),
        (
            json!({"authenticationTypes": ["TOKEN"], "authenticationCompleted": true}),
            "completed_without_code",
        ),
        (
            json!({"authenticationTypes": ["TOKEN"], "authenticatorLockoutStatus": [{"type": "TOKEN", "locked": true}]}),
            "locked",
        ),
    ] {
        assert_eq!(
            open_result(&query, &token).await.unwrap(),
            ChallengeOutcome::Refused(expected.into()),
            "{query}"
        );
    }
    let query = json!({"authenticationTypes": ["TOKEN"]});
    let early = json!({"token": "GCFi6g==", "authenticationCompleted": true});
    assert_eq!(
        open_result(&query, &early).await.unwrap(),
        ChallengeOutcome::Refused("completed_without_code".into())
    );
    for tokenless in [json!({}), json!({"token": null}), json!({"token": ""})] {
        assert!(is_unusable(&open_result(&query, &tokenless).await), "{tokenless}");
    }
}

#[tokio::test]
async fn query_token_is_sent_with_the_challenge() {
    let server = MockServer::start().await;
    respond(&server, QUERY, ok(&json!({"authenticationTypes": ["TOKEN"], "token": "first"}))).await;
    Mock::given(method("POST"))
        .and(path(CHALLENGE))
        .and(body_partial_json(json!({"authToken": "first"})))
        .respond_with(ok(&json!({"token": "second"})))
        .expect(1)
        .mount(&server)
        .await;
    assert!(matches!(
        adapter_for(&server).open(&employee("A.Janssen"), OtpMethod::Token).await.unwrap(),
        ChallengeOutcome::Challenge(challenge) if challenge.token.as_str() == "second"
    ));
}

#[tokio::test]
async fn token_that_is_no_valid_header_is_unusable() {
    let server = MockServer::start().await;
    let challenge = Challenge { token: Zeroizing::new("a\r\nHost: b".into()), ..sample_challenge() };
    assert!(is_unusable(&adapter_for(&server).verify(&challenge, &Code::parse("12345678").unwrap()).await));
}

#[tokio::test]
async fn outage_of_the_challenge_call_affects_known_and_unknown_users() {
    let Real { entrust, provider } = real().await;
    for fault in [Fault::Status(500), Fault::TooMany, Fault::Drop] {
        entrust.set_fault(Endpoint::Challenge, fault.clone());
        for name in ["A.Janssen", "N.Nobody"] {
            assert!(
                is_unreachable(&provider.open(&employee(name), OtpMethod::Token).await),
                "{name} {fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn unknown_4xx_in_query_or_challenge_is_a_refusal() {
    let Real { entrust, provider } = real().await;
    for endpoint in [Endpoint::Query, Endpoint::Challenge] {
        entrust.set_fault(endpoint, Fault::Refusal { status: 403, error_code: "brand_new".into() });
        assert_eq!(refusal(&*provider, &employee("A.Janssen"), OtpMethod::Token).await, "brand_new");
        entrust.clear_faults();
    }
}

#[tokio::test]
async fn hanging_call_times_out_and_the_next_one_works() {
    let world = real().await;
    let impatient =
        Entrust::new(EntrustConfig { timeout: Duration::from_millis(50), ..config(world.entrust.url()) })
            .unwrap();
    let open = open_challenge(&*world.provider, "A.Janssen", OtpMethod::Token).await;
    world.entrust.set_fault_everywhere(&Fault::Hang);
    assert!(is_unreachable(&impatient.open(&employee("A.Janssen"), OtpMethod::Token).await));
    assert!(is_unreachable(&impatient.verify(&open, &world.code("A.Janssen")).await));
    world.entrust.clear_faults();
    // Another user: the call that timed out may still be carried out and consume the code.
    let other = open_challenge(&*world.provider, "B.Smits", OtpMethod::Token).await;
    assert_eq!(world.provider.verify(&other, &world.code("B.Smits")).await.unwrap(), CodeVerdict::Right);
}

#[tokio::test]
async fn logout_does_not_delay_the_verdict() {
    let world = real().await;
    let open = open_challenge(&*world.provider, "A.Janssen", OtpMethod::Token).await;
    world.entrust.set_fault(Endpoint::Logout, Fault::Hang);
    assert_eq!(world.provider.verify(&open, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
    world.entrust.arrived(Endpoint::Logout, 1).await;
    world.entrust.clear_faults();
    world.entrust.wait_for_open_sessions(0).await;
}

#[tokio::test]
async fn lost_response_is_not_requested_again() {
    let world = real().await;
    let open = open_challenge(&*world.provider, "A.Janssen", OtpMethod::Token).await;
    let code = world.code("A.Janssen");
    world.entrust.set_fault(Endpoint::Complete, Fault::LoseAnswer);
    assert!(is_unreachable(&world.provider.verify(&open, &code).await));
    assert_eq!(world.entrust.count(Endpoint::Complete), 1);
    world.entrust.clear_faults();
    assert_ne!(
        world.provider.verify(&open, &code).await.unwrap(),
        CodeVerdict::Right,
        "the code was consumed"
    );
}

#[tokio::test]
async fn refused_connection_is_an_outage() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let provider = Entrust::new(config(&url)).unwrap();
    assert!(is_unreachable(&provider.open(&employee("A.Janssen"), OtpMethod::Token).await));
}

#[test]
fn invalid_settings_are_refused_at_start() {
    let new = |url: &str, ca_file: Option<&str>| {
        let ca_file = ca_file.map(Into::into);
        Entrust::new(EntrustConfig { ca_file, ..EntrustConfig::new(url, "id") }).map(drop)
    };
    assert!(matches!(new("http://customer.us.trustedauth.com", None), Err(EntrustConfigError::Url { .. })));
    let empty = tempfile::NamedTempFile::new().unwrap();
    let path = empty.path().to_str().unwrap();
    for (path, expected) in
        [("/nowhere/ca.pem", "entrust.ca_file: /nowhere/ca.pem: "), (path, "found an empty file")]
    {
        let Err(EntrustConfigError::Trust(error)) = new("https://127.0.0.1", Some(path)) else {
            panic!("{path} was accepted");
        };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn certificate_must_match_authority_and_name() {
    let tls = tls().await;
    let url = tls.entrust.url().to_owned();
    let with = |url: &str, ca: &tempfile::NamedTempFile| {
        Entrust::new(EntrustConfig {
            ca_file: Some(ca.path().into()),
            methods: vec![OtpMethod::Token],
            ..config(url)
        })
        .unwrap()
    };
    let trusting = with(&url, &tls.ca);
    open_challenge(&trusting, "A.Janssen", OtpMethod::Token).await;
    assert!(trusting.check().await.iter().all(|row| row.state == State::Good));

    let other_authority = super::world::tls().await;
    let distrusting = with(&url, &other_authority.ca);
    assert!(is_unreachable(&distrusting.open(&employee("A.Janssen"), OtpMethod::Token).await));
    let other_name = with(&url.replace("localhost", "127.0.0.1"), &tls.ca);
    let rows = other_name.check().await;
    assert!(rows.iter().all(|row| row.state == State::Bad && row.detail.contains("certificate")), "{rows:?}");
}
