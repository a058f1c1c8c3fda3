//! Faulty responses of a network, a proxy or a broken Entrust: their results at the port, and that errors and debug
//! output contain none of their content.

use super::mock_server::{CREATE_TOKEN, SIGN_IN, USER_LOOKUP, ok, respond, start, user};
use super::world::{Real, World as _, config, is_unreachable, is_unusable, noon, real, states};
use app::api::enrollment_state::App;
use end2end::entrust::{ADMIN_SECRET, Endpoint, Fault, TokenState};
use serde_json::{Value, json};
use server::adapters::entrust_admin::{EntrustAdmin, EntrustAdminConfig};
use server::ports::authenticators::Authenticators as _;
use std::fmt::Write as _;
use std::time::Duration;
use wiremock::{MockServer, ResponseTemplate};

#[tokio::test]
async fn repeated_401_in_a_new_session_is_an_error_after_two_calls() {
    let (server, admin) = start(ResponseTemplate::new(401)).await;
    assert!(is_unusable(&admin.app("A.Janssen").await));
    let requests = server.received_requests().await.unwrap();
    let count = |path: &str| requests.iter().filter(|request| request.url.path() == path).count();
    assert_eq!((count(SIGN_IN), count(USER_LOOKUP)), (2, 2));
}

#[tokio::test]
async fn unusable_sign_in_response_is_an_error() {
    for session in [
        json!({}),
        json!({"authToken": null}),
        json!({"authToken": ""}),
        json!({"authToken": "a\nb"}),
        json!([]),
    ] {
        let server = MockServer::start().await;
        respond(&server, "POST", SIGN_IN, ok(&session)).await;
        let admin = EntrustAdmin::new(config(&server.uri()), noon()).unwrap();
        assert!(is_unusable(&admin.app("A.Janssen").await), "{session}");
    }
}

#[tokio::test]
async fn session_with_invalid_expiry_is_not_reused_for_long() {
    for (expiry, sign_ins) in [
        (json!("soon"), 3),
        (json!("2026-11-22T11:00:00Z"), 3),
        (Value::Null, 3),
        (json!("2026-11-22T12:15:00Z"), 1),
        (json!("2026-11-22T13:15:00.000+0100"), 1),
        (json!("9999-12-01T00:00:00Z"), 1),
    ] {
        let server = MockServer::start().await;
        respond(&server, "POST", SIGN_IN, ok(&json!({"authToken": "s", "expirationTime": expiry}))).await;
        respond(&server, "POST", USER_LOOKUP, ok(&user(&json!([])))).await;
        let admin = EntrustAdmin::new(config(&server.uri()), noon()).unwrap();
        for _ in 0..3 {
            admin.app("A.Janssen").await.unwrap();
        }
        let requests = server.received_requests().await.unwrap();
        let count = requests.iter().filter(|request| request.url.path() == SIGN_IN).count();
        assert_eq!(count, sign_ins, "{expiry}");
    }
}

#[tokio::test]
async fn fault_in_any_call_is_an_error_of_its_kind() {
    for endpoint in [Endpoint::AdminSignIn, Endpoint::UserGet, Endpoint::TokenCreate, Endpoint::TokenActivate]
    {
        let Real { entrust, admin, .. } = real().await;
        for fault in [Fault::Status(500), Fault::TooMany, Fault::Drop] {
            entrust.set_fault(endpoint, fault.clone());
            assert!(is_unreachable(&admin.activate("E.Hendriks").await), "{endpoint:?} {fault:?}");
        }
        for fault in [Fault::Garbage, Fault::Refusal { status: 403, error_code: "brand_new".into() }] {
            entrust.set_tokens("E.Hendriks", TokenState::Inactive);
            entrust.set_fault(endpoint, fault.clone());
            assert!(is_unusable(&admin.activate("E.Hendriks").await), "{endpoint:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn token_whose_creation_response_was_lost_is_reused_by_the_next_attempt() {
    let world = real().await;
    world.entrust.set_fault(Endpoint::TokenCreate, Fault::LoseAnswer);
    assert!(is_unreachable(&world.admin.activate("E.Hendriks").await));
    assert_eq!(world.entrust.count(Endpoint::TokenCreate), 1, "not requested twice");
    world.entrust.clear_faults();
    let activation = world.start_activation("E.Hendriks").await;
    assert_eq!(states(&world.entrust, "E.Hendriks").len(), 1);
    world.finish("E.Hendriks", &activation);
}

#[tokio::test]
async fn hanging_call_times_out_and_the_next_one_works() {
    let Real { entrust, .. } = real().await;
    let impatient = EntrustAdminConfig { timeout: Duration::from_millis(50), ..config(entrust.url()) };
    let admin = EntrustAdmin::new(impatient, noon()).unwrap();
    for endpoint in [Endpoint::AdminSignIn, Endpoint::UserGet] {
        entrust.set_fault(endpoint, Fault::Hang);
        assert!(is_unreachable(&admin.app("A.Janssen").await), "{endpoint:?}");
        entrust.clear_faults();
    }
    let patient = EntrustAdmin::new(config(entrust.url()), noon()).unwrap();
    assert_eq!(patient.app("A.Janssen").await.unwrap(), App::Active);
}

#[tokio::test]
async fn a29_errors_and_debug_output_contain_no_secret_and_no_number() {
    let world = real().await;
    let number = "+31612345678";
    let activation = world.start_activation("E.Hendriks").await;
    let mut output = format!("{:?} {:?} {activation:?}", config(world.entrust.url()), world.admin);
    for fault in [Fault::Garbage, Fault::Drop, Fault::Status(500), Fault::TooMany] {
        for endpoint in [Endpoint::UserUpdate, Endpoint::UserGet, Endpoint::AdminSignIn] {
            world.entrust.set_fault(endpoint, fault.clone());
            world.entrust.end_admin_sessions();
            let error = world.admin.set_mobile("E.Hendriks", number).await.unwrap_err();
            write!(output, "{error} {error:?} {:?}", world.admin.check().await).unwrap();
            world.entrust.clear_faults();
        }
    }
    let leaky = json!({"errorCode": "s3cr3t +31612345678", "errorMessage": "+31612345678"});
    for body in
        [json!({"id": number, "tokens": "+31612345678"}), json!({"activationURL": 31_612_345_678_u64})]
    {
        let (server, admin) = start(ok(&user(&json!([])))).await;
        respond(&server, "PUT", "/api/web/v3/users/u-1", ResponseTemplate::new(400).set_body_json(&leaky))
            .await;
        respond(&server, "POST", CREATE_TOKEN, ok(&body)).await;
        let errors = (admin.set_mobile("A.Janssen", number).await, admin.activate("A.Janssen").await);
        write!(output, "{errors:?} {} {admin:?}", errors.0.as_ref().unwrap_err()).unwrap();
    }
    let calls = world.entrust.calls();
    let sessions: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.answer.as_ref()?.get("authToken")?.as_str())
        .chain(["s3ss10n"])
        .collect();
    assert!(sessions.len() > 2);
    let secrets = [
        ADMIN_SECRET,
        "612345678",
        "s3cr3t",
        activation.link.as_str(),
        activation.password.as_ref().unwrap(),
    ];
    for secret in secrets.into_iter().chain(sessions) {
        assert!(!output.contains(secret), "{secret} in {output}");
    }
}
