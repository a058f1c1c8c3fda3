//! What the adapter makes of the answers that Entrust may give: a clear one counts, any other is unknown or an
//! error. Not outages, which are in `trouble`.

use super::peer::{CREATE, LOOK_UP, SIGN_IN, activated, answers, looked_up, ok, user};
use super::world::{config, is_unusable, noon};
use app::api::enrollment_state::App;
use serde_json::{Value, json};
use server::adapters::entrust_admin::{EntrustAdmin, EntrustAdminConfig};
use server::ports::authenticators::Authenticators as _;
use server::ports::otp_provider::OtpProviderError;
use wiremock::ResponseTemplate;

async fn app(user: &Value) -> Result<App, OtpProviderError> {
    let (_server, admin) = looked_up(ok(user)).await;
    admin.app("A.Janssen").await
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
    let by_alias =
        EntrustAdmin::new(EntrustAdminConfig { by_alias: true, ..config(&server.uri()) }, noon()).unwrap();
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
