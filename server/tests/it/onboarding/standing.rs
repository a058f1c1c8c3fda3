//! How an app stands without credentials: the query of the Authentication API, on the embedded Entrust. What each
//! answer means stands with the adapter.

use super::world::{is_unreachable, is_unusable, people};
use app::api::enrollment_state::App;
use end2end::entrust::{Endpoint, Entrust, Fault, Options, Rule};
use server::adapters::entrust::EntrustStanding;
use server::ports::authenticators::Onboarding as _;

async fn start() -> (Entrust, EntrustStanding) {
    let entrust = Entrust::start(people(), Options::default()).await.unwrap();
    let standing = EntrustStanding::new(crate::codes::config(entrust.url())).unwrap();
    (entrust, standing)
}

#[tokio::test]
async fn the_query_alone_tells_how_an_app_stands() {
    let (entrust, standing) = start().await;
    assert_eq!(standing.app("A.Janssen").await.unwrap(), App::Active);
    assert_eq!(standing.app("E.Hendriks").await.unwrap(), App::None);
    assert_eq!(standing.app("N.Nobody").await.unwrap(), App::Unknown);
    assert_eq!(entrust.count(Endpoint::Query), 3);
    assert_eq!(entrust.calls().len(), 3, "nothing is sent, no attempt is spent");
    crate::codes::lock(&entrust, "A.Janssen").await;
    assert_eq!(standing.app("A.Janssen").await.unwrap(), App::Locked);
}

#[tokio::test]
async fn any_rule_but_a_clear_one_leaves_it_open() {
    let (entrust, standing) = start().await;
    entrust.set_rule(Rule::PasswordFirst);
    assert_eq!(standing.app("A.Janssen").await.unwrap(), App::Active);
    entrust.set_rule(Rule::CompletedBeforeCode);
    for name in ["A.Janssen", "E.Hendriks"] {
        assert_eq!(standing.app(name).await.unwrap(), App::Unknown);
    }
    entrust.until_open_sessions(0).await;
    entrust.set_rule(Rule::CodeOnly);
    entrust.offer(&["OTP"]);
    assert_eq!(standing.app("A.Janssen").await.unwrap(), App::Unknown, "a lock status tells of a token");
}

#[tokio::test]
async fn a_refusal_leaves_it_open_and_an_outage_is_an_error() {
    let (entrust, standing) = start().await;
    entrust.break_down(Endpoint::Query, Fault::Refusal { status: 400, error_code: "brand_new".into() });
    assert_eq!(standing.app("E.Hendriks").await.unwrap(), App::Unknown);
    entrust.break_down(Endpoint::Query, Fault::Status(503));
    assert!(is_unreachable(&standing.app("E.Hendriks").await));
    entrust.break_down(Endpoint::Query, Fault::Garbage);
    assert!(is_unusable(&standing.app("E.Hendriks").await));
}

#[tokio::test]
async fn nothing_is_written_and_nothing_is_activated() {
    let (entrust, standing) = start().await;
    assert!(!standing.can_activate());
    assert!(!standing.set_mobile("E.Hendriks", "+31612345678").await.unwrap());
    assert_eq!(standing.activate("E.Hendriks").await.unwrap(), None);
    assert!(!standing.is_active("A.Janssen", "any").await.unwrap());
    assert!(entrust.calls().is_empty());
}
