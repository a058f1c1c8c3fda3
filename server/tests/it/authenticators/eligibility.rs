//! How an app stands without credentials: the query of the Authentication API, on the embedded Entrust. What each
//! answer means stands with the adapter.

use super::world::{is_unreachable, is_unusable, people};
use app::api::enrollment_state::App;
use end2end::entrust::{Endpoint, Entrust, Fault, Options, Rule};
use server::adapters::entrust::EntrustAuthenticators;
use server::ports::authenticators::Authenticators as _;

async fn start() -> (Entrust, EntrustAuthenticators) {
    let entrust = Entrust::start(people(), Options::default()).await.unwrap();
    let eligibility = EntrustAuthenticators::new(crate::otp_provider::config(entrust.url())).unwrap();
    (entrust, eligibility)
}

#[tokio::test]
async fn the_query_alone_tells_how_an_app_stands() {
    let (entrust, eligibility) = start().await;
    assert_eq!(eligibility.app("A.Janssen").await.unwrap(), App::Active);
    assert_eq!(eligibility.app("E.Hendriks").await.unwrap(), App::None);
    assert_eq!(eligibility.app("N.Nobody").await.unwrap(), App::Unknown);
    assert_eq!(entrust.count(Endpoint::Query), 3);
    assert_eq!(entrust.calls().len(), 3, "nothing is sent, no attempt is spent");
    crate::otp_provider::lock(&entrust, "A.Janssen").await;
    assert_eq!(eligibility.app("A.Janssen").await.unwrap(), App::Locked);
}

#[tokio::test]
async fn any_rule_but_a_clear_one_leaves_it_open() {
    let (entrust, eligibility) = start().await;
    entrust.set_rule(Rule::PasswordFirst);
    assert_eq!(eligibility.app("A.Janssen").await.unwrap(), App::Active);
    entrust.set_rule(Rule::CompletedBeforeCode);
    for name in ["A.Janssen", "E.Hendriks"] {
        assert_eq!(eligibility.app(name).await.unwrap(), App::Unknown);
    }
    entrust.until_open_sessions(0).await;
    entrust.set_rule(Rule::CodeOnly);
    entrust.offer(&["OTP"]);
    assert_eq!(eligibility.app("A.Janssen").await.unwrap(), App::Unknown, "a lock status tells of a token");
}

#[tokio::test]
async fn a_refusal_leaves_it_open_and_an_outage_is_an_error() {
    let (entrust, eligibility) = start().await;
    entrust.break_down(Endpoint::Query, Fault::Refusal { status: 400, error_code: "brand_new".into() });
    assert_eq!(eligibility.app("E.Hendriks").await.unwrap(), App::Unknown);
    entrust.break_down(Endpoint::Query, Fault::Status(503));
    assert!(is_unreachable(&eligibility.app("E.Hendriks").await));
    entrust.break_down(Endpoint::Query, Fault::Garbage);
    assert!(is_unusable(&eligibility.app("E.Hendriks").await));
}

#[tokio::test]
async fn nothing_is_written_and_nothing_is_activated() {
    let (entrust, eligibility) = start().await;
    assert!(!eligibility.can_activate());
    assert!(!eligibility.set_mobile("E.Hendriks", "+31612345678").await.unwrap());
    assert_eq!(eligibility.activate("E.Hendriks").await.unwrap(), None);
    assert!(!eligibility.is_active("A.Janssen", "any").await.unwrap());
    assert!(entrust.calls().is_empty());
}
