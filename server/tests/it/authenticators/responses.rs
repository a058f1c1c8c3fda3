//! How the adapter interprets responses of Entrust: only an unambiguous response determines a state, any other is
//! unknown or an error. Outages are in `failures`.

use super::mock_server::{CREATE_TOKEN, SIGN_IN, USER_LOOKUP, activate, ok, respond, start, user};
use super::world::{config, is_unusable, noon};
use app::api::enrollment_state::App;
use serde_json::{Value, json};
use server::adapters::entrust_admin::{EntrustAdmin, EntrustAdminConfig};
use server::ports::authenticators::Authenticators as _;
use server::ports::otp_provider::OtpProviderError;
use wiremock::ResponseTemplate;

async fn app(user: &Value) -> Result<App, OtpProviderError> {
    let (_server, admin) = start(ok(user)).await;
    admin.app("A.Janssen").await
}

#[tokio::test]
async fn token_states_determine_the_app_state() {
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
async fn unclear_response_is_never_read_as_no_app() {
    let tokens = json!([{"id": "t-1", "state": "ACTIVE"}]);
    let with = |field: &str, value: Value| {
        let mut user = user(&tokens);
        user[field] = value;
        user
    };
    for (user, expected) in [
        (with("tokens", Value::Null), App::Unknown),
        (with("state", json!("INACTIVE")), App::Unknown),
        (with("state", json!("ARCHIVED")), App::Unknown),
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
    let (_server, admin) = start(missing).await;
    assert_eq!(admin.app("A.Janssen").await.unwrap(), App::Unknown);
}

#[tokio::test]
async fn response_about_another_user_is_unusable_unless_names_are_aliases() {
    let mut other = user(&json!([]));
    other["userId"] = json!("B.Smits");
    let (server, admin) = start(ok(&other)).await;
    assert!(is_unusable(&admin.app("A.Janssen").await));
    assert!(is_unusable(&admin.activate("A.Janssen").await));
    let by_alias =
        EntrustAdmin::new(EntrustAdminConfig { by_alias: true, ..config(&server.uri()) }, noon()).unwrap();
    assert_eq!(by_alias.app("a.janssen@example.org").await.unwrap(), App::None);
}

#[tokio::test]
async fn invalid_id_is_never_used_in_a_path() {
    for id in [json!("../tokens"), json!("a/b"), json!("a?b"), json!(""), json!("é"), Value::Null] {
        let mut odd = user(&json!([]));
        odd["id"] = id.clone();
        let (server, admin) = start(ok(&odd)).await;
        assert!(is_unusable(&admin.set_mobile("A.Janssen", "+31612345678").await), "{id}");
        assert!(is_unusable(&admin.activate("A.Janssen").await), "{id}");
        let requests = server.received_requests().await.unwrap();
        assert!(requests.iter().all(|request| [SIGN_IN, USER_LOOKUP].contains(&request.url.path())), "{id}");
    }
    let created = json!({"id": "../users/u-1", "activationURL": "https://a.example/x"});
    assert!(is_unusable(&activate(&json!([]), ok(&created)).await));
}

#[tokio::test]
async fn best_available_activation_link_is_used() {
    let (scan, http, app_link) = ("https://a.example/scan", "https://a.example/http", "igmobileotp://own");
    for (online_http, online, expected) in [
        (json!(http), json!(app_link), http),
        (Value::Null, json!(app_link), app_link),
        (json!(""), json!(""), scan),
        (Value::Null, Value::Null, scan),
    ] {
        let created = json!({
            "id": "t-1", "activationURL": scan, "activationOnlineHttpURL": online_http,
            "activationOnlineURL": online, "activationPassword": "",
        });
        let activation = activate(&json!([]), ok(&created)).await.unwrap().unwrap();
        assert_eq!(
            (activation.token.as_str(), activation.scan.as_str(), activation.link.as_str()),
            ("t-1", scan, expected)
        );
        assert_eq!(activation.password, None);
    }
    for bad in ["javascript:alert(1)", "no link", "https://a b"] {
        for field in ["activationURL", "activationOnlineHttpURL"] {
            let mut created = json!({"id": "t-1", "activationURL": scan});
            created[field] = json!(bad);
            let error = activate(&json!([]), ok(&created)).await.unwrap_err();
            assert!(!error.to_string().contains(bad), "{error}");
        }
    }
}

#[tokio::test]
async fn new_token_named_by_serial_number_is_looked_up() {
    let tokens =
        json!([{"id": "t-8", "serialNumber": "8", "state": "ACTIVE"}, {"id": "t-9", "serialNumber": "9"}]);
    let created = |serial: &str| ok(&json!({"serialNumber": serial, "activationURL": "https://a.example/x"}));
    let activation = activate(&tokens, created("9")).await.unwrap().unwrap();
    assert_eq!(activation.token, "t-9");
    assert!(is_unusable(&activate(&tokens, created("7")).await));
}

#[tokio::test]
async fn started_token_that_entrust_refuses_to_activate_is_replaced() {
    let started = json!([{"id": "t-1", "state": "NEW", "type": "ENTRUST_SOFT_TOKEN"}]);
    let (server, admin) = start(ok(&user(&started))).await;
    let refused = ResponseTemplate::new(400).set_body_json(json!({"errorCode": "invalid_token_state"}));
    respond(&server, "POST", "/api/web/v1/tokens/t-1/activation", refused).await;
    respond(&server, "POST", CREATE_TOKEN, ok(&json!({"id": "t-2", "activationURL": "https://a.example/x"})))
        .await;
    assert_eq!(admin.activate("A.Janssen").await.unwrap().unwrap().token, "t-2");

    let hardware = json!([{"id": "t-1", "state": "NEW", "type": "OATH_PHYSICAL_TOKEN"}]);
    let created = ok(&json!({"id": "t-2", "activationURL": "https://a.example/x"}));
    assert_eq!(
        activate(&hardware, created).await.unwrap().unwrap().token,
        "t-2",
        "a hardware token is not the app"
    );
}

#[tokio::test]
async fn answer_that_lacks_a_required_field_is_an_outage() {
    let activatable = json!({"id": "t-1", "activationURL": "https://a.example/x"});
    let complete = user(&json!([]));
    let lacking = |field: &str, value: Option<Value>| {
        let mut user = complete.clone();
        let fields = user.as_object_mut().unwrap();
        match value {
            Some(value) => fields.insert(field.to_owned(), value),
            None => fields.remove(field),
        };
        user.to_string()
    };
    let mut bodies: Vec<String> =
        ["", "null", "true", r#""ok""#, "[]", "{}", "<html>", r#"{"id":"u-1""#].map(str::to_owned).to_vec();
    for field in ["id", "userId", "state"] {
        let values = [None, Some(Value::Null), Some(json!("")), Some(json!(17)), Some(json!([]))];
        bodies.extend(values.map(|value| lacking(field, value)));
    }
    bodies.extend(["tokens", "locked", "mobile"].map(|field| lacking(field, Some(json!({"x": 1})))));
    for body in &bodies {
        let text = || ResponseTemplate::new(200).set_body_raw(body.as_str(), "application/json");
        let (server, admin) = start(text()).await;
        respond(&server, "POST", CREATE_TOKEN, ok(&activatable)).await;
        assert!(is_unusable(&admin.status("A.Janssen").await), "status: {body}");
        assert!(is_unusable(&admin.is_active("A.Janssen", "t-1").await), "is_active: {body}");
        assert!(is_unusable(&admin.activate("A.Janssen").await), "activate: {body}");
        assert!(is_unusable(&admin.set_mobile("A.Janssen", "+31612345678").await), "set_mobile: {body}");
    }
    assert!(activate(&json!([]), ok(&activatable)).await.unwrap().is_some());
    for body in [json!({}), json!([]), json!({"id": "t-1"}), json!({"activationURL": "https://a.example/x"})]
    {
        assert!(is_unusable(&activate(&json!([]), ok(&body)).await), "create: {body}");
    }
    let started = json!([{"id": "t-1", "state": "NEW", "type": "ENTRUST_SOFT_TOKEN"}]);
    for body in ["", "null", "{}", "<html>", r#"{"activationURL":""}"#, r#"{"activationURL":17}"#] {
        let (server, admin) = start(ok(&user(&started))).await;
        let text = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        respond(&server, "POST", "/api/web/v1/tokens/t-1/activation", text).await;
        assert!(is_unusable(&admin.activate("A.Janssen").await), "activation: {body}");
    }
}

#[tokio::test]
async fn mobile_write_is_confirmed_by_an_answer_about_the_user_or_by_reading_it_back() {
    let with_mobile = |mobile: &str| {
        let mut user = user(&json!([]));
        user["mobile"] = json!(mobile);
        user
    };
    let written = with_mobile("+31 6 12345678");
    for (status, body, user, is_written) in [
        (200, written.to_string(), user(&json!([])), true),
        (204, String::new(), user(&json!([])), true),
        (200, String::new(), written.clone(), true),
        (200, String::new(), user(&json!([])), false),
        (200, String::new(), with_mobile("+31687654321"), false),
        (200, "{}".into(), written.clone(), false),
        (200, "null".into(), written.clone(), false),
        (200, "[]".into(), written.clone(), false),
        (200, r#""ok""#.into(), written.clone(), false),
        (200, "<html>".into(), written.clone(), false),
        (200, r#"{"id":"u-2"}"#.into(), written.clone(), false),
        (200, r#"{"id":17}"#.into(), written.clone(), false),
    ] {
        let (server, admin) = start(ok(&user)).await;
        let answer = ResponseTemplate::new(status).set_body_raw(body.as_str(), "application/json");
        respond(&server, "PUT", "/api/web/v3/users/u-1", answer).await;
        let outcome = admin.set_mobile("A.Janssen", "+31612345678").await;
        assert_eq!(is_unusable(&outcome), !is_written, "{status} {body}");
        assert_eq!(outcome.is_ok_and(|written| written), is_written, "{status} {body}");
    }
}

#[tokio::test]
async fn refused_mobile_write_is_an_error() {
    for (status, is_written) in [(204, true), (400, false), (403, false), (409, false)] {
        let (server, admin) = start(ok(&user(&json!([])))).await;
        respond(&server, "PUT", "/api/web/v3/users/u-1", ResponseTemplate::new(status)).await;
        let written = admin.set_mobile("A.Janssen", "+31612345678").await;
        assert_eq!(written.is_ok_and(|written| written), is_written, "{status}");
    }
}
