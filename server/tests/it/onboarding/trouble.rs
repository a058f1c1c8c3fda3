//! Everything that a network, a proxy or a broken Entrust can send to onboarding: what becomes of it at the port,
//! and that nothing of it comes out.

use super::world::{Real, World as _, config, is_unreachable, is_unusable, noon, real, states};
use app::registration::App;
use end2end::entrust::{ADMIN_SECRET, Endpoint, Fault, TokenState};
use serde_json::{Value, json};
use server::adapters::entrust_admin::{Config, EntrustAdmin};
use server::ports::codes::CodesError;
use server::ports::onboarding::{Begun, Onboarding as _};
use std::fmt::Write as _;
use std::time::Duration;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const SIGN_IN: &str = "/api/web/v1/adminapi/authenticate";
const LOOK_UP: &str = "/api/web/v3/users/userid";
const CREATE: &str = "/api/web/v1/users/u-1/tokens/ENTRUST_SOFT_TOKEN";

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

async fn answers(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(server).await;
}

/// A server that signs in and answers the look-up so.
async fn looked_up(user: ResponseTemplate) -> (MockServer, EntrustAdmin) {
    let server = MockServer::start().await;
    let session = json!({"authToken": "s3ss10n", "creationTime": null, "expirationTime": null});
    answers(&server, "POST", SIGN_IN, ok(&session)).await;
    Mock::given(method("POST"))
        .and(path(LOOK_UP))
        .and(header("Authorization", "s3ss10n"))
        .respond_with(user)
        .mount(&server)
        .await;
    let admin = EntrustAdmin::new(config(&server.uri()), noon()).unwrap();
    (server, admin)
}

async fn app(user: &Value) -> Result<App, CodesError> {
    let (_server, admin) = looked_up(ok(user)).await;
    admin.app("A.Janssen").await
}

fn user(tokens: &Value) -> Value {
    json!({"id": "u-1", "userId": "A.Janssen", "state": "ACTIVE", "locked": false, "tokens": tokens})
}

/// What an activation comes to where the look-up shows these tokens and a new one is answered so.
async fn activated(tokens: &Value, created: ResponseTemplate) -> Result<Option<Begun>, CodesError> {
    let (server, admin) = looked_up(ok(&user(tokens))).await;
    answers(&server, "POST", CREATE, created).await;
    admin.activate("A.Janssen").await
}

#[tokio::test]
async fn the_states_of_the_tokens_say_how_the_app_stands() {
    for (states, expected) in [
        (vec![], App::None),
        (vec!["NEW"], App::None),
        (vec!["UNASSIGNED", "NEW"], App::None),
        (vec!["NEW", "ACTIVATING"], App::Activating),
        (vec!["ACTIVATING", "ACTIVE"], App::Active),
        (vec!["INACTIVE", "ACTIVE"], App::Active),
        (vec!["INACTIVE"], App::Unknown),
        (vec!["INACTIVE", "ACTIVATING"], App::Unknown),
        (vec!["SUSPENDED"], App::Unknown),
        (vec!["SUSPENDED", "ACTIVE"], App::Active),
    ] {
        let tokens: Vec<Value> = states.iter().map(|state| json!({"id": "t-1", "state": state})).collect();
        assert_eq!(app(&user(&json!(tokens))).await.unwrap(), expected, "{states:?}");
    }
}

#[tokio::test]
async fn nobody_is_without_an_app_because_of_an_unclear_answer() {
    let tokens = json!([{"id": "t-1", "state": "ACTIVE"}]);
    let with = |field: &str, value: Value| {
        let mut user = user(&tokens);
        user[field] = value;
        user
    };
    for (user, expected) in [
        (with("tokens", Value::Null), App::Unknown),
        (with("state", Value::Null), App::Unknown),
        (with("state", json!("INACTIVE")), App::Unknown),
        (with("state", json!("ARCHIVED")), App::Unknown),
        (json!({}), App::Unknown),
        (user(&json!([{"id": "t-1", "state": null}])), App::Unknown),
        (with("locked", json!(true)), App::Locked),
        (with("lockedAuthenticatorTypes", json!(["OTP", "TOKEN"])), App::Locked),
        (with("lockedAuthenticatorTypes", json!(["OTP"])), App::Active),
        (with("lockedAuthenticatorTypes", Value::Null), App::Active),
        (with("locked", Value::Null), App::Active),
    ] {
        assert_eq!(app(&user).await.unwrap(), expected, "{user}");
    }
    let missing = ResponseTemplate::new(404).set_body_json(json!({"errorCode": "user_not_found"}));
    let (_server, admin) = looked_up(missing).await;
    assert_eq!(admin.app("A.Janssen").await.unwrap(), App::Unknown);
}

#[tokio::test]
async fn an_answer_about_another_is_unusable_unless_names_are_aliases() {
    let mut other = user(&json!([]));
    other["userId"] = json!("B.Smits");
    let (server, admin) = looked_up(ok(&other)).await;
    assert!(is_unusable(&admin.app("A.Janssen").await));
    assert!(is_unusable(&admin.activate("A.Janssen").await));
    let by_alias = EntrustAdmin::new(Config { by_alias: true, ..config(&server.uri()) }, noon()).unwrap();
    assert_eq!(by_alias.app("a.janssen@example.org").await.unwrap(), App::None);
}

#[tokio::test]
async fn an_id_that_is_none_goes_into_no_path() {
    for id in [json!("../tokens"), json!("a/b"), json!("a?b"), json!(""), json!("é"), Value::Null] {
        let mut odd = user(&json!([]));
        odd["id"] = id.clone();
        let (server, admin) = looked_up(ok(&odd)).await;
        assert!(is_unusable(&admin.set_mobile("A.Janssen", "+31612345678").await), "{id}");
        assert!(is_unusable(&admin.activate("A.Janssen").await), "{id}");
        let asked = server.received_requests().await.unwrap();
        assert!(asked.iter().all(|one| [SIGN_IN, LOOK_UP].contains(&one.url.path())), "{id}");
    }
    let created = json!({"id": "../users/u-1", "activationURL": "https://a.example/x"});
    assert!(is_unusable(&activated(&json!([]), ok(&created)).await));
}

#[tokio::test]
async fn the_link_is_the_best_of_those_that_are_there() {
    let (scan, http, own) = ("https://a.example/scan", "https://a.example/http", "igmobileotp://own");
    for (online_http, online, expected) in [
        (json!(http), json!(own), http),
        (Value::Null, json!(own), own),
        (json!(""), json!(""), scan),
        (Value::Null, Value::Null, scan),
    ] {
        let created = json!({
            "id": "t-1", "activationURL": scan, "activationOnlineHttpURL": online_http,
            "activationOnlineURL": online, "activationPassword": "",
        });
        let begun = activated(&json!([]), ok(&created)).await.unwrap().unwrap();
        assert_eq!((begun.token.as_str(), begun.scan.as_str(), begun.link.as_str()), ("t-1", scan, expected));
        assert_eq!(begun.password, None);
    }
    for bad in ["javascript:alert(1)", "no link", "https://a b"] {
        for field in ["activationURL", "activationOnlineHttpURL"] {
            let mut created = json!({"id": "t-1", "activationURL": scan});
            created[field] = json!(bad);
            let error = activated(&json!([]), ok(&created)).await.unwrap_err();
            assert!(!error.to_string().contains(bad), "{error}");
        }
    }
}

#[tokio::test]
async fn a_new_token_that_is_named_by_its_number_is_looked_up() {
    let tokens =
        json!([{"id": "t-8", "serialNumber": "8", "state": "ACTIVE"}, {"id": "t-9", "serialNumber": "9"}]);
    let activation =
        |serial: &str| ok(&json!({"serialNumber": serial, "activationURL": "https://a.example/x"}));
    let begun = activated(&tokens, activation("9")).await.unwrap().unwrap();
    assert_eq!(begun.token, "t-9");
    assert!(is_unusable(&activated(&tokens, activation("7")).await));
}

#[tokio::test]
async fn a_begun_token_that_entrust_will_not_activate_is_left_for_a_new_one() {
    let begun = json!([{"id": "t-1", "state": "NEW", "type": "ENTRUST_SOFT_TOKEN"}]);
    let (server, admin) = looked_up(ok(&user(&begun))).await;
    let refused = ResponseTemplate::new(400).set_body_json(json!({"errorCode": "invalid_token_state"}));
    answers(&server, "POST", "/api/web/v1/tokens/t-1/activation", refused).await;
    answers(&server, "POST", CREATE, ok(&json!({"id": "t-2", "activationURL": "https://a.example/x"}))).await;
    assert_eq!(admin.activate("A.Janssen").await.unwrap().unwrap().token, "t-2");

    let hardware = json!([{"id": "t-1", "state": "NEW", "type": "OATH_PHYSICAL_TOKEN"}]);
    let created = ok(&json!({"id": "t-2", "activationURL": "https://a.example/x"}));
    assert_eq!(activated(&hardware, created).await.unwrap().unwrap().token, "t-2", "that one is not the app");
}

#[tokio::test]
async fn a_number_that_entrust_refuses_is_an_error_and_one_that_it_took_in_silence_is_not() {
    for (status, fine) in [(200, true), (204, true), (400, false), (403, false)] {
        let (server, admin) = looked_up(ok(&user(&json!([])))).await;
        answers(&server, "PUT", "/api/web/v3/users/u-1", ResponseTemplate::new(status)).await;
        let written = admin.set_mobile("A.Janssen", "+31612345678").await;
        assert_eq!(written.is_ok_and(|written| written), fine, "{status}");
    }
}

#[tokio::test]
async fn refused_again_in_a_new_session_is_an_error_after_two_calls() {
    let (server, admin) = looked_up(ResponseTemplate::new(401)).await;
    assert!(is_unusable(&admin.app("A.Janssen").await));
    let asked = server.received_requests().await.unwrap();
    let count = |at: &str| asked.iter().filter(|one| one.url.path() == at).count();
    assert_eq!((count(SIGN_IN), count(LOOK_UP)), (2, 2));
}

#[tokio::test]
async fn a_sign_in_that_says_nothing_usable_is_an_error() {
    for session in [
        json!({}),
        json!({"authToken": null}),
        json!({"authToken": ""}),
        json!({"authToken": "a\nb"}),
        json!([]),
    ] {
        let server = MockServer::start().await;
        answers(&server, "POST", SIGN_IN, ok(&session)).await;
        let admin = EntrustAdmin::new(config(&server.uri()), noon()).unwrap();
        assert!(is_unusable(&admin.app("A.Janssen").await), "{session}");
    }
}

#[tokio::test]
async fn a_session_whose_end_is_unreadable_past_or_absurd_is_not_kept_for_long() {
    for (end, sign_ins) in [
        (json!("soon"), 3),
        (json!("2026-11-22T11:00:00Z"), 3),
        (Value::Null, 3),
        (json!("2026-11-22T12:15:00Z"), 1),
        (json!("2026-11-22T13:15:00.000+0100"), 1),
        (json!("9999-12-01T00:00:00Z"), 1),
    ] {
        let server = MockServer::start().await;
        answers(&server, "POST", SIGN_IN, ok(&json!({"authToken": "s", "expirationTime": end}))).await;
        answers(&server, "POST", LOOK_UP, ok(&user(&json!([])))).await;
        let admin = EntrustAdmin::new(config(&server.uri()), noon()).unwrap();
        for _ in 0..3 {
            admin.app("A.Janssen").await.unwrap();
        }
        let asked = server.received_requests().await.unwrap();
        assert_eq!(asked.iter().filter(|one| one.url.path() == SIGN_IN).count(), sign_ins, "{end}");
    }
}

#[tokio::test]
async fn a_fault_at_any_call_is_an_error_of_its_kind() {
    for endpoint in [Endpoint::AdminSignIn, Endpoint::UserGet, Endpoint::TokenCreate, Endpoint::TokenActivate]
    {
        let Real { entrust, admin, .. } = real().await;
        for fault in [Fault::Status(500), Fault::TooMany, Fault::Drop] {
            entrust.break_down(endpoint, fault.clone());
            assert!(is_unreachable(&admin.activate("E.Hendriks").await), "{endpoint:?} {fault:?}");
        }
        for fault in [Fault::Garbage, Fault::Refusal { status: 403, error_code: "brand_new".into() }] {
            entrust.set_tokens("E.Hendriks", TokenState::Inactive);
            entrust.break_down(endpoint, fault.clone());
            assert!(is_unusable(&admin.activate("E.Hendriks").await), "{endpoint:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_new_token_leaves_one_that_the_next_attempt_takes_up() {
    let world = real().await;
    world.entrust.break_down(Endpoint::TokenCreate, Fault::LoseAnswer);
    assert!(is_unreachable(&world.admin.activate("E.Hendriks").await));
    assert_eq!(world.entrust.count(Endpoint::TokenCreate), 1, "not asked twice");
    world.entrust.mend();
    let begun = world.begin("E.Hendriks").await;
    assert_eq!(states(&world.entrust, "E.Hendriks").len(), 1);
    world.finish("E.Hendriks", &begun);
}

#[tokio::test]
async fn a_hanging_call_is_given_up_and_the_next_one_works() {
    let Real { entrust, .. } = real().await;
    let hasty = Config { timeout: Duration::from_millis(50), ..config(entrust.url()) };
    let admin = EntrustAdmin::new(hasty, noon()).unwrap();
    for endpoint in [Endpoint::AdminSignIn, Endpoint::UserGet] {
        entrust.break_down(endpoint, Fault::Hang);
        assert!(is_unreachable(&admin.app("A.Janssen").await), "{endpoint:?}");
        entrust.mend();
    }
    let patient = EntrustAdmin::new(config(entrust.url()), noon()).unwrap();
    assert_eq!(patient.app("A.Janssen").await.unwrap(), App::Active);
}

#[tokio::test]
async fn a29_no_secret_and_no_number_is_in_an_error_or_in_debug() {
    let world = real().await;
    let number = "+31612345678";
    let begun = world.begin("E.Hendriks").await;
    let mut said = format!("{:?} {:?} {begun:?}", config(world.entrust.url()), world.admin);
    for fault in [Fault::Garbage, Fault::Drop, Fault::Status(500), Fault::TooMany] {
        for endpoint in [Endpoint::UserUpdate, Endpoint::UserGet, Endpoint::AdminSignIn] {
            world.entrust.break_down(endpoint, fault.clone());
            world.entrust.end_admin_sessions();
            let error = world.admin.set_mobile("E.Hendriks", number).await.unwrap_err();
            write!(said, "{error} {error:?} {:?}", world.admin.check().await).unwrap();
            world.entrust.mend();
        }
    }
    let leaky = json!({"errorCode": "s3cr3t +31612345678", "errorMessage": "+31612345678"});
    for body in
        [json!({"id": number, "tokens": "+31612345678"}), json!({"activationURL": 31_612_345_678_u64})]
    {
        let (server, admin) = looked_up(ok(&user(&json!([])))).await;
        answers(&server, "PUT", "/api/web/v3/users/u-1", ResponseTemplate::new(400).set_body_json(&leaky))
            .await;
        answers(&server, "POST", CREATE, ok(&body)).await;
        let errors = (admin.set_mobile("A.Janssen", number).await, admin.activate("A.Janssen").await);
        write!(said, "{errors:?} {} {admin:?}", errors.0.as_ref().unwrap_err()).unwrap();
    }
    let calls = world.entrust.calls();
    let sessions: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.answer.as_ref()?.get("authToken")?.as_str())
        .chain(["s3ss10n"])
        .collect();
    assert!(sessions.len() > 2);
    let secrets =
        [ADMIN_SECRET, "612345678", "s3cr3t", begun.link.as_str(), begun.password.as_ref().unwrap()];
    for secret in secrets.into_iter().chain(sessions) {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}
