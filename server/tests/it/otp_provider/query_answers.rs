//! The answers to the query and to the challenge: which are sufficient, and which are a refusal.

use super::failures::{
    CHALLENGE, QUERY, adapter_for, is_unusable, ok, open_result, respond, sample_challenge,
};
use super::world::{Real, employee, real, refusal};
use app::api::step::OtpMethod;
use app::domain::code::Code;
use end2end::entrust::{Endpoint, Fault};
use serde_json::json;
use server::ports::otp_provider::{Challenge, ChallengeOutcome, OtpProvider as _};
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer};
use zeroize::Zeroizing;

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
async fn unknown_4xx_in_query_or_challenge_is_a_refusal() {
    let Real { entrust, provider } = real().await;
    for endpoint in [Endpoint::Query, Endpoint::Challenge] {
        entrust.set_fault(endpoint, Fault::Refusal { status: 403, error_code: "brand_new".into() });
        assert_eq!(refusal(&*provider, &employee("A.Janssen"), OtpMethod::Token).await, "brand_new");
        entrust.clear_faults();
    }
}
