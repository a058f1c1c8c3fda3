//! App state without admin credentials: derived from the query of the Authentication API, tested with the Entrust
//! simulator. The adapter documents the meaning of each response.

use super::mock_server::respond;
use super::world::{is_unreachable, is_unusable, people};
use app::api::enrollment_state::App;
use end2end::entrust::{Endpoint, Entrust, Fault, Options, Rule};
use server::adapters::entrust::EntrustAuthenticators;
use server::ports::authenticators::Authenticators as _;

async fn start() -> (Entrust, EntrustAuthenticators) {
    let entrust = Entrust::start(people(), Options::default()).await.unwrap();
    let authenticators = EntrustAuthenticators::new(crate::otp_provider::config(entrust.url())).unwrap();
    (entrust, authenticators)
}

#[tokio::test]
async fn query_alone_determines_the_app_state() {
    let (entrust, authenticators) = start().await;
    assert_eq!(authenticators.app("A.Janssen").await.unwrap(), App::Active);
    assert_eq!(authenticators.app("E.Hendriks").await.unwrap(), App::None);
    assert_eq!(authenticators.app("N.Nobody").await.unwrap(), App::Unknown);
    assert_eq!(entrust.count(Endpoint::Query), 3);
    assert_eq!(entrust.calls().len(), 3, "no code is sent, no attempt is consumed");
    crate::otp_provider::lock(&entrust, "A.Janssen").await;
    assert_eq!(authenticators.app("A.Janssen").await.unwrap(), App::Locked);
}

#[tokio::test]
async fn ambiguous_resource_rule_leaves_the_app_state_unknown() {
    let (entrust, authenticators) = start().await;
    entrust.set_rule(Rule::PasswordFirst);
    assert_eq!(authenticators.app("A.Janssen").await.unwrap(), App::Active);
    entrust.set_rule(Rule::CompletedBeforeCode);
    for name in ["A.Janssen", "E.Hendriks"] {
        assert_eq!(authenticators.app(name).await.unwrap(), App::Unknown);
    }
    entrust.wait_for_open_sessions(0).await;
    entrust.set_rule(Rule::CodeOnly);
    entrust.offer(&["OTP"]);
    assert_eq!(
        authenticators.app("A.Janssen").await.unwrap(),
        App::Unknown,
        "the lockout status shows that a token exists"
    );
}

#[tokio::test]
async fn refusal_leaves_the_app_state_unknown_and_outage_is_an_error() {
    let (entrust, authenticators) = start().await;
    entrust.set_fault(Endpoint::Query, Fault::Refusal { status: 400, error_code: "brand_new".into() });
    assert_eq!(authenticators.app("E.Hendriks").await.unwrap(), App::Unknown);
    entrust.set_fault(Endpoint::Query, Fault::Status(503));
    assert!(is_unreachable(&authenticators.app("E.Hendriks").await));
    entrust.set_fault(Endpoint::Query, Fault::Garbage);
    assert!(is_unusable(&authenticators.app("E.Hendriks").await));
}

#[tokio::test]
async fn answer_that_lacks_the_methods_is_an_outage_and_not_an_unknown_app() {
    for body in ["", "null", "[]", "{}", "<html>", r#"{"status":"ok"}"#, r#"{"authenticationTypes":null}"#] {
        let server = wiremock::MockServer::start().await;
        let text = wiremock::ResponseTemplate::new(200).set_body_raw(body, "application/json");
        respond(&server, "POST", "/api/web/v2/authentication/users", text).await;
        let authenticators = EntrustAuthenticators::new(crate::otp_provider::config(&server.uri())).unwrap();
        assert!(is_unusable(&authenticators.app("A.Janssen").await), "{body}");
    }
}

#[tokio::test]
async fn nothing_is_written_or_activated_without_credentials() {
    let (entrust, authenticators) = start().await;
    assert!(!authenticators.can_activate());
    assert!(!authenticators.set_mobile("E.Hendriks", "+31612345678").await.unwrap());
    assert_eq!(authenticators.activate("E.Hendriks").await.unwrap(), None);
    assert!(!authenticators.is_active("A.Janssen", "any").await.unwrap());
    assert!(entrust.calls().is_empty());
}
