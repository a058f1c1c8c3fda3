//! Outages of Entrust: calls that hang, are lost or refused, settings and certificates that do not fit.

use super::failures::is_unreachable;
use super::world::{Real, World as _, config, employee, open_challenge, real, tls};
use app::api::step::OtpMethod;
use end2end::entrust::{Endpoint, Fault};
use server::adapters::entrust::{Entrust, EntrustConfig, EntrustConfigError};
use server::ports::health_finding::State;
use server::ports::otp_provider::{CodeVerdict, OtpProvider as _};
use std::time::Duration;

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
